import { RESOURCES_KEPT_MAX } from "../../kernel/limits.ts";
import { type RegistryId, repositoryArn } from "../../kernel/names.ts";
import type { Metadata } from "../../platform/metadata/metadata.ts";
import type { Moments } from "../../platform/metadata/moments.ts";
import { query } from "../../platform/metadata/query.ts";
import type { CompiledPolicy } from "../compile.ts";
import { type CompiledTexts, REGISTRY_POLICY } from "./compiled-texts.ts";
import { createKept, type Kept, type Sized } from "./kept.ts";
import type { Membership, MembershipReader } from "./organisation.ts";

/** A repository, or the one that a request would make. */
export interface RepositoryAsked {
  readonly registry: RegistryId;
  readonly name: string;
}

/** What is stored of a repository and its registry that decides who may do what to it. */
export interface ResourceFacts extends Sized {
  readonly repositoryPolicy: CompiledPolicy | undefined;
  readonly registryPolicy: CompiledPolicy | undefined;
  /** What the registry's policy reaches. */
  readonly scope: "V1" | "V2";
  /** Of the repository, by key as it is written. */
  readonly tags: ReadonlyMap<string, string>;
  /** Of the account that owns it. */
  readonly membership: Membership | undefined;
}

const repositoryWithPolicy = query<{ account: string; region: string; name: string }>()((db, p) =>
  db
    .selectFrom("repositories")
    .leftJoin("repository_documents", (join) =>
      join.onRef("repository_documents.repository_id", "=", "repositories.id").on("repository_documents.kind", "=", "policy"),
    )
    .select(["repository_documents.text", "repository_documents.principals"])
    .where("repositories.account", "=", p.account)
    .where("repositories.region", "=", p.region)
    .where("repositories.name", "=", p.name),
);
/** The policy of a registry with its scope; null where none is set, which is V2. */
const registryPolicyOf = query<{ account: string; region: string }>()((db, p) =>
  db
    .selectFrom("registry_documents")
    .leftJoin("account_settings", (join) =>
      join
        .onRef("account_settings.account", "=", "registry_documents.account")
        .onRef("account_settings.region", "=", "registry_documents.region")
        .on("account_settings.name", "=", "REGISTRY_POLICY_SCOPE"),
    )
    .select(["registry_documents.text", "registry_documents.principals", "account_settings.value as scope"])
    .where("registry_documents.account", "=", p.account)
    .where("registry_documents.region", "=", p.region)
    .where("registry_documents.kind", "=", "policy"),
);
const tagsOf = query<{ account: string; region: string; name: string }>()((db, p) =>
  db
    .selectFrom("resource_tags")
    .innerJoin("repositories", "repositories.id", "resource_tags.repository_id")
    .select(["resource_tags.key", "resource_tags.value"])
    .where("repositories.account", "=", p.account)
    .where("repositories.region", "=", p.region)
    .where("repositories.name", "=", p.name),
);

interface StoredPolicy {
  readonly text: string | null;
  readonly principals: string | null;
}

export interface ResourceFactsDeps {
  readonly metadata: Metadata;
  readonly moments: Moments;
  readonly compiled: CompiledTexts;
  readonly membershipOf: MembershipReader;
}

/** What is stored of each repository. One that is not there has no policy and no tags, but its registry may have a policy. */
export function createResourceFacts(deps: ResourceFactsDeps): Kept<RepositoryAsked, ResourceFacts> {
  const { metadata, moments, compiled, membershipOf } = deps;
  const compile = (name: string, stored: StoredPolicy | undefined): CompiledPolicy | undefined =>
    !stored?.text ? undefined : compiled.of({ type: "resource", name, text: stored.text, principals: stored.principals });
  return createKept<RepositoryAsked, ResourceFacts>({
    moments,
    entries_max: RESOURCES_KEPT_MAX,
    keyOf: ({ registry: { account, region }, name }) => `${account} ${region} ${name}`,
    read: ({ registry, name }) =>
      metadata.read(registry, async (tx) => {
        const repository = await tx.first(repositoryWithPolicy, { ...registry, name });
        const onRegistry = await tx.first(registryPolicyOf, registry);
        // Asked for what is not there too: how long it takes must not tell whether another account has it.
        const tags = await tx.all(tagsOf, { ...registry, name });
        return {
          // The policy of the registry is one for all of its repositories.
          length: repository?.text?.length ?? 0,
          repositoryPolicy: compile(repositoryArn(registry, name), repository),
          registryPolicy: compile(REGISTRY_POLICY, onRegistry),
          scope: onRegistry?.scope === "V1" ? "V1" : "V2",
          tags: new Map(tags.map((it) => [it.key, it.value])),
          membership: await membershipOf(tx, registry.account),
        };
      }),
  });
}
