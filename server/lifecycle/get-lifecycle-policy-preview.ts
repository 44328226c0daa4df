import type { Call } from "../kernel/call.ts";
import { RegistryError } from "../kernel/errors.ts";
import { PREVIEW_PAGE_SIZE_MAX, TAGS_PER_PAGE_MAX } from "../kernel/limits.ts";
import { type Page, toPage } from "../kernel/page.ts";
import { openPageToken, sealPageToken } from "../keys/page-token.ts";
import type { ImageIdentifier } from "../images/errors.ts";
import { checkImageId, refusePaging } from "../images/image-id.ts";
import { type ImageFilter, wantsTagged, wantsUntagged } from "../images/image-filter.ts";
import type { Reader } from "../platform/metadata/metadata.ts";
import type { LifecyclePreviewResultRow, LifecyclePreviewRow } from "../platform/metadata/schema.ts";
import type { RepositoryDeps } from "../repositories/deps.ts";
import { findRepository } from "../repositories/find-repository.ts";
import { findImageDigests } from "./find-image-digests.ts";
import { previewOf, resultsAt, resultsBetween, statusOf } from "./preview-rows.ts";
import type { InRepository } from "./shapes.ts";

/** Input of GetLifecyclePolicyPreview. */
export interface GetPreviewInput extends InRepository {
  readonly imageIds?: readonly ImageIdentifier[];
  readonly filter?: Pick<ImageFilter, "tagStatus">;
  readonly nextToken?: string;
  readonly maxResults?: number;
}

type Result = LifecyclePreviewResultRow;
type Results = Page<Result>;

/**
 * What the latest preview has found, a page at a time or for the images that are named; nothing but its state while it runs
 * and after a day. Throws InvalidParameterException, RepositoryNotFoundException, LifecyclePolicyPreviewNotFoundException.
 */
export async function getLifecyclePolicyPreview(deps: RepositoryDeps, call: Call, input: GetPreviewInput): Promise<object> {
  checkSelection(input);
  return deps.metadata.read(call.registry, async (tx) => {
    const { id } = await findRepository(tx, input.repositoryName);
    const preview = await tx.first(previewOf, { repository: id });
    if (preview === undefined) throw previewNotFound();
    const status = statusOf(preview, deps.clock.now());
    // A token leads on through the preview that it came from, and through no later one.
    const scope = JSON.stringify(["GetLifecyclePolicyPreview", id, preview.started_ms, input.filter?.tagStatus ?? null]);
    const after = openPageToken(deps.sealer, scope, input.nextToken);
    const complete = status === "COMPLETE";
    const page = complete ? await readResults(tx, id, input, after) : { items: [], next: undefined };
    return {
      registryId: call.registry.account,
      repositoryName: input.repositoryName,
      lifecyclePolicyText: preview.text,
      status,
      nextToken: sealPageToken(deps.sealer, scope, page.next),
      previewResults: page.items.map(presentResult),
      summary: complete ? presentSummary(preview) : undefined,
    };
  });
}

function checkSelection(input: GetPreviewInput): void {
  if (input.imageIds === undefined) return;
  refusePaging(input);
  for (const [index, id] of input.imageIds.entries()) checkImageId(`imageIds.${index + 1}.member`, id);
}

/** Results of untagged images come before those of tagged ones, each ordered by digest. */
async function readResults(tx: Reader, repository: number, input: GetPreviewInput, after = ""): Promise<Results> {
  const { imageIds, filter = {}, maxResults: size = PREVIEW_PAGE_SIZE_MAX } = input;
  const flags = [...(wantsUntagged(filter) ? ["0"] : []), ...(wantsTagged(filter) ? ["1"] : [])];
  if (imageIds !== undefined) {
    const digests = await findImageDigests(tx, repository, imageIds);
    const positions = JSON.stringify(flags.flatMap((flag) => digests.map((digest) => flag + digest)));
    return { items: await tx.all(resultsAt, { repository, positions }), next: undefined };
  }
  const begin = after === "" ? (flags[0] ?? "") : after;
  const end = flags.at(-1) === "0" ? "1" : "2";
  const items = await tx.all(resultsBetween, { repository, after: begin, end, limit: size + 1 });
  return toPage(items, sizeWithin(items, size), (it) => it.position);
}

/** How many of the results one answer has room for: fewer than were asked for when they have very many tags. */
function sizeWithin(results: readonly Result[], size: number): number {
  let tags = 0;
  const full = results.findIndex((it) => (tags += (JSON.parse(it.tags) as string[]).length) > TAGS_PER_PAGE_MAX);
  return full === -1 ? size : Math.min(size, Math.max(full, 1));
}

function presentResult({ digest, tags, pushed_ms, action, priority, storage_class }: Result): object {
  const imageTags = JSON.parse(tags) as string[];
  return {
    imageTags: imageTags.length === 0 ? undefined : imageTags,
    imageDigest: digest,
    imagePushedAt: pushed_ms / 1000,
    action: { type: action, targetStorageClass: action === "TRANSITION" ? "ARCHIVE" : undefined },
    appliedRulePriority: priority,
    storageClass: storage_class,
  };
}

function presentSummary({ expiring, transitioning }: LifecyclePreviewRow): object {
  return {
    expiringImageTotalCount: expiring,
    transitioningImageTotalCounts:
      transitioning === 0 ? undefined : [{ targetStorageClass: "ARCHIVE", imageTotalCount: transitioning }],
  };
}

/** ECR: the model's description; the text of an answer is not known. */
function previewNotFound(): RegistryError {
  return new RegistryError("LifecyclePolicyPreviewNotFoundException", "There is no dry run for this repository.");
}
