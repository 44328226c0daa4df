import type { Call } from "../kernel/call.ts";
import { query } from "../platform/metadata/query.ts";
import type { RepositoryDeps } from "../repositories/deps.ts";
import { onRegistry } from "../repositories/shapes.ts";
import { findRule, type RuleInput, ruleView } from "./rule-rows.ts";

const removeRule = query<{ account: string; region: string; prefix: string }>()((db, p) =>
  db
    .deleteFrom("pull_through_rules")
    .where("account", "=", p.account)
    .where("region", "=", p.region)
    .where("prefix", "=", p.prefix),
);

/** Removes a rule and shows what it was; what it has cached stays. Throws PullThroughCacheRuleNotFoundException. */
export async function deleteRule(deps: RepositoryDeps, reached: Call, input: RuleInput): Promise<object> {
  const { registry } = onRegistry(reached, input);
  const row = await deps.metadata.write(registry, async (tx) => {
    const found = await findRule(tx, input.ecrRepositoryPrefix);
    await tx.run(removeRule, found);
    return found;
  });
  return { ...ruleView(row), upstreamRegistryUrl: row.upstream_url, createdAt: row.created_ms / 1000 };
}
