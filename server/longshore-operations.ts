import { type DecisionDeps } from "./iam/decisions/explain-decision.ts";
import { decisionOperations } from "./iam/decisions/operations.ts";
import type { IamDeps } from "./iam/deps.ts";
import type { ImageDeps } from "./images/deps.ts";
import { deletionOperations } from "./images/deletions/operations.ts";
import { restoreRepositoryOperation } from "./repositories/restore-repository.ts";
import { registryTokenOperations } from "./iam/registry-tokens/operations.ts";
import { revokeSessionsOperation } from "./iam/sessions/revoke-sessions.ts";
import { imageUseOperations } from "./images/in-use/operations.ts";
import { usageOperations } from "./images/usage/operations.ts";
import { type DescribeScrubDeps, scrubOperations } from "./layers/scrub/describe-scrub.ts";
import type { Operation } from "./kernel/operation.ts";
import { explainOperations } from "./lifecycle/explain/operations.ts";
import { lifecycleRunOperations } from "./lifecycle/runs/operations.ts";

/** What stands before the dot of X-Amz-Target for operations that are ours and not AWS's. */
export const LONGSHORE_TARGET_PREFIX = "Longshore_V20261101";

/** What the operations of every domain work with. */
type Deps = IamDeps & DecisionDeps & ImageDeps & DescribeScrubDeps & Parameters<typeof imageUseOperations>[0];

/** Every operation that is ours and not AWS's, from all domains. */
export function longshoreOperations(deps: Deps): readonly Operation[] {
  return [
    ...registryTokenOperations(deps),
    revokeSessionsOperation(deps),
    ...decisionOperations(deps),
    ...imageUseOperations(deps),
    ...usageOperations(deps),
    ...scrubOperations(deps),
    ...deletionOperations(deps),
    ...lifecycleRunOperations(deps),
    ...explainOperations(deps),
    restoreRepositoryOperation(deps),
  ];
}
