import type { AccessKey } from "../identity/access-keys.ts";
import { openAccount } from "../iam/organisation/accounts.ts";
import type { IamDeps } from "../iam/deps.ts";
import type { AccountId } from "../kernel/names.ts";

/** The accounts of a company as many have them: one for what is shared, and one for each stage. */
export const practiceAccounts = {
  central: "123456789012" as AccountId,
  development: "234567890123" as AccountId,
  staging: "345678901234" as AccountId,
  production: "456789012345" as AccountId,
} as const;

export type PracticeAccount = keyof typeof practiceAccounts;

/** In which unit of the organisation each of them is. The central account manages it. */
const UNITS: Readonly<Record<PracticeAccount, string>> = {
  central: "/",
  development: "/Workloads/Development",
  staging: "/Workloads/Staging",
  production: "/Workloads/Production",
};

/** Makes the four accounts in one organisation, which the central one manages. Returns the keys of their root users. */
export async function makePracticeAccounts(deps: IamDeps): Promise<Readonly<Record<PracticeAccount, AccessKey>>> {
  const make = async (alias: PracticeAccount): Promise<AccessKey> => {
    const asked = { id: practiceAccounts[alias], alias, unit: UNITS[alias] };
    const { accessKeyId, secretAccessKey } = await openAccount({ ...deps, account: practiceAccounts.central }, asked);
    return { accessKeyId, secretAccessKey };
  };
  // One after another: what comes first makes the organisation.
  const central = await make("central");
  const development = await make("development");
  const staging = await make("staging");
  return { central, development, staging, production: await make("production") };
}
