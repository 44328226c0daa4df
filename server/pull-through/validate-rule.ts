import type { Call } from "../kernel/call.ts";
import type { RepositoryDeps } from "../repositories/deps.ts";
import { onRegistry } from "../repositories/shapes.ts";
import { findRule, type RuleInput, ruleView } from "./rule-rows.ts";

/** Whether a rule's upstream can be reached with its credentials: nobody has tried yet. Throws PullThroughCacheRuleNotFoundException. */
export async function validateRule(deps: RepositoryDeps, reached: Call, input: RuleInput): Promise<object> {
  const { registry } = onRegistry(reached, input);
  const row = await deps.metadata.read(registry, (tx) => findRule(tx, input.ecrRepositoryPrefix));
  return {
    ...ruleView(row),
    upstreamRegistryUrl: row.upstream_url,
    // ECR: a rule that does not work is an answer and no error. (API reference, ValidatePullThroughCacheRule)
    isValid: false,
    failure:
      "This server does not contact upstream registries yet, so neither the upstream nor the credentials have been checked.",
  };
}
