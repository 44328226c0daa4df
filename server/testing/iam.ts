import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { iamOperations } from "../iam/operations.ts";
import { registryTokenOperations } from "../iam/registry-tokens/operations.ts";
import { stsOperations, unsignedStsOperations } from "../iam/sessions/operations.ts";
import { revokeSessionsOperation } from "../iam/sessions/revoke-sessions.ts";
import type { Call } from "../kernel/call.ts";
import { RegistryError, wireName } from "../kernel/errors.ts";
import { read } from "../kernel/shape.ts";
import { createSealer, type Sealer } from "../keys/sealer.ts";
import { parseEgressAllowance } from "../platform/egress/allowance.ts";
import { createEgress } from "../platform/egress/egress.ts";
import type { Metadata } from "../platform/metadata/metadata.ts";
import { createAuthorizer } from "../policies/authorizer.ts";
import { type DenialRecorder, recordDenials } from "../policies/denials/record-denials.ts";
import { testCall } from "./call.ts";
import { type FakeClock, fakeClock } from "./fake-clock.ts";
import { openTestMetadata } from "./metadata.ts";

/** The input of an operation, as the query protocol has it after its parameters were put together. */
type Input = Readonly<Record<string, unknown>>;

/** Every operation of IAM and STS, and ours on principals, over real metadata, called as root of the test's account, without HTTP or authorization. */
export interface TestIam extends AsyncDisposable {
  readonly clock: FakeClock;
  readonly metadata: Metadata;
  readonly sealer: Sealer;
  readonly denials: DenialRecorder;
  /** Calls an operation; its output as the function gave it, dates and all. */
  call(name: string, input?: Input, changes?: Partial<Call>): Promise<any>;
  /** Calls an operation that must refuse. Returns the code and the text that a client sees. */
  refusal(name: string, input?: Input, changes?: Partial<Call>): Promise<{ readonly name: string; readonly message: string }>;
}

/** Requests of its own may go to this machine alone. */
export const testEgress = createEgress(parseEgressAllowance("localhost") ?? assert.fail());

export async function openTestIam(): Promise<TestIam> {
  const clock = fakeClock();
  const metadata = await openTestMetadata(clock);
  const sealer = createSealer(randomBytes(32));
  const denials = recordDenials({ metadata, onError: assert.ifError });
  const authorizer = createAuthorizer({ metadata, clock, denials });
  const deps = { metadata, clock, sealer, denials, egress: testEgress, authorizer };
  const ours = [...registryTokenOperations(deps), revokeSessionsOperation(deps)];
  const operations = new Map([...iamOperations(deps), ...stsOperations(deps), ...ours].map((it) => [it.name, it]));
  const unsigned = new Map(unsignedStsOperations(deps).map((it) => [it.name, it]));

  async function call(name: string, input: Input = {}, changes: Partial<Call> = {}): Promise<unknown> {
    const open = unsigned.get(name);
    if (open !== undefined) return open.handle(testCall(changes), read(open.input, input) as never);
    const operation = operations.get(name);
    assert.ok(operation !== undefined, `there is no operation ${name}`);
    const context = testCall(changes);
    const value = read(operation.input, input);
    if (operation.asks !== "none") {
      assert.ok(operation.asks(value as never, context).length > 0, `${name} asks for no permission`);
    }
    return operation.handle(context, value as never);
  }

  return {
    clock,
    metadata,
    sealer,
    denials,
    call,
    async refusal(name, input, changes) {
      const answer = await call(name, input, changes).catch((error: unknown) => error);
      assert.ok(
        answer instanceof RegistryError,
        `${name} was not refused but answered ${JSON.stringify(answer) ?? String(answer)}`,
      );
      return { name: wireName(answer.code), message: answer.message };
    },
    async [Symbol.asyncDispose]() {
      await denials[Symbol.asyncDispose]();
      await metadata[Symbol.asyncDispose]();
    },
  };
}
