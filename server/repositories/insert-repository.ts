import { randomBytes } from "node:crypto";
import { RegistryError } from "../kernel/errors.ts";
import type { RegistryId, RepositoryName } from "../kernel/names.ts";
import type { Writer } from "../platform/metadata/metadata.ts";
import { query } from "../platform/metadata/query.ts";
import type { RepositoryRow } from "../platform/metadata/schema.ts";
import { type EncryptionConfiguration, kmsKeyOf } from "./encryption.ts";
import { type ResourceTag, writeTags } from "./resource-tags.ts";
import { checkExclusionFilters, type ExclusionFilter, type TagMutability } from "./tag-mutability.ts";

/** What a repository is made with, whoever makes it. What is absent is as ECR has it by default. */
export interface RepositorySettings {
  readonly imageTagMutability?: TagMutability;
  readonly imageTagMutabilityExclusionFilters?: readonly ExclusionFilter[];
  readonly imageScanningConfiguration?: { readonly scanOnPush?: boolean };
  readonly encryptionConfiguration?: EncryptionConfiguration;
}

const addRepository = query<RepositoryRow>()((db, p) =>
  db
    .insertInto("repositories")
    .values({
      id: p.id,
      account: p.account,
      region: p.region,
      name: p.name,
      created_ms: p.created_ms,
      tag_mutability: p.tag_mutability,
      tag_mutability_filters: p.tag_mutability_filters,
      scan_on_push: p.scan_on_push,
      encryption_type: p.encryption_type,
      kms_key: p.kms_key,
    })
    .onConflict((it) => it.columns(["account", "region", "name"]).doNothing()),
);

/** The repository behind so many others, if there are so many. */
const repositoryAt = query<{ account: string; region: string; position: number }>()((db, p) =>
  db
    .selectFrom("repositories")
    .select("name")
    .where("account", "=", p.account)
    .where("region", "=", p.region)
    .orderBy("name")
    .limit(1)
    .offset(p.position),
);

/** The row of a new repository. Throws InvalidParameterException for settings that do not go together, and KmsException. */
export function newRepository(
  registry: RegistryId,
  name: RepositoryName,
  { settings, now_ms }: { readonly settings: RepositorySettings; readonly now_ms: number },
): RepositoryRow {
  const mutability = settings.imageTagMutability ?? "MUTABLE";
  checkExclusionFilters(mutability, settings.imageTagMutabilityExclusionFilters);
  const encryption = settings.encryptionConfiguration ?? { encryptionType: "AES256" };
  return {
    id: Number(randomBytes(8).readBigUInt64BE() >> 11n),
    ...registry,
    name,
    created_ms: now_ms,
    tag_mutability: mutability,
    tag_mutability_filters: JSON.stringify(settings.imageTagMutabilityExclusionFilters ?? []),
    scan_on_push: settings.imageScanningConfiguration?.scanOnPush === true ? 1 : 0,
    encryption_type: encryption.encryptionType,
    kms_key: kmsKeyOf(registry, encryption),
  };
}

/**
 * Adds a repository with its tags. False when its name is taken, and then nothing was written. Throws LimitExceededException
 * when its registry then had more than `repositoriesMax`: they are counted where there is a bound only, and no further than to it.
 */
export async function insertRepository(
  tx: Writer,
  row: RepositoryRow,
  { tags, repositoriesMax }: { readonly tags: readonly ResourceTag[]; readonly repositoriesMax: number },
): Promise<boolean> {
  if ((await tx.run(addRepository, row)) === 0) return false;
  if (repositoriesMax !== Number.POSITIVE_INFINITY) {
    const oneTooMany = await tx.first(repositoryAt, { ...tx.registry, position: repositoriesMax });
    if (oneTooMany !== undefined) throw tooManyRepositories(tx.registry, repositoriesMax);
  }
  await writeTags(tx, row.id, tags);
  return true;
}

function tooManyRepositories({ account }: RegistryId, max: number): RegistryError {
  return new RegistryError(
    "LimitExceededException",
    `The registry with id '${account}' already has the maximum allowed number of repositories which is '${max}'`,
  );
}
