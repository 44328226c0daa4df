import type { Call } from "../../kernel/call.ts";
import { RegistryError } from "../../kernel/errors.ts";
import { PAGE_SIZE_DEFAULT, PULL_TIME_EXCLUSIONS_MAX } from "../../kernel/limits.ts";
import { toPage } from "../../kernel/page.ts";
import { openPageToken, sealPageToken } from "../../keys/page-token.ts";
import type { Reader } from "../../platform/metadata/metadata.ts";
import { query } from "../../platform/metadata/query.ts";
import type { PullTimeExclusionRow } from "../../platform/metadata/schema.ts";
import type { RepositoryDeps } from "../deps.ts";

interface InRegistry {
  readonly account: string;
  readonly region: string;
}

const exclusionsAfter = query<InRegistry & { after: string; limit: number }>()((db, p) =>
  db
    .selectFrom("pull_time_exclusions")
    .select("principal_arn")
    .where("account", "=", p.account)
    .where("region", "=", p.region)
    .where("principal_arn", ">", p.after)
    .orderBy("principal_arn")
    .limit(p.limit),
);

const exclusionByPrincipal = query<InRegistry & { principal_arn: string }>()((db, p) =>
  db
    .selectFrom("pull_time_exclusions")
    .select("principal_arn")
    .where("account", "=", p.account)
    .where("region", "=", p.region)
    .where("principal_arn", "=", p.principal_arn),
);

const insertExclusion = query<PullTimeExclusionRow>()((db, p) =>
  db
    .insertInto("pull_time_exclusions")
    .values({ account: p.account, region: p.region, principal_arn: p.principal_arn, created_ms: p.created_ms }),
);

const deleteExclusion = query<InRegistry & { principal_arn: string }>()((db, p) =>
  db
    .deleteFrom("pull_time_exclusions")
    .where("account", "=", p.account)
    .where("region", "=", p.region)
    .where("principal_arn", "=", p.principal_arn),
);

interface Principal {
  readonly principalArn: string;
}

/** The principals of the registry that is open whose pulls leave `lastRecordedPullTime` as it is. */
export async function readPullTimeExclusions(tx: Reader): Promise<readonly string[]> {
  const rows = await tx.all(exclusionsAfter, { ...tx.registry, after: "", limit: PULL_TIME_EXCLUSIONS_MAX });
  return rows.map((it) => it.principal_arn);
}

/** RegisterPullTimeUpdateExclusion. Throws ExclusionAlreadyExistsException, LimitExceededException. */
export async function registerExclusion(deps: RepositoryDeps, call: Call, { principalArn }: Principal): Promise<object> {
  const created_ms = deps.clock.now();
  await deps.metadata.write(call.registry, async (tx) => {
    if ((await tx.first(exclusionByPrincipal, { ...tx.registry, principal_arn: principalArn })) !== undefined) {
      throw new RegistryError(
        "ExclusionAlreadyExistsException",
        `The pull time update exclusion for the principal '${principalArn}' already exists in the registry with id '${tx.registry.account}'`,
      );
    }
    if ((await readPullTimeExclusions(tx)).length >= PULL_TIME_EXCLUSIONS_MAX) {
      throw new RegistryError(
        "LimitExceededException",
        `The registry with id '${tx.registry.account}' already has the maximum allowed number of pull time update exclusions which is '${PULL_TIME_EXCLUSIONS_MAX}'`,
      );
    }
    await tx.run(insertExclusion, { ...tx.registry, principal_arn: principalArn, created_ms });
  });
  return { principalArn, createdAt: created_ms / 1000 };
}

/** DeregisterPullTimeUpdateExclusion. Throws ExclusionNotFoundException. */
export async function deregisterExclusion(deps: RepositoryDeps, call: Call, { principalArn }: Principal): Promise<object> {
  await deps.metadata.write(call.registry, async (tx) => {
    if ((await tx.run(deleteExclusion, { ...tx.registry, principal_arn: principalArn })) > 0) return;
    throw new RegistryError(
      "ExclusionNotFoundException",
      `The pull time update exclusion for the principal '${principalArn}' does not exist in the registry with id '${tx.registry.account}'`,
    );
  });
  return { principalArn };
}

export interface ListExclusionsInput {
  readonly maxResults?: number;
  readonly nextToken?: string;
}

/** ListPullTimeUpdateExclusions: a page, ordered by ARN. Throws InvalidParameterException for a token that is not this list's. */
export async function listExclusions(deps: RepositoryDeps, call: Call, input: ListExclusionsInput): Promise<object> {
  const { account, region } = call.registry;
  const scope = JSON.stringify(["ListPullTimeUpdateExclusions", account, region]);
  const after = openPageToken(deps.sealer, scope, input.nextToken) ?? "";
  // ECR: the answer's list has at most 100, though as many as 1,000 may be asked for. (API model, PullTimeUpdateExclusionList)
  const size = Math.min(input.maxResults ?? PAGE_SIZE_DEFAULT, PULL_TIME_EXCLUSIONS_MAX);
  const rows = await deps.metadata.read(call.registry, (tx) =>
    tx.all(exclusionsAfter, { account, region, after, limit: size + 1 }),
  );
  const page = toPage(
    rows.map((it) => it.principal_arn),
    size,
    (arn) => arn,
  );
  return { pullTimeUpdateExclusions: page.items, nextToken: sealPageToken(deps.sealer, scope, page.next) };
}
