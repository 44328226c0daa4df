import type { Call } from "../kernel/call.ts";
import { RegistryError } from "../kernel/errors.ts";
import { quotaOf } from "../kernel/quotas.ts";
import { query } from "../platform/metadata/query.ts";
import type { PullThroughRuleRow } from "../platform/metadata/schema.ts";
import type { RepositoryDeps } from "../repositories/deps.ts";
import { onRegistry, type RegistryInput } from "../repositories/shapes.ts";
import { type Credentials, checkCredentials, checkNeed, mismatch, unsupported } from "./credentials.ts";
import { ruleOf, rulesAfter, ruleView } from "./rule-rows.ts";
import { privateRegistryOf, SHOWN_TO, type UpstreamRegistry, upstreamOf } from "./upstreams.ts";

/** Input of CreatePullThroughCacheRule. */
export interface CreateRuleInput extends RegistryInput, Credentials {
  readonly ecrRepositoryPrefix: string;
  readonly upstreamRegistryUrl: string;
  readonly upstreamRegistry?: UpstreamRegistry;
  readonly upstreamRepositoryPrefix?: string;
}

const insertRule = query<PullThroughRuleRow>()((db, p) =>
  db.insertInto("pull_through_rules").values({
    account: p.account,
    region: p.region,
    prefix: p.prefix,
    upstream_url: p.upstream_url,
    upstream_registry: p.upstream_registry,
    upstream_prefix: p.upstream_prefix,
    credential_arn: p.credential_arn,
    custom_role_arn: p.custom_role_arn,
    created_ms: p.created_ms,
    updated_ms: p.updated_ms,
  }),
);

/**
 * Makes a rule. Throws UnsupportedUpstreamRegistryException, SecretNotFoundException, InvalidParameterException,
 * PullThroughCacheRuleAlreadyExistsException or LimitExceededException.
 */
export async function createRule(deps: RepositoryDeps, reached: Call, input: CreateRuleInput): Promise<object> {
  const call = onRegistry(reached, input);
  const row = newRow(call, input, checkUpstream(call, input), deps.clock.now());
  const max = quotaOf(deps, "pullThroughRulesMax");
  await deps.metadata.write(call.registry, async (tx) => {
    if ((await ruleOf(tx, row.prefix)) !== undefined) throw alreadyExists(row);
    const present = await tx.all(rulesAfter, { ...tx.registry, after: "", limit: max });
    if (present.length >= max) throw tooMany(row, max);
    await tx.run(insertRule, row);
  });
  return {
    ...ruleView(row),
    upstreamRegistryUrl: row.upstream_url,
    upstreamRegistry: row.upstream_registry,
    createdAt: row.created_ms / 1000,
  };
}

/** The upstream of a rule that may be made. */
function checkUpstream(call: Call, input: CreateRuleInput): UpstreamRegistry {
  const { upstreamRegistryUrl: url, upstreamRegistry, upstreamRepositoryPrefix } = input;
  const upstream = upstreamOf(call, url);
  // ECR: word for word. (goharbor/harbor#20174)
  if (upstream === undefined)
    throw unsupported(`The upstream registry URL ${url} is invalid. Specify a valid upstream registry URL and try again`);
  checkNeed(upstream, input);
  checkCredentials(call.registry, upstream, input);
  // ECR: compared only where credentials are needed; elsewhere the URL decides. (measured by cdk-preflight, 2026-09)
  if (SHOWN_TO[upstream] === "secret" && upstreamRegistry !== undefined && upstreamRegistry !== upstream)
    throw mismatch("Upstream registry URL and entered upstream registry do not match");
  const source = privateRegistryOf(call, url);
  if (source?.account === call.registry.account && source.region === call.registry.region)
    throw mismatch("Upstream registry URL cannot be the same as the cache registry");
  if (input.ecrRepositoryPrefix === "ROOT" && upstreamRepositoryPrefix !== undefined && upstreamRepositoryPrefix !== "ROOT")
    throw mismatch("Upstream repository prefix can only be set when the ECR repository prefix is not ROOT");
  return upstream;
}

function newRow({ registry }: Call, input: CreateRuleInput, upstream: UpstreamRegistry, now_ms: number): PullThroughRuleRow {
  return {
    ...registry,
    prefix: input.ecrRepositoryPrefix,
    upstream_url: input.upstreamRegistryUrl,
    upstream_registry: upstream,
    upstream_prefix: input.upstreamRepositoryPrefix ?? null,
    credential_arn: input.credentialArn ?? null,
    custom_role_arn: input.customRoleArn ?? null,
    created_ms: now_ms,
    updated_ms: now_ms,
  };
}

function alreadyExists({ prefix, account }: PullThroughRuleRow): RegistryError {
  return new RegistryError(
    "PullThroughCacheRuleAlreadyExistsException",
    `The pull through cache rule with prefix '${prefix}' already exists in the registry with id '${account}'`,
  );
}

function tooMany({ account }: PullThroughRuleRow, max: number): RegistryError {
  return new RegistryError(
    "LimitExceededException",
    `The registry with id '${account}' already has the maximum allowed number of pull through cache rules which is '${max}'`,
  );
}
