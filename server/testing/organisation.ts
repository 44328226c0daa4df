import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { addAccount } from "../identity/create-account.ts";
import { ORGANISATION_ERROR_NAMES, organisationOperations } from "../iam/organisation/operations.ts";
import { RegistryError, wireName } from "../kernel/errors.ts";
import type { AccountId } from "../kernel/names.ts";
import { read } from "../kernel/shape.ts";
import { createSealer, type Sealer } from "../keys/sealer.ts";
import type { Metadata } from "../platform/metadata/metadata.ts";
import { rootOf, testCall, testRegistry } from "./call.ts";
import { type FakeClock, fakeClock } from "./fake-clock.ts";
import { openTestMetadata } from "./metadata.ts";

/** Every operation of Organizations over real metadata, without HTTP or authorization. */
export interface TestOrganisation extends AsyncDisposable {
  readonly clock: FakeClock;
  readonly metadata: Metadata;
  readonly sealer: Sealer;
  /** Calls an operation as the root of an account, the default one when absent. */
  call(name: string, input?: object, account?: string): Promise<any>;
  /** Calls one that must refuse. Returns the code that a client sees, the text and the reason. */
  refusal(
    name: string,
    input?: object,
    account?: string,
  ): Promise<{ readonly name: string; readonly message: string; readonly reason: unknown }>;
}

export async function openTestOrganisation(): Promise<TestOrganisation> {
  const clock = fakeClock();
  const metadata = await openTestMetadata(clock);
  const sealer = createSealer(randomBytes(32));
  const { account: own } = testRegistry;
  const operations = new Map(organisationOperations({ metadata, clock, sealer, account: own }).map((it) => [it.name, it]));
  await metadata.writeGlobal((tx) => addAccount(tx, own, clock.now()));

  async function call(name: string, input: object = {}, account: string = own): Promise<unknown> {
    const operation = operations.get(name);
    assert.ok(operation !== undefined, `there is no operation ${name}`);
    const registry = { ...testRegistry, account: account as AccountId };
    const context = testCall({ registry, principal: rootOf(account) });
    const value = read(operation.input, input);
    assert.ok(operation.asks !== "none");
    assert.ok(operation.asks(value as never, context).length > 0, `${name} asks for no permission`);
    return operation.handle(context, value as never);
  }

  return {
    clock,
    metadata,
    sealer,
    call,
    async refusal(name, input, account) {
      const error = await call(name, input, account).catch((thrown: unknown) => thrown);
      assert.ok(error instanceof RegistryError, `${name} was not refused but answered ${JSON.stringify(error) ?? String(error)}`);
      const spelled = ORGANISATION_ERROR_NAMES[error.code] ?? wireName(error.code);
      return { name: spelled, message: error.message, reason: error.detail["Reason"] };
    },
    [Symbol.asyncDispose]: () => metadata[Symbol.asyncDispose](),
  };
}
