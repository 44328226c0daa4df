import type { Call } from "../kernel/call.ts";
import type { Digest, RepositoryName, Tag } from "../kernel/names.ts";
import { query } from "../platform/metadata/query.ts";
import { findRepository } from "../repositories/find-repository.ts";
import type { PullDeps } from "./deps.ts";
import { requestedImageNotFound } from "./errors.ts";

export type ImageReference = { readonly tag: Tag } | { readonly digest: Digest };

export interface StoredManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly body: Uint8Array;
}

type InRegistry = { account: string; region: string; name: string };

const PULLED = [
  "manifests.repository_id",
  "manifests.digest",
  "manifests.media_type",
  "manifests.pulled_ms",
  "manifests.body",
] as const;

// ECR: an archived image is not there for a pull. (user guide, archiving an image)
const byTag = query<InRegistry & { tag: string }>()((db, p) =>
  db
    .selectFrom("repositories")
    .innerJoin("tags", (join) => join.onRef("tags.repository_id", "=", "repositories.id").on("tags.tag", "=", p.tag))
    .innerJoin("manifests", (join) =>
      join.onRef("manifests.repository_id", "=", "repositories.id").onRef("manifests.digest", "=", "tags.manifest"),
    )
    .select(PULLED)
    .where("repositories.account", "=", p.account)
    .where("repositories.region", "=", p.region)
    .where("repositories.name", "=", p.name)
    .where("manifests.status", "=", "ACTIVE"),
);

const byDigest = query<InRegistry & { digest: string }>()((db, p) =>
  db
    .selectFrom("repositories")
    .innerJoin("manifests", (join) =>
      join.onRef("manifests.repository_id", "=", "repositories.id").on("manifests.digest", "=", p.digest),
    )
    .select(PULLED)
    .where("repositories.account", "=", p.account)
    .where("repositories.region", "=", p.region)
    .where("repositories.name", "=", p.name)
    .where("manifests.status", "=", "ACTIVE"),
);

/**
 * The manifest that a tag or a digest names: one look-up, since this is what every pull begins with. It counts as a pull.
 * Throws RepositoryNotFoundException or ImageNotFoundException.
 */
export async function getImage(
  deps: PullDeps,
  call: Call,
  input: { readonly name: RepositoryName; readonly reference: ImageReference },
): Promise<StoredManifest> {
  const { registry } = call;
  const { name, reference } = input;
  const where = { account: registry.account, region: registry.region, name };
  const row = await deps.metadata.read(registry, async (tx) => {
    const found =
      "tag" in reference
        ? await tx.first(byTag, { ...where, tag: reference.tag })
        : await tx.first(byDigest, { ...where, digest: reference.digest });
    if (found === undefined) {
      await findRepository(tx, name);
      throw requestedImageNotFound();
    }
    return found;
  });
  deps.pulls.note(call, row);
  return { digest: row.digest as Digest, mediaType: row.media_type, body: row.body };
}
