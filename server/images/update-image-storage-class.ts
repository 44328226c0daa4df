import type { Call } from "../kernel/call.ts";
import { RegistryError } from "../kernel/errors.ts";
import type { RepositoryName } from "../kernel/names.ts";
import { quotaOf } from "../kernel/quotas.ts";
import type { Reader } from "../platform/metadata/metadata.ts";
import { findRepository } from "../repositories/find-repository.ts";
import { hasTooManyImages } from "./count-images.ts";
import type { ImageDeps } from "./deps.ts";
import { type ImageIdentifier, tooManyImages } from "./errors.ts";
import { findImage, type ImageRow } from "./find-image.ts";
import type { ImageStatus } from "./image-filter.ts";
import { activateImagesJob } from "./jobs.ts";
import { manifestExists } from "./rows.ts";
import { archiveImage, livingParentOf, restoreImage } from "./storage-class.ts";

export interface UpdateImageStorageClassInput {
  readonly name: RepositoryName;
  readonly id: ImageIdentifier;
  readonly target: "STANDARD" | "ARCHIVE";
}

/**
 * Puts an image into the archive, at once, or takes it out, which a job ends. Of an image that is where it is to go nothing
 * changes. Returns its digest and what it is then. Throws RepositoryNotFoundException, ImageNotFoundException, and
 * ImageStorageClassUpdateNotSupportedException for an image that only goes along with another one, is on its way back, or has no
 * room in its repository: ECR's model has no LimitExceededException here.
 */
export async function updateImageStorageClass(
  deps: ImageDeps,
  call: Call,
  { name, id, target }: UpdateImageStorageClassInput,
): Promise<{ readonly digest: string; readonly status: ImageStatus }> {
  const now_ms = deps.clock.now();
  return deps.metadata.write(call.registry, async (tx) => {
    const repository = await findRepository(tx, name);
    const image = await findImage(tx, repository, id);
    const { digest } = image;
    const status = image.status as ImageStatus;
    const of = { repository: repository.id, digest };
    const isThere = target === "ARCHIVE" ? status === "ARCHIVED" : status !== "ARCHIVED";
    if (isThere) return { digest, status };
    await requireSubjectElsewhere(tx, repository.id, image);
    if (target === "STANDARD") {
      await restoreImage(tx, of, "ACTIVATING", now_ms);
      if (await hasTooManyImages(deps, tx, repository.id)) {
        throw notSupported(tooManyImages(call.registry, name, quotaOf(deps, "imagesMax")).message);
      }
      await tx.enqueue(activateImagesJob(repository.id));
      return { digest, status: "ACTIVATING" };
    }
    if (status === "ACTIVATING") throw notSupported(`The image '${digest}' is being restored. Archive it when it is active.`);
    const parent = await tx.first(livingParentOf, of);
    if (parent !== undefined)
      throw notSupported(`The image '${digest}' is referenced by manifest list '${parent.digest}'. Archive that.`);
    await archiveImage(tx, of, now_ms);
    return { digest, status: "ARCHIVED" };
  });
}

/** A referrer goes with its subject, unless that is not here, or has gone already to where the referrer is to go. */
async function requireSubjectElsewhere(tx: Reader, repository: number, image: ImageRow): Promise<void> {
  if (image.subject === null) return;
  const subject = await tx.first(manifestExists, { repository, digest: image.subject });
  if (subject === undefined || subject.status !== image.status) return;
  throw notSupported(`The image '${image.digest}' refers to '${image.subject}' and changes its storage class with that.`);
}

function notSupported(why: string): RegistryError {
  return new RegistryError("ImageStorageClassUpdateNotSupportedException", why);
}
