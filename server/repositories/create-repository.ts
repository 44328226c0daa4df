import { randomBytes } from "node:crypto";
import type { Call } from "../kernel/call.ts";
import { invalidParameter, RegistryError } from "../kernel/errors.ts";
import type { RegistryId, RepositoryName } from "../kernel/names.ts";
import { query } from "../platform/metadata/query.ts";
import type { RepositoryRow } from "../platform/metadata/schema.ts";
import type { RepositoryDeps } from "./deps.ts";
import { repositoryView } from "./repository-view.ts";
import { checkTags, type ResourceTag, writeTags } from "./resource-tags.ts";
import { onRegistry, type RegistryInput } from "./shapes.ts";
import { checkExclusionFilters, type ExclusionFilter, type TagMutability } from "./tag-mutability.ts";

/** Input of CreateRepository. */
export interface CreateRepositoryInput extends RegistryInput {
  readonly repositoryName: RepositoryName;
  readonly tags?: readonly ResourceTag[];
  readonly imageTagMutability?: TagMutability;
  readonly imageTagMutabilityExclusionFilters?: readonly ExclusionFilter[];
  readonly imageScanningConfiguration?: { readonly scanOnPush?: boolean };
  readonly encryptionConfiguration?: EncryptionConfiguration;
}

interface EncryptionConfiguration {
  readonly encryptionType: "AES256" | "KMS" | "KMS_DSSE";
  readonly kmsKey?: string;
}

const insertRepository = query<RepositoryRow>()((db, p) =>
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

/** Makes a repository. Throws RepositoryAlreadyExistsException, and InvalidTagParameterException or TooManyTagsException. */
export async function createRepository(deps: RepositoryDeps, reached: Call, input: CreateRepositoryInput): Promise<object> {
  const call = onRegistry(reached, input);
  const row = newRow(call.registry, input, deps.clock.now());
  const tags = input.tags ?? [];
  checkTags(tags);
  // There is no limit on how many: counting a hundred thousand rows before each new one would serve nobody.
  await deps.metadata.write(call.registry, async (tx) => {
    if ((await tx.run(insertRepository, row)) === 0) throw alreadyExists(call.registry, input.repositoryName);
    await writeTags(tx, row.id, tags);
  });
  return { repository: repositoryView(call, row) };
}

function newRow(registry: RegistryId, input: CreateRepositoryInput, now_ms: number): RepositoryRow {
  const mutability = input.imageTagMutability ?? "MUTABLE";
  checkExclusionFilters(mutability, input.imageTagMutabilityExclusionFilters);
  const encryption = input.encryptionConfiguration ?? { encryptionType: "AES256" };
  return {
    id: Number(randomBytes(8).readBigUInt64BE() >> 11n),
    ...registry,
    name: input.repositoryName,
    created_ms: now_ms,
    tag_mutability: mutability,
    tag_mutability_filters: JSON.stringify(input.imageTagMutabilityExclusionFilters ?? []),
    scan_on_push: input.imageScanningConfiguration?.scanOnPush === true ? 1 : 0,
    encryption_type: encryption.encryptionType,
    kms_key: kmsKeyOf(registry, encryption),
  };
}

function kmsKeyOf(registry: RegistryId, { encryptionType, kmsKey }: EncryptionConfiguration): string | null {
  if (encryptionType !== "AES256") {
    // ECR: without a key it is the one that AWS manages for ECR in the account. (API reference, EncryptionConfiguration)
    return kmsKey ?? `arn:aws:kms:${registry.region}:${registry.account}:alias/aws/ecr`;
  }
  if (kmsKey !== undefined)
    throw invalidParameter("encryptionConfiguration", "kmsKey can't be set when encryptionType is AES256");
  return null;
}

function alreadyExists(registry: RegistryId, name: string): RegistryError {
  return new RegistryError(
    "RepositoryAlreadyExistsException",
    `The repository with name '${name}' already exists in the registry with id '${registry.account}'`,
  );
}
