import assert from "node:assert/strict";
import { jsonApis, queryApis } from "../../server/apis.ts";
import { noteAccessChange } from "../../server/iam/access-changes.ts";
import { addEntity } from "../../server/iam/entities.ts";
import { putInlinePolicy } from "../../server/iam/inline-policies.ts";
import { placeAccount } from "../../server/iam/organisation/accounts.ts";
import { membershipOf } from "../../server/iam/organisation/control-policies.ts";
import { addAccount } from "../../server/identity/create-account.ts";
import { recordPulls } from "../../server/images/record-pulls.ts";
import type { AccountId } from "../../server/kernel/names.ts";
import type { Operation } from "../../server/kernel/operation.ts";
import { createMemoryBlobs } from "../../server/platform/blobs/memory-blobs.ts";
import type { Metadata } from "../../server/platform/metadata/metadata.ts";
import { query } from "../../server/platform/metadata/query.ts";
import { createAuthorizer } from "../../server/policies/authorizer.ts";
import { recordDenials } from "../../server/policies/denials/record-denials.ts";
import { createHosts } from "../../server/protocols/hosts.ts";
import { createOciProtocol } from "../../server/protocols/oci/oci-protocol.ts";
import {
  takeRegistryDocument,
  takeRepositoryDocument,
  writeRegistryDocument,
  writeRepositoryDocument,
} from "../../server/repositories/documents.ts";
import { findRepository } from "../../server/repositories/find-repository.ts";
import { type Answer, type AwsServer, startAwsServer } from "../../server/testing/aws-server.ts";
import { repositoryName, testRegistry } from "../../server/testing/call.ts";
import { testEgress } from "../../server/testing/iam.ts";
import { openTestIdentity, type TestIdentity } from "../../server/testing/identity.ts";
import { type RecordedMetadata, recordStatements } from "../../server/testing/recorded-metadata.ts";
import { addPerson, type Person } from "./person.ts";
import { type AwsRequest, requestOf, type Service } from "./aws-request.ts";

/** A statement that allows all. */
export const EVERYTHING = { Effect: "Allow", Action: "*", Resource: "*" };
/** An account that is not there. */
const NOBODY = "999999999999" as AccountId;
export const OTHER = "111111111111" as AccountId;

/** All protocols on a socket over real identity and real policies: ann is of the registry's account, eve of another one. */
export interface AuthorizationScene extends AwsServer {
  readonly ann: Person;
  readonly eve: Person;
  /** Whether operations answer without doing anything, so that each can be tried again. */
  stubbed: boolean;
  /** The one policy of a user from now on. */
  allow(person: Person, statements: readonly object[]): Promise<void>;
  /** A role, of the registry's account unless another is given, whose trust policy has one statement. Returns its ARN. */
  addRole(name: string, trust: object, account?: AccountId): Promise<string>;
  /** Puts eve's account into the organisation that ann's manages. */
  join(): Promise<void>;
  setRepositoryPolicy(statement: object | undefined): Promise<void>;
  setRegistryPolicy(statement: object | undefined): Promise<void>;
  /** Sends an input to an operation of an API; unsigned for nobody. */
  post(person: Person | undefined, service: Service, operation: string, input: object): Promise<Answer>;
  /** What the database was asked for a request to be answered, when nothing of what was read before is believed any more. */
  answerFromNothing(send: () => Promise<Answer>): Promise<{ readonly answer: Answer; readonly statements: readonly string[] }>;
  /** A password for `docker login`. */
  passwordOf(person: Person): string;
  /** Sends a request of the OCI protocol; without a password for nobody. */
  pull(person: Person | string | undefined, method: string, path: string, body?: string): Promise<Answer>;
}

const useScopeV2 = query<{ account: string; region: string }>()((db, p) =>
  db
    .insertInto("account_settings")
    .values({ account: p.account, region: p.region, name: "REGISTRY_POLICY_SCOPE", value: "V2" })
    .onConflict((it) => it.doNothing()),
);

const documentOf = (statement: object): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] });

/** What answers in place of an operation's handler while the scene is stubbed. */
function switchable(operation: Operation, isStubbed: () => boolean): Operation {
  return { ...operation, handle: async (call, input) => (isStubbed() ? {} : operation.handle(call, input)) };
}

/** What is gathered and written by itself, whoever asked for what, goes by the recorder. */
async function openRecorded(): Promise<readonly [TestIdentity, RecordedMetadata, Metadata]> {
  let stored: Metadata | undefined;
  let recorded: RecordedMetadata | undefined;
  const watch = (it: Metadata): Metadata => {
    stored = it;
    return (recorded = recordStatements(it));
  };
  const test = await openTestIdentity({ start_ms: Date.now(), watch });
  assert.ok(stored !== undefined && recorded !== undefined);
  return [test, recorded, stored];
}

