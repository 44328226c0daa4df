import assert from "node:assert/strict";
import type { Call } from "../kernel/call.ts";
import type { Ask } from "../kernel/operation.ts";
import type { Quotas } from "../kernel/quotas.ts";
import { read } from "../kernel/shape.ts";
import { createSealer } from "../keys/sealer.ts";
import type { RepositoryDeps } from "../repositories/deps.ts";
import { repositoryOperations } from "../repositories/operations.ts";
import { testCall } from "./call.ts";
import { fakeClock } from "./fake-clock.ts";
import { openTestMetadata } from "./metadata.ts";

/** A repository as an answer has it. */
interface Repository {
  readonly repositoryName: string;
  readonly [member: string]: unknown;
}

interface Answer {
  readonly repository: Repository;
  readonly repositories: readonly Repository[];
  readonly nextToken?: string;
  readonly tags: readonly { Key: string; Value: string }[];
}

/** The operations on repositories over empty metadata, without HTTP or authorization. */
export interface TestRepositories extends AsyncDisposable {
  readonly deps: RepositoryDeps;
  /** Calls an operation, as root of the test's account unless the call says otherwise. */
  run(name: string, input: object, call?: Call): Promise<Answer>;
  /** What an operation would ask of the authorizer. */
  asks(name: string, input: object): readonly Ask[];
}

export async function openTestRepositories(quotas: Partial<Quotas> = {}): Promise<TestRepositories> {
  const metadata = await openTestMetadata();
  const deps = { metadata, clock: fakeClock(1_700_000_000_123), quotas, sealer: createSealer(Buffer.alloc(32, 1)) };
  const table = new Map(repositoryOperations(deps).map((it) => [it.name, it]));
  const find = (name: string) => table.get(name) ?? assert.fail(`there is no operation ${name}`);
  return {
    deps,
    async run(name, value, call = testCall()) {
      const { input: shape, asks, handle } = find(name);
      const input = read(shape, value) as never;
      if (asks !== "none") asks(input, call);
      return (await handle(call, input)) as Answer;
    },
    asks(name, value) {
      const { input: shape, asks } = find(name);
      assert.ok(asks !== "none");
      return asks(read(shape, value) as never, testCall());
    },
    [Symbol.asyncDispose]: () => metadata[Symbol.asyncDispose](),
  };
}

/** The ARN of a repository of the test's account, unless another one is named. */
export function arnOf(name: string, account = "000000000000", region = "us-east-1"): string {
  return `arn:aws:ecr:${region}:${account}:repository/${name}`;
}
