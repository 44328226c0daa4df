import assert from "node:assert/strict";
import { ecrOperations } from "../../server/ecr-operations.ts";
import { addEntity } from "../../server/iam/entities.ts";
import { putInlinePolicy } from "../../server/iam/inline-policies.ts";
import { sealSecret } from "../../server/identity/access-keys.ts";
import { addAccount } from "../../server/identity/create-account.ts";
import { recordPulls } from "../../server/images/record-pulls.ts";
import type { Principal } from "../../server/kernel/call.ts";
import type { AccountId } from "../../server/kernel/names.ts";
import type { Operation } from "../../server/kernel/operation.ts";
import { createMemoryBlobs } from "../../server/platform/blobs/memory-blobs.ts";
import type { IamEntityRow } from "../../server/platform/metadata/iam-schema.ts";
import { query } from "../../server/platform/metadata/query.ts";
import { createAuthorizer } from "../../server/policies/authorizer.ts";
import { createHosts } from "../../server/protocols/hosts.ts";
import { createOciProtocol } from "../../server/protocols/oci/oci-protocol.ts";
import {
  takeRegistryDocument,
  takeRepositoryDocument,
  writeRegistryDocument,
  writeRepositoryDocument,
} from "../../server/repositories/documents.ts";
import { findRepository } from "../../server/repositories/find-repository.ts";
import { type Answer, type AwsServer, startAwsServer, target } from "../../server/testing/aws-server.ts";
import { repositoryName, testRegistry } from "../../server/testing/call.ts";
import { openTestIdentity } from "../../server/testing/identity.ts";
import { entityArn } from "../../server/iam/entities.ts";

export const OTHER = "111111111111" as AccountId;

/** A user of an account, with an access key. */
export interface Person {
  readonly entity: IamEntityRow;
  readonly key: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly principal: Principal;
}

/** Both protocols on a socket over real identity and real policies: ann is of the registry's account, eve of another one. */
export interface AuthorizationScene extends AwsServer {
  readonly operations: readonly Operation[];
  readonly ann: Person;
  readonly eve: Person;
  /** Whether operations answer without doing anything, so that each can be tried again. */
  stubbed: boolean;
  /** The one policy of a user from now on. */
  allow(person: Person, statements: readonly object[]): Promise<void>;
  setRepositoryPolicy(statement: object | undefined): Promise<void>;
  setRegistryPolicy(statement: object | undefined): Promise<void>;
  /** Sends an input to an operation of ECR's API; unsigned for nobody. */
  post(person: Person | undefined, operation: string, input: object): Promise<Answer>;
  /** Sends a request of the OCI protocol; without a password for nobody. */
  pull(person: Person | undefined, method: string, path: string, body?: string): Promise<Answer>;
}

const insertKey = query<{ id: string; account: string; principal_id: string; sealed: Uint8Array }>()((db, p) =>
  db.insertInto("access_keys").values({
    access_key_id: p.id,
    account: p.account,
    principal_id: p.principal_id,
    secret_sealed: p.sealed,
    status: "Active",
    created_ms: 0,
  }),
);
const useScopeV2 = query<{ account: string; region: string }>()((db, p) =>
  db
    .insertInto("account_settings")
    .values({ account: p.account, region: p.region, name: "REGISTRY_POLICY_SCOPE", value: "V2" })
    .onConflict((it) => it.doNothing()),
);

export async function openAuthorizationScene(): Promise<AuthorizationScene> {
  const test = await openTestIdentity({ start_ms: Date.now() });
  const { metadata, sealer, identity } = test;
  const blobs = createMemoryBlobs();
  const pulls = recordPulls({ ...test, onError: assert.ifError });
  const authorizer = createAuthorizer(test);
  const deps = { ...test, blobs, pulls, authorizer };
  const hosts = createHosts({ hostSuffix: "localhost", ...testRegistry, port: 4510 });
  const operations = ecrOperations(deps);
  const switched = operations.map(
    (it): Operation => ({ ...it, handle: async (call, input) => (scene.stubbed ? {} : it.handle(call, input)) }),
  );
  const server = await startAwsServer({ test, operations: switched, oci: createOciProtocol({ ...deps, hosts }) });
  await metadata.writeGlobal((tx) => addAccount(tx, OTHER, 0));

  async function addPerson(account: AccountId, name: string, id: string): Promise<Person> {
    const key = { accessKeyId: id, secretAccessKey: `${name} has a secret` };
    const entity = await metadata.writeGlobal(async (tx) => {
      const row = await addEntity(tx, account, { kind: "user", name, path: "/" }, 0);
      await tx.run(insertKey, { id, account, principal_id: row.id, sealed: sealSecret(sealer, key) });
      return row;
    });
    const of = { account, arn: entityArn(entity), userId: entity.id, entityId: entity.id };
    return { entity, key, principal: { type: "user", ...of, userName: name, accessKeyId: id } };
  }

  const grant = (statement: object): string =>
    JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] });
  const write = { kind: "policy", now_ms: 0 } as const;
  const scene: AuthorizationScene = {
    ...server,
    operations,
    ann: await addPerson(testRegistry.account, "ann", "AKIAANNAAAAAAAAAAAAA"),
    eve: await addPerson(OTHER, "eve", "AKIAEVEAAAAAAAAAAAAA"),
    stubbed: false,
    async allow({ entity }, statements) {
      const nothing = { Effect: "Deny", Action: "none:none", Resource: "*" };
      const Statement = [nothing, ...statements];
      await metadata.writeGlobal((tx) =>
        putInlinePolicy(tx, entity, "mine", JSON.stringify({ Version: "2012-10-17", Statement })),
      );
    },
    setRepositoryPolicy: (statement) =>
      metadata.write(testRegistry, async (tx) => {
        const { id } = await findRepository(tx, repositoryName("app"));
        if (statement === undefined) await takeRepositoryDocument(tx, id, "policy");
        else await writeRepositoryDocument(tx, id, { ...write, text: grant(statement) });
      }),
    setRegistryPolicy: (statement) =>
      metadata.write(testRegistry, async (tx) => {
        await tx.run(useScopeV2, testRegistry);
        if (statement === undefined) await takeRegistryDocument(tx, "policy");
        else await writeRegistryDocument(tx, { ...write, text: grant({ ...statement, Resource: "*" }) });
      }),
    post(person, operation, input) {
      const body = JSON.stringify(input);
      if (person !== undefined) return server.sendSigned({ ...person.key, headers: target(operation), body });
      return server.send({ method: "POST", path: "/", rawHeaders: Object.entries(target(operation)).flat(), body });
    },
    pull(person, method, path, body) {
      const password = person && identity.issueToken(person.principal, testRegistry.region).password;
      const basic = Buffer.from(`AWS:${password}`).toString("base64");
      const authorization = password === undefined ? [] : ["Authorization", `Basic ${basic}`];
      // Without a length it would have a body, of chunks.
      const rawHeaders = [...authorization, ...(body === undefined ? ["Content-Length", "0"] : [])];
      return server.send({ method, path, rawHeaders, ...(body === undefined ? {} : { body }) });
    },
    async [Symbol.asyncDispose]() {
      await pulls[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      await blobs[Symbol.asyncDispose]();
    },
  };
  return scene;
}
