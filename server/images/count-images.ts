import { quotaOf } from "../kernel/quotas.ts";
import type { Reader } from "../platform/metadata/metadata.ts";
import { query } from "../platform/metadata/query.ts";
import type { ImageDeps } from "./deps.ts";

/** Of the images that are not archived one behind so many others, if there are so many. */
const imageBehind = query<{ repository: number; others: number }>()((db, p) =>
  db
    .selectFrom("manifests")
    .select("digest")
    .where("repository_id", "=", p.repository)
    .where("status", "in", ["ACTIVE", "ACTIVATING"])
    .limit(1)
    .offset(p.others),
);

/**
 * Whether a repository holds more images than it may, or would with so many more. They are counted where there is a bound only, and no further than to it.
 * ECR: archived ones do not count. (service quotas)
 */
export async function hasTooManyImages(deps: ImageDeps, tx: Reader, repository: number, more = 0): Promise<boolean> {
  const others = quotaOf(deps, "imagesMax") - more;
  if (others === Number.POSITIVE_INFINITY) return false;
  return others < 0 || (await tx.first(imageBehind, { repository, others })) !== undefined;
}
