import type { Call, Naming, Principal } from "../kernel/call.ts";
import type { AccountId, Arn, Region, RegistryId, RepositoryName } from "../kernel/names.ts";

export const testRegistry: RegistryId = { account: "000000000000" as AccountId, region: "us-east-1" as Region };

/** The root user of an account. */
export function rootOf(account: string): Principal {
  return {
    type: "root",
    account: account as AccountId,
    arn: `arn:aws:iam::${account}:root` as Arn,
    userId: account,
    entityId: account,
  };
}

const naming: Naming = { registryHost: () => "localhost:4510", registryUrl: () => "http://localhost:4510" };

/** A call by the root user of the registry's account, as a test sends it. */
export function testCall(changes: Partial<Call> = {}): Call {
  const registry = changes.registry ?? testRegistry;
  return {
    requestId: "00000000-0000-4000-8000-000000000000",
    principal: rootOf(registry.account),
    registry,
    naming,
    origin: { address: "127.0.0.1", secure: false },
    userAgent: "test",
    client: new AbortController(),
    ...changes,
  };
}

/** A repository name that a test writes out. */
export const repositoryName = (text: string): RepositoryName => text as RepositoryName;
