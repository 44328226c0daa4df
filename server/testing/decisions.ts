import assert from "node:assert/strict";
import { decisionOperations } from "../iam/decisions/operations.ts";
import { principalOf } from "../iam/decisions/find-principal.ts";
import { type EntityKind, findEntity } from "../iam/entities.ts";
import type { Call, Principal } from "../kernel/call.ts";
import { RegistryError } from "../kernel/errors.ts";
import type { AccountId, RegistryId } from "../kernel/names.ts";
import type { Ask } from "../kernel/operation.ts";
import { read } from "../kernel/shape.ts";
import { query } from "../platform/metadata/query.ts";
import { type Authorizer, createAuthorizer } from "../policies/authorizer.ts";
import type { DenialRecorder } from "../policies/denials/record-denials.ts";
import { testCall, testRegistry } from "./call.ts";
import { openTestIam, type TestIam } from "./iam.ts";
import { addAccountRow, addRepositoryRow } from "./rows.ts";

/** Principals of two accounts, who are decided on, and whoever asks why. */
export interface TestDecisions extends AsyncDisposable {
  readonly iam: TestIam;
  readonly authorizer: Authorizer;
  readonly denials: DenialRecorder;
  /** Makes a user or a role with a policy of these statements. */
  add(kind: EntityKind, name: string, ...statements: readonly object[]): Promise<Principal>;
  /** Sets the policy of a repository, which is made for it. */
  setRepositoryPolicy(registry: RegistryId, name: string, ...statements: readonly object[]): Promise<void>;
  /** Asks the authorizer; the request's id when it was denied, else undefined. */
  ask(call: Partial<Call>, ask: Ask): Promise<string | undefined>;
  /** What ExplainDecision answers. */
  explain(input: object, call?: Partial<Call>): Promise<any>;
}

export const otherRegistry: RegistryId = { ...testRegistry, account: "123456789012" as AccountId };

const insertPolicy = query<{ id: number; text: string }>()((db, p) =>
  db
    .insertInto("repository_documents")
    .values({ repository_id: p.id, kind: "policy", text: p.text, updated_ms: 0, evaluated_ms: null }),
);

/** A document of these statements, each of which is an Allow. */
function policyText(...statements: readonly object[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: statements.map((it) => ({ Effect: "Allow", ...it })) });
}

const TRUST = policyText({ Principal: { Service: "ecs-tasks.amazonaws.com" }, Action: "sts:AssumeRole" });

export async function openTestDecisions(): Promise<TestDecisions> {
  const iam = await openTestIam();
  const { metadata, clock, denials } = iam;
  const authorizer = createAuthorizer({ metadata, clock, denials });
  const [operation = assert.fail()] = decisionOperations({ metadata, clock, authorizer, denials });
  let requests = 0;
  await metadata.writeGlobal(async (tx) => {
    for (const { account } of [testRegistry, otherRegistry]) await addAccountRow(tx, account);
  });
  return {
    iam,
    authorizer,
    denials,
    async add(kind, name, ...statements) {
      const noun = kind === "user" ? "User" : "Role";
      await iam.call(`Create${noun}`, { [`${noun}Name`]: name, ...(kind === "role" && { AssumeRolePolicyDocument: TRUST }) });
      const policy = { PolicyName: "own", PolicyDocument: policyText(...statements) };
      if (statements.length > 0) await iam.call(`Put${noun}Policy`, { [`${noun}Name`]: name, ...policy });
      return principalOf(await metadata.readGlobal((tx) => findEntity(tx, testRegistry.account, kind, name)));
    },
    async setRepositoryPolicy(registry, name, ...statements) {
      const id = ++requests;
      await metadata.writeGlobal(async (tx) => {
        await addRepositoryRow(tx, { ...registry, id, name });
        await tx.run(insertPolicy, { id, text: policyText(...statements) });
      });
    },
    async ask(changes, ask) {
      const call = testCall({ requestId: `request-${++requests}`, ...changes });
      const answer = await authorizer.require(call, [ask]).catch((error: unknown) => error);
      if (answer === undefined) return undefined;
      if (!(answer instanceof RegistryError)) throw answer;
      return call.requestId;
    },
    explain: async (input, call = {}) => operation.handle(testCall(call), read(operation.input, input) as never),
    [Symbol.asyncDispose]: () => iam[Symbol.asyncDispose](),
  };
}
