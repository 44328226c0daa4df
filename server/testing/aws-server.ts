import assert from "node:assert/strict";
import { mkdtempDisposable } from "node:fs/promises";
import { type IncomingHttpHeaders, request as sendRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { queryApis } from "../apis.ts";
import { authorizationTokenOperations } from "../identity/operations.ts";
import { RegistryError } from "../kernel/errors.ts";
import { SPOOLED_BODIES_BYTES_MAX } from "../kernel/limits.ts";
import { type AccountId, type Arn, repositoryArn } from "../kernel/names.ts";
import { type Operation, operation } from "../kernel/operation.ts";
import { list, string, structure } from "../kernel/shape.ts";
import { type Authorizer, createAuthorizer } from "../policies/authorizer.ts";
import { recordDenials } from "../policies/denials/record-denials.ts";
import { type AwsJsonDeps, createAwsJson } from "../protocols/aws-json.ts";
import { type AwsQueryDeps, createAwsQuery } from "../protocols/aws-query.ts";
import { openBodySpool } from "../protocols/body-spool.ts";
import { createHosts } from "../protocols/hosts.ts";
import { createHttpServer } from "../protocols/http-server.ts";
import { createRouter, type HostHandler } from "../protocols/router.ts";
import { testRegistry } from "./call.ts";
import { exampleKey, openTestIdentity, type TestIdentity } from "./identity.ts";
import { testEgress } from "./iam.ts";
import { createLogLines, type LogLines } from "./log-lines.ts";
import { type SignedRequest, signedHead } from "./signed-request.ts";

/** The AWS protocols on a socket, over real identity and a table of operations. */
export interface AwsServer extends LogLines, AsyncDisposable {
  readonly port: number;
  readonly endpoint: string;
  /** Checks of /readyz; a test may add some. */
  readonly checks: Record<string, () => Promise<void>>;
  /** Signs a request with the account's key and sends it. Of `changed`, what is given is sent in place of what was signed. */
  sendSigned(request: Partial<SignedRequest>, changed?: Partial<PlainRequest>): Promise<Answer>;
  send(request: PlainRequest): Promise<Answer>;
}

export interface PlainRequest {
  readonly method: string;
  readonly path: string;
  readonly rawHeaders: readonly string[];
  readonly body?: string | Uint8Array;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

const TARGET_PREFIX = "AmazonEC2ContainerRegistry_V20150921";
/** Headers that send a body to an operation: one of ECR's, where the prefix of another API is not given. */
export const target = (name: string, prefix = TARGET_PREFIX): Readonly<Record<string, string>> => ({
  "Content-Type": "application/x-amz-json-1.1",
  "X-Amz-Target": `${prefix}.${name}`,
});

/** What a server serves. It is disposed of with the server. */
export interface Served {
  readonly test: TestIdentity;
  /** Of ECR. */
  readonly operations: readonly Operation[];
  readonly oci?: HostHandler;
  /** In place of ECR, IAM and STS over an authorizer of the server's own. */
  readonly apis?: {
    readonly authorizer: Authorizer;
    readonly json: AwsJsonDeps["services"];
    readonly query: AwsQueryDeps["services"];
  };
}

/** Without `served` it has operations that are made for tests of the protocol itself. */
export async function startAwsServer(served?: Served): Promise<AwsServer> {
  const test = served?.test ?? (await openTestIdentity({ start_ms: Date.now() }));
  const { identity } = test;
  const operations = served?.operations ?? [...testOperations, ...authorizationTokenOperations({ identity })];
  const logLines = createLogLines();
  const authorizer = served?.apis?.authorizer ?? createAuthorizer(test);
  const denials = recordDenials({ metadata: test.metadata, onError: assert.ifError });
  const hosts = createHosts({ hostSuffix: "localhost", ...testRegistry, port: 4510 });
  const folder = await mkdtempDisposable(join(tmpdir(), "longshore-receiving-"));
  const spool = await openBodySpool({ folder: folder.path, size_bytes_max: SPOOLED_BODIES_BYTES_MAX });
  const checks: Record<string, () => Promise<void>> = { metadata: async () => {} };
  const handler = createRouter({
    hosts,
    checks,
    oci: served?.oci ?? saying("oci"),
    download: saying("download"),
    awsJson: createAwsJson({
      identity,
      authorizer,
      spool,
      services: served?.apis?.json ?? { ecr: { targetPrefix: TARGET_PREFIX, operations } },
    }),
    awsQuery: createAwsQuery({
      identity,
      authorizer,
      services: served?.apis?.query ?? queryApis({ ...test, authorizer, denials, egress: testEgress }),
    }),
  });
  const server = await createHttpServer({ handler, log: logLines.log }).listen({ address: "127.0.0.1", port: 0 });
  const send = (request: PlainRequest): Promise<Answer> => sendPlain(server.port, request);
  return {
    ...logLines,
    port: server.port,
    endpoint: `http://127.0.0.1:${server.port}`,
    checks,
    send,
    sendSigned(request, changed) {
      const head = signedHead({ ...exampleKey, time_ms: Date.now(), ...request });
      const path = head.query === "" ? head.path : `${head.path}?${head.query}`;
      return send({ method: head.method, path, rawHeaders: head.rawHeaders, body: request.body ?? "", ...changed });
    },
    async [Symbol.asyncDispose]() {
      await server.close({ grace_ms: 0 });
      await denials[Symbol.asyncDispose]();
      await test[Symbol.asyncDispose]();
      await folder.remove();
    },
  };
}

interface DescribeInput {
  readonly registryId?: AccountId;
  readonly repositoryNames?: readonly string[];
}

/** One that looks, one that fails as foreseen, one that fails as not foreseen. */
const testOperations: readonly Operation[] = [
  operation<DescribeInput>({
    name: "DescribeRepositories",
    errors: [],
    input: structure({ registryId: string(), repositoryNames: list(string({ min: 2 }), { max: 100 }) }),
    asks: (_input, { registry }) => [{ action: "ecr:DescribeRepositories", resource: repositoryArn(registry, "*") }],
    handle: async ({ registry, naming }, { repositoryNames = [] }) => {
      if (repositoryNames.includes("missing")) {
        throw new RegistryError("RepositoryNotFoundException", "The repository is not there.", { repositoryName: "missing" });
      }
      const repositories = repositoryNames.map((repositoryName) => ({
        repositoryName,
        repositoryArn: repositoryArn(registry, repositoryName),
        repositoryUri: `${naming.registryHost(registry)}/${repositoryName}`,
        createdAt: 1_563_223_656.5,
      }));
      return { repositories };
    },
  }),
  operation<Record<string, never>>({
    name: "DeleteRepository",
    errors: [],
    input: structure({}),
    asks: () => [{ action: "ecr:DeleteRepository", resource: "arn:aws:ecr:us-east-1:999999999999:repository/x" as Arn }],
    handle: () => Promise.reject(new Error("nobody may come here")),
  }),
  operation<Record<string, never>>({
    name: "ListImages",
    errors: [],
    input: structure({}),
    asks: () => [{ action: "ecr:ListImages", resource: "*" }],
    handle: () => Promise.reject(new Error("what only the log may know")),
  }),
];

function saying(name: string): HostHandler {
  return { handle: async (exchange, host) => exchange.reply(200, [], `${name} ${host.kind}`) };
}

function sendPlain(port: number, { method, path, rawHeaders, body = "" }: PlainRequest): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const length = Buffer.byteLength(body);
    const host = rawHeaders.includes("Host") ? [] : ["Host", `127.0.0.1:${port}`];
    const headers = [...host, ...rawHeaders, ...(length > 0 ? ["Content-Length", String(length)] : [])];
    const request = sendRequest({ host: "127.0.0.1", port, method, path, headers });
    let response: Answer | undefined;
    // A refused body may cost the connection, but never the answer.
    request.on("error", (error) => (response === undefined ? reject(error) : resolve(response)));
    request.on("response", (incoming) => {
      const chunks: Buffer[] = [];
      const whole = (): Answer => ({
        status: incoming.statusCode ?? 0,
        headers: incoming.headers,
        text: Buffer.concat(chunks).toString(),
      });
      incoming.on("data", (chunk: Buffer) => {
        chunks.push(chunk);
        response = whole();
      });
      incoming.on("error", reject);
      incoming.on("end", () => resolve(whole()));
    });
    request.end(body);
  });
}
