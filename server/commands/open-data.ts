import { membershipOf } from "../iam/organisation/control-policies.ts";
import { type Installation, openInstallation } from "../installation.ts";
import { systemClock } from "../kernel/clock.ts";
import type { RegistryId } from "../kernel/names.ts";
import type { Quotas } from "../kernel/quotas.ts";
import { type Authorizer, createAuthorizer } from "../policies/authorizer.ts";
import { configurationOfProcess } from "./command-line.ts";
import { requireBegun } from "./require-begun.ts";

/** The data of a registry, and who decides by it. It may be opened while a server runs. */
export interface OpenData extends Installation {
  readonly authorizer: Authorizer;
  /** The one that is meant where nobody says. */
  readonly registry: RegistryId;
  readonly quotas: Quotas;
}

/** Opens what the flags name. Throws an error with a sentence where no server has been started yet. */
export async function openData(flags: readonly string[]): Promise<OpenData> {
  const configuration = configurationOfProcess(flags);
  await requireBegun(configuration);
  const installation = await openInstallation(configuration, systemClock);
  const { account, region } = configuration;
  return {
    ...installation,
    registry: { account, region },
    quotas: configuration,
    authorizer: createAuthorizer({ ...installation, membershipOf }),
  };
}
