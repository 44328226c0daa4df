import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request as sendRequest } from "node:http";
import type { Readable } from "node:stream";
import { pino } from "pino";
import type { Identity } from "../identity/identity.ts";
import { recordPulls } from "../images/record-pulls.ts";
import { RegistryError } from "../kernel/errors.ts";
import type { Ask } from "../kernel/operation.ts";
import type { Region } from "../kernel/names.ts";
import type { QuotaDeps } from "../kernel/quotas.ts";
import { createSealer } from "../keys/sealer.ts";
import { createMemoryBlobs } from "../platform/blobs/memory-blobs.ts";
import { type Authorizer, createAuthorizer } from "../policies/authorizer.ts";
import { createHosts } from "../protocols/hosts.ts";
import { createHttpServer } from "../protocols/http-server.ts";
import { createOciProtocol } from "../protocols/oci/oci-protocol.ts";
import type { Rates } from "../protocols/rates.ts";
import { createRepository } from "../repositories/create-repository.ts";
import { createRepositoryCreationTemplate } from "../repositories/templates/create-repository-creation-template.ts";
import { repositoryName, rootOf, testCall, testRegistry } from "./call.ts";
import { fakeClock } from "./fake-clock.ts";
import { openTestMetadata } from "./metadata.ts";

/** An answer, read whole. */
export interface TestAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The values of a header, each as it was sent. */
  all(name: string): readonly string[];
  readonly body: Buffer;
  /** The body as JSON. */
  json(): any;
}

export interface TestRequest {
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Buffer | Readable;
  /** What to log in with; `root` is the root user of the default registry, and `""` sends no credentials. */
  readonly password?: string;
}

/** The OCI protocol over real domains on a socket of its own; identity knows passwords by what they are called. */
export interface OciServer extends AsyncDisposable {
  readonly port: number;
  /** What was asked of the authorizer, in order. */
  readonly asked: Ask[];
  /** Asks that are refused, each as `<action> <resource>`. */
  readonly refused: Set<string>;
  /** Sends the path as it is. */
  send(method: string, path: string, request?: TestRequest): Promise<TestAnswer>;
  createRepository(name: string, input?: object): Promise<void>;
  /** Makes a template for what is pushed below a prefix. */
  createTemplate(prefix: string, input?: object): Promise<void>;
}

export async function startOciServer(limits: QuotaDeps & { readonly rates?: Rates } = {}): Promise<OciServer> {
  const clock = fakeClock();
  const metadata = await openTestMetadata(clock);
  const blobs = createMemoryBlobs();
  const sealer = createSealer(randomBytes(32));
  const asked: Ask[] = [];
  const refused = new Set<string>();
  const hosts = createHosts({ hostSuffix: "localhost", ...testRegistry, port: 4510 });
  const authorizer = refusingAuthorizer(createAuthorizer({ metadata, clock }), asked, refused);
  const pulls = recordPulls({ metadata, clock, onError: assert.ifError });
  const deps = { hosts, identity: testIdentity(), authorizer, metadata, blobs, clock, pulls, ...limits };
  const protocol = createOciProtocol(deps);
  const server = createHttpServer({
    log: pino({ level: "silent" }),
    handler: (exchange) => protocol.handle(exchange, hosts.resolve(exchange.request.headers.host, exchange.origin.secure)),
  });
  const listening = await server.listen({ address: "127.0.0.1", port: 0 });
  return {
    port: listening.port,
    asked,
    refused,
    send: (method, path, request = {}) => send(listening.port, method, path, request),
    async createRepository(name, input = {}) {
      await createRepository({ metadata, clock, sealer }, testCall(), { repositoryName: repositoryName(name), ...input });
    },
    async createTemplate(prefix, input = {}) {
      const deps = { metadata, clock, sealer, checkLifecyclePolicy() {} };
      await createRepositoryCreationTemplate(deps, testCall(), { prefix, appliedFor: ["CREATE_ON_PUSH"], ...input });
    },
    async [Symbol.asyncDispose]() {
      await listening.close({ grace_ms: 0 });
      await pulls[Symbol.asyncDispose]();
      await blobs[Symbol.asyncDispose]();
      await metadata[Symbol.asyncDispose]();
    },
  };
}

function testIdentity(): Identity {
  const root = { principal: rootOf(testRegistry.account), region: testRegistry.region };
  return {
    claim: () => Promise.reject(new Error("no request is signed here")),
    issueToken: () => ({ password: "root", expires_ms: 0 }),
    async verifyToken(password) {
      if (password === "root") return root;
      if (password === "west") return { ...root, region: "us-west-2" as Region };
      if (password === "stranger") return { ...root, principal: rootOf("999999999999") };
      if (password === "expired") throw new RegistryError("ExpiredTokenException", "Your authorization token has expired.");
      throw new RegistryError("NotAuthorizedException", "Not Authorized");
    },
  };
}

function refusingAuthorizer(real: Authorizer, asked: Ask[], refused: ReadonlySet<string>): Authorizer {
  return {
    explain: real.explain,
    decideWith: real.decideWith,
    decideOn: real.decideOn,
    async decide(call, ask) {
      asked.push(ask);
      if (refused.has(`${ask.action} ${ask.resource}`)) return { allowed: false, because: "because the test says so" };
      return real.decide(call, ask);
    },
    async require(call, asks) {
      for (const ask of asks) {
        const decision = await this.decide(call, ask);
        if (!decision.allowed) throw new RegistryError("AccessDeniedException", `${ask.action} ${decision.because}`);
      }
    },
  };
}

function send(
  port: number,
  method: string,
  path: string,
  { headers = {}, body, password = "root" }: TestRequest,
): Promise<TestAnswer> {
  const authorization = password === "" ? {} : { authorization: `Basic ${Buffer.from(`AWS:${password}`).toString("base64")}` };
  return new Promise((resolve, reject) => {
    const request = sendRequest({ host: "127.0.0.1", port, method, path, headers: { ...authorization, ...headers } });
    request.on("error", reject);
    request.on("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const whole = Buffer.concat(chunks);
        resolve({
          status: response.statusCode ?? 0,
          all: (name) => response.headersDistinct[name] ?? [],
          headers: response.headers,
          body: whole,
          json: () => JSON.parse(whole.toString()),
        });
      });
    });
    if (typeof body === "object" && "pipe" in body) body.pipe(request);
    else request.end(body);
  });
}
