import type { Identity } from "./identity/identity.ts";
import { authorizationTokenOperations } from "./identity/operations.ts";
import { imageOperations } from "./images/operations.ts";
import type { Operation } from "./kernel/operation.ts";
import { layerOperations } from "./layers/operations.ts";
import { lifecycleOperations } from "./lifecycle/operations.ts";
import { checkLifecyclePolicy } from "./lifecycle/parse-policy.ts";
import { pullThroughOperations } from "./pull-through/operations.ts";
import { replicationOperations } from "./replication/operations.ts";
import { policyOperations } from "./repositories/policies/operations.ts";
import { settingOperations } from "./repositories/settings/operations.ts";
import { templateOperations } from "./repositories/templates/operations.ts";
import { scanningOperations } from "./scanning/operations.ts";
import { signingOperations } from "./signing/operations.ts";
import { repositoryOperations } from "./repositories/operations.ts";

/** What the operations of every domain work with. */
type Deps = { readonly identity: Identity } & Parameters<typeof policyOperations>[0] &
  Parameters<typeof layerOperations>[0] &
  Parameters<typeof imageOperations>[0];

/** Every operation of ECR's API that is here, from all domains: what the server offers and what docs/parity.md is made from. */
export function ecrOperations(deps: Deps): readonly Operation[] {
  return [
    ...authorizationTokenOperations(deps),
    ...repositoryOperations(deps),
    ...policyOperations(deps),
    ...templateOperations({ ...deps, checkLifecyclePolicy }),
    ...settingOperations(deps),
    ...layerOperations(deps),
    ...imageOperations(deps),
    ...lifecycleOperations(deps),
    ...scanningOperations(deps),
    ...replicationOperations(deps),
    ...pullThroughOperations(deps),
    ...signingOperations(deps),
  ];
}
