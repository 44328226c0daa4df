import type { Call } from "../kernel/call.ts";
import { PAGE_SIZE_DEFAULT } from "../kernel/limits.ts";
import { toPage } from "../kernel/page.ts";
import { openPageToken, sealPageToken } from "../keys/page-token.ts";
import type { Reader } from "../platform/metadata/metadata.ts";
import type { PullThroughRuleRow } from "../platform/metadata/schema.ts";
import type { RepositoryDeps } from "../repositories/deps.ts";
import { onRegistry, type RegistryInput } from "../repositories/shapes.ts";
import { findRule, rulesAfter, ruleView } from "./rule-rows.ts";

/** Input of DescribePullThroughCacheRules. */
export interface DescribeRulesInput extends RegistryInput {
  readonly ecrRepositoryPrefixes?: readonly string[];
  readonly nextToken?: string;
  readonly maxResults?: number;
}

/** A page of the registry's rules, or of those of some prefixes, ordered by theirs. Throws PullThroughCacheRuleNotFoundException. */
export async function describeRules(deps: RepositoryDeps, reached: Call, input: DescribeRulesInput): Promise<object> {
  const { registry } = onRegistry(reached, input);
  const prefixes = input.ecrRepositoryPrefixes;
  const scope = JSON.stringify(["DescribePullThroughCacheRules", registry.account, registry.region, prefixes ?? null]);
  const after = openPageToken(deps.sealer, scope, input.nextToken) ?? "";
  const size = input.maxResults ?? PAGE_SIZE_DEFAULT;
  const rows = await deps.metadata.read(registry, (tx) =>
    prefixes === undefined ? tx.all(rulesAfter, { ...registry, after, limit: size + 1 }) : namedRules(tx, prefixes, after),
  );
  const page = toPage(rows, size, (it) => it.prefix);
  return { pullThroughCacheRules: page.items.map(present), nextToken: sealPageToken(deps.sealer, scope, page.next) };
}

/** The rules of these prefixes that come behind `after`, each once. All of them must be there. */
async function namedRules(tx: Reader, prefixes: readonly string[], after: string): Promise<readonly PullThroughRuleRow[]> {
  const found = new Map<string, PullThroughRuleRow>();
  for (const prefix of prefixes) {
    const row = await findRule(tx, prefix);
    if (row.prefix > after) found.set(row.prefix, row);
  }
  return [...found.values()].sort((a, b) => (a.prefix < b.prefix ? -1 : 1));
}

function present(row: PullThroughRuleRow): object {
  return {
    ...ruleView(row),
    upstreamRegistryUrl: row.upstream_url,
    upstreamRegistry: row.upstream_registry,
    createdAt: row.created_ms / 1000,
    updatedAt: row.updated_ms / 1000,
  };
}
