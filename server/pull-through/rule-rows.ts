import { RegistryError } from "../kernel/errors.ts";
import { query } from "../platform/metadata/query.ts";
import type { Reader } from "../platform/metadata/metadata.ts";
import type { PullThroughRuleRow } from "../platform/metadata/schema.ts";
import type { RegistryInput } from "../repositories/shapes.ts";

/** Input of an operation on one rule. */
export interface RuleInput extends RegistryInput {
  readonly ecrRepositoryPrefix: string;
}

interface InRegistry {
  readonly account: string;
  readonly region: string;
}

const ruleByPrefix = query<InRegistry & { prefix: string; slashed: string }>()((db, p) =>
  db
    .selectFrom("pull_through_rules")
    .selectAll()
    .where("account", "=", p.account)
    .where("region", "=", p.region)
    .where("prefix", "in", [p.prefix, p.slashed]),
);

/** The first rules behind a prefix, ordered by theirs. */
export const rulesAfter = query<InRegistry & { after: string; limit: number }>()((db, p) =>
  db
    .selectFrom("pull_through_rules")
    .selectAll()
    .where("account", "=", p.account)
    .where("region", "=", p.region)
    .where("prefix", ">", p.after)
    .orderBy("prefix")
    .limit(p.limit),
);

/** The rule of a prefix; undefined when there is none. */
export function ruleOf(tx: Reader, prefix: string): Promise<PullThroughRuleRow | undefined> {
  // ECR: a prefix always ends in a slash, whether it is written or not. (API reference, CreatePullThroughCacheRule)
  const bare = prefix.endsWith("/") ? prefix.slice(0, -1) : prefix;
  return tx.first(ruleByPrefix, { ...tx.registry, prefix: bare, slashed: `${bare}/` });
}

/** The rule of a prefix. Throws PullThroughCacheRuleNotFoundException. */
export async function findRule(tx: Reader, prefix: string): Promise<PullThroughRuleRow> {
  const row = await ruleOf(tx, prefix);
  if (row === undefined) {
    throw new RegistryError(
      "PullThroughCacheRuleNotFoundException",
      `The pull through cache rule with prefix '${prefix}' does not exist in the registry with id '${tx.registry.account}'`,
    );
  }
  return row;
}

/** What every answer about a rule says. Members that were not given are not there. */
export function ruleView(row: PullThroughRuleRow): object {
  return {
    ecrRepositoryPrefix: row.prefix,
    registryId: row.account,
    ...(row.credential_arn === null ? {} : { credentialArn: row.credential_arn }),
    ...(row.custom_role_arn === null ? {} : { customRoleArn: row.custom_role_arn }),
    // Never as its default, ROOT: Terraform would take a rule that was made without it for another one.
    ...(row.upstream_prefix === null ? {} : { upstreamRepositoryPrefix: row.upstream_prefix }),
  };
}