export async function openAuthorizationScene(): Promise<AuthorizationScene> {
  const [test, recorded, stored] = await openRecorded();
  const { metadata, identity } = test;
  const blobs = createMemoryBlobs();
  const pulls = recordPulls({ ...test, metadata: stored, onError: assert.ifError });
  const denials = recordDenials({ metadata: stored, onError: assert.ifError });
  const authorizer = createAuthorizer({ ...test, membershipOf, denials });
  const deps = { ...test, blobs, pulls, authorizer, denials, egress: testEgress, account: testRegistry.account };
  const hosts = createHosts({ hostSuffix: "localhost", ...testRegistry, port: 4510 });
  const isStubbed = (): boolean => scene.stubbed;
  const switched = <Api extends { readonly operations: readonly Operation[] }>(apis: Readonly<Record<string, Api>>) =>
    Object.fromEntries(
      Object.entries(apis).map(([service, api]) => [
        service,
        { ...api, operations: api.operations.map((it) => switchable(it, isStubbed)) },
      ]),
    );
  const apis = { authorizer, json: switched(jsonApis(deps)), query: switched(queryApis(deps)) };
  const server = await startAwsServer({ test, operations: [], oci: createOciProtocol({ ...deps, hosts }), apis });
  await metadata.writeGlobal((tx) => addAccount(tx, OTHER, 0));
  const write = { kind: "policy", now_ms: 0 } as const;
  const scene: AuthorizationScene = {
    ...server,
    ann: await addPerson(test, testRegistry.account, { name: "ann", keyId: "AKIAANNAAAAAAAAAAAAA" }),
    eve: await addPerson(test, OTHER, { name: "eve", keyId: "AKIAEVEAAAAAAAAAAAAA" }),
    stubbed: false,
    async allow({ entity }, statements) {
      const nothing = { Effect: "Deny", Action: "none:none", Resource: "*" };
      const Statement = [nothing, ...statements];
      await metadata.writeGlobal((tx) =>
        putInlinePolicy(tx, entity, "mine", JSON.stringify({ Version: "2012-10-17", Statement })),
      );
    },
    async addRole(name, trust, account = testRegistry.account) {
      const role = { kind: "role", name, path: "/", trust_policy: documentOf(trust) } as const;
      await metadata.writeGlobal((tx) => addEntity(tx, account, role, 0));
      return `arn:aws:iam::${account}:role/${name}`;
    },
    join: () => placeAccount(deps, OTHER, "/"),
    setRepositoryPolicy: (statement) =>
      metadata.write(testRegistry, async (tx) => {
        const { id } = await findRepository(tx, repositoryName("app"));
        if (statement === undefined) await takeRepositoryDocument(tx, id, "policy");
        else await writeRepositoryDocument(tx, id, { ...write, text: documentOf(statement) });
      }),
    setRegistryPolicy: (statement) =>
      metadata.write(testRegistry, async (tx) => {
        await tx.run(useScopeV2, testRegistry);
        if (statement === undefined) await takeRegistryDocument(tx, "policy");
        else await writeRegistryDocument(tx, { ...write, text: documentOf({ ...statement, Resource: "*" }) });
      }),
    post(person, service, operation, input) {
      const request = requestOf(service, operation, input);
      if (person !== undefined) return server.sendSigned({ ...person.key, service, ...withSession(person, request) });
      const rawHeaders = Object.entries(request.headers).flat();
      return server.send({ method: "POST", path: "/", rawHeaders, body: request.body });
    },
    async answerFromNothing(send) {
      await metadata.writeGlobal((tx) => noteAccessChange(tx, NOBODY));
      recorded.takeStatements();
      const answer = await send();
      return { answer, statements: recorded.takeStatements() };
    },
    passwordOf: ({ principal }) => identity.issueToken(principal, testRegistry.region).password,
    pull(person, method, path, body) {
      const password = typeof person === "object" ? scene.passwordOf(person) : person;
      const basic = Buffer.from(`AWS:${password}`).toString("base64");
      const authorization = password === undefined ? [] : ["Authorization", `Basic ${basic}`];
      // Without a length it would have a body, of chunks.
      const rawHeaders = [...authorization, ...(body === undefined ? ["Content-Length", "0"] : [])];
      return server.send({ method, path, rawHeaders, ...(body === undefined ? {} : { body }) });
    },
    async [Symbol.asyncDispose]() {
      await pulls[Symbol.asyncDispose]();
      await denials[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      await blobs[Symbol.asyncDispose]();
    },
  };
  return scene;
}

/** The token of temporary credentials goes with each request. */
function withSession({ key }: Person, request: AwsRequest): AwsRequest {
  if (key.sessionToken === undefined) return request;
  return { ...request, headers: { ...request.headers, "X-Amz-Security-Token": key.sessionToken } };
}
