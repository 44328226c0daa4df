import type { Operation } from "../kernel/operation.ts";
import { accountOperations } from "./account/operations.ts";
import { groupOperations } from "./groups/operations.ts";
import { policyOperations } from "./policies/operations.ts";
import { providerOperations } from "./providers/operations.ts";
import { roleOperations } from "./roles/operations.ts";
import { simulationOperations } from "./simulation/operations.ts";
import { userOperations } from "./users/operations.ts";
import type { IamDeps } from "./deps.ts";

/** Every operation of IAM's API that is here. */
export function iamOperations(deps: IamDeps): readonly Operation[] {
  return [
    ...userOperations(deps),
    ...groupOperations(deps),
    ...roleOperations(deps),
    ...policyOperations(deps),
    ...providerOperations(deps),
    ...accountOperations(deps),
    ...simulationOperations(deps),
  ];
}
