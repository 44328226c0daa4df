import type { Call } from "../kernel/call.ts";
import { query } from "../platform/metadata/query.ts";
import type { PullThroughRuleRow } from "../platform/metadata/schema.ts";
import type { RepositoryDeps } from "../repositories/deps.ts";
import { onRegistry } from "../repositories/shapes.ts";
import { type Credentials, checkCredentials, invalidInput } from "./credentials.ts";
import { findRule, type RuleInput, ruleView } from "./rule-rows.ts";
import type { UpstreamRegistry } from "./upstreams.ts";

const updateRule = query<PullThroughRuleRow>()((db, p) =>
  db
    .updateTable("pull_through_rules")
    .set({ credential_arn: p.credential_arn, custom_role_arn: p.custom_role_arn, updated_ms: p.updated_ms })
    .where("account", "=", p.account)
    .where("region", "=", p.region)
    .where("prefix", "=", p.prefix),
);

/**
 * Gives a rule other credentials; nothing else of a rule can change.
 * Throws PullThroughCacheRuleNotFoundException, SecretNotFoundException or InvalidParameterException.
 */
export async function updateRuleCredentials(
  deps: RepositoryDeps,
  reached: Call,
  input: RuleInput & Credentials,
): Promise<object> {
  const { registry } = onRegistry(reached, input);
  const now_ms = deps.clock.now();
  const changed = await deps.metadata.write(registry, async (tx) => {
    const row = await findRule(tx, input.ecrRepositoryPrefix);
    checkGiven(input);
    checkCredentials(registry, row.upstream_registry as UpstreamRegistry, input);
    const next: PullThroughRuleRow = {
      ...row,
      credential_arn: input.credentialArn ?? row.credential_arn,
      custom_role_arn: input.customRoleArn ?? row.custom_role_arn,
      updated_ms: now_ms,
    };
    await tx.run(updateRule, next);
    return next;
  });
  return { ...ruleView(changed), updatedAt: changed.updated_ms / 1000 };
}

/** Throws InvalidParameterException when there is nothing to change. */
function checkGiven({ credentialArn, customRoleArn }: Credentials): void {
  if (credentialArn !== undefined || customRoleArn !== undefined) return;
  // ECR: word for word. (an answer quoted in pulumi/pulumi-aws#5714)
  throw invalidInput("Please set either credential arn or role arn to update the credentials");
}
