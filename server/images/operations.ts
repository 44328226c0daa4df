import type { Call } from "../kernel/call.ts";
import { JSON_BODY_BYTES_MAX, MANIFEST_SIZE_BYTES_MAX, PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX } from "../kernel/limits.ts";
import type { AccountId, RepositoryName } from "../kernel/names.ts";
import { type Operation, operation } from "../kernel/operation.ts";
import { enumeration, integer, list, string, structure } from "../kernel/shape.ts";
import { openPageToken, sealPageToken } from "../keys/page-token.ts";
import type { Sealer } from "../keys/sealer.ts";
import { askRepository, onRegistry, REGISTRY_ID, REPOSITORY_NAME } from "../repositories/shapes.ts";
import { batchDeleteImage } from "./batch-delete-image.ts";
import { batchGetImage } from "./batch-get-image.ts";
import type { ImageDeps, PullDeps } from "./deps.ts";
import { describeImages, describeNamedImages, type ImageDetail } from "./describe-images.ts";
import type { ImageIdentifier } from "./errors.ts";
import { IMAGE_ID } from "./find-image.ts";
import type { ImageFilter } from "./image-filter.ts";
import { checkImageId, readImageDigest, readImageTag, refusePaging } from "./image-id.ts";
import { listImages } from "./list-images.ts";
import { listReferrers } from "./list-referrers.ts";
import { putImage } from "./put-image.ts";
import { updateImageStorageClass, type UpdateImageStorageClassInput } from "./update-image-storage-class.ts";

type Deps = ImageDeps & PullDeps & { readonly sealer: Sealer };

interface InRepository {
  readonly registryId?: AccountId;
  readonly repositoryName: RepositoryName;
}

interface Paged {
  readonly nextToken?: string;
  readonly maxResults?: number;
}

const IMAGE_IDS = list(IMAGE_ID, { min: 1, max: 100 });
const MAX_RESULTS = integer({ min: 1, max: PAGE_SIZE_MAX });
const STATUS = ["ACTIVE", "ARCHIVED", "ACTIVATING", "ANY"] as const;
const FILTER = structure({ tagStatus: enumeration("TAGGED", "UNTAGGED", "ANY"), imageStatus: enumeration(...STATUS) });

/** ECR: ListImageReferrers pages are 20 unless asked for, and at most 50. (API model, FiftyMaxResults) */
const REFERRERS_PAGE_SIZE_DEFAULT = 20;
const REFERRERS_PAGE_SIZE_MAX = 50;

/** The operations of the ECR API that are about images. */
export function imageOperations(deps: Deps): readonly Operation[] {
  return [
    putImageOperation(deps),
    batchGetOperation(deps),
    batchDeleteOperation(deps),
    listOperation(deps),
    describeOperation(deps),
    referrersOperation(deps),
    storageClassOperation(deps),
  ];
}

function putImageOperation(deps: Deps): Operation {
  return operation<
    InRepository & {
      readonly imageManifest: string;
      readonly imageManifestMediaType?: string;
      readonly imageTag?: string;
      readonly imageDigest?: string;
    }
  >({
    name: "PutImage",
    errors: [
      "ImageAlreadyExistsException",
      "ImageDigestDoesNotMatchException",
      "ImageTagAlreadyExistsException",
      "LayersNotFoundException",
      "LimitExceededException",
      "ReferencedImagesNotFoundException",
      "RepositoryNotFoundException",
    ],
    bodyBytesMax: JSON_BODY_BYTES_MAX,
    input: structure({
      registryId: REGISTRY_ID,
      "repositoryName!": REPOSITORY_NAME,
      "imageManifest!": string({ min: 1, max: MANIFEST_SIZE_BYTES_MAX }),
      imageManifestMediaType: string(),
      imageTag: string({ min: 1, max: 300 }),
      imageDigest: string(),
    }),
    asks: askRepository("ecr:PutImage"),
    async handle(incoming, input) {
      const call = onRegistry(incoming, input);
      const image = await putImage(deps, call, {
        name: input.repositoryName,
        body: Buffer.from(input.imageManifest),
        mediaType: input.imageManifestMediaType,
        tags: input.imageTag === undefined ? [] : [readImageTag(input.imageTag)],
        digest: input.imageDigest === undefined ? undefined : readImageDigest(input.imageDigest),
        onIdentical: "fail",
      });
      return {
        image: {
          ...where(call, input),
          imageId: { imageDigest: image.digest, imageTag: input.imageTag },
          imageManifest: input.imageManifest,
          imageManifestMediaType: image.mediaType,
        },
      };
    },
  });
}

function batchGetOperation(deps: Deps): Operation {
  return operation<
    InRepository & { readonly imageIds: readonly ImageIdentifier[]; readonly acceptedMediaTypes?: readonly string[] }
  >({
    name: "BatchGetImage",
    errors: ["LimitExceededException", "RepositoryNotFoundException"],
    input: structure({
      registryId: REGISTRY_ID,
      "repositoryName!": REPOSITORY_NAME,
      "imageIds!": IMAGE_IDS,
      acceptedMediaTypes: list(string(), { min: 1, max: 100 }),
    }),
    asks: askRepository("ecr:BatchGetImage"),
    async handle(incoming, input) {
      const call = onRegistry(incoming, input);
      const { repositoryName: name, imageIds: ids, acceptedMediaTypes } = input;
      const batch = await batchGetImage(deps, call, { name, ids, acceptedMediaTypes });
      const images = batch.items.map((it) => ({
        ...where(call, input),
        imageId: it.imageId,
        imageManifest: Buffer.from(it.body).toString(),
        imageManifestMediaType: it.mediaType,
      }));
      return { images, failures: batch.failures };
    },
  });
}

function batchDeleteOperation(deps: Deps): Operation {
  return operation<InRepository & { readonly imageIds: readonly ImageIdentifier[] }>({
    name: "BatchDeleteImage",
    errors: ["RepositoryNotFoundException"],
    input: structure({ registryId: REGISTRY_ID, "repositoryName!": REPOSITORY_NAME, "imageIds!": IMAGE_IDS }),
    asks: askRepository("ecr:BatchDeleteImage"),
    async handle(incoming, input) {
      const call = onRegistry(incoming, input);
      const batch = await batchDeleteImage(deps, call, { name: input.repositoryName, ids: input.imageIds });
      return { imageIds: batch.items, failures: batch.failures };
    },
  });
}

function listOperation(deps: Deps): Operation {
  return operation<InRepository & Paged & { readonly filter?: ImageFilter }>({
    name: "ListImages",
    errors: ["RepositoryNotFoundException"],
    input: structure({
      registryId: REGISTRY_ID,
      "repositoryName!": REPOSITORY_NAME,
      nextToken: string(),
      maxResults: MAX_RESULTS,
      filter: FILTER,
    }),
    asks: askRepository("ecr:ListImages"),
    async handle(incoming, input) {
      const call = onRegistry(incoming, input);
      const scope = scopeOf("ListImages", call, input, input.filter);
      const page = await listImages(deps, call, {
        name: input.repositoryName,
        filter: input.filter ?? {},
        after: openPageToken(deps.sealer, scope, input.nextToken),
        size: input.maxResults ?? PAGE_SIZE_DEFAULT,
      });
      const imageIds = page.items.map((it) => ({ imageDigest: it.digest, imageTag: it.tag }));
      return { imageIds, nextToken: sealPageToken(deps.sealer, scope, page.next) };
    },
  });
}

function describeOperation(deps: Deps): Operation {
  return operation<InRepository & Paged & { readonly imageIds?: readonly ImageIdentifier[]; readonly filter?: ImageFilter }>({
    name: "DescribeImages",
    errors: ["ImageNotFoundException", "RepositoryNotFoundException"],
    input: structure({
      registryId: REGISTRY_ID,
      "repositoryName!": REPOSITORY_NAME,
      imageIds: IMAGE_IDS,
      nextToken: string(),
      maxResults: MAX_RESULTS,
      filter: FILTER,
    }),
    asks: askRepository("ecr:DescribeImages"),
    async handle(incoming, input) {
      const call = onRegistry(incoming, input);
      const present = (it: ImageDetail) => ({ ...where(call, input), ...presentDetail(it) });
      if (input.imageIds !== undefined) {
        refusePaging(input);
        for (const [index, id] of input.imageIds.entries()) checkImageId(`imageIds.${index + 1}.member`, id);
        const details = await describeNamedImages(deps, call, { name: input.repositoryName, ids: input.imageIds });
        return { imageDetails: details.map(present) };
      }
      const scope = scopeOf("DescribeImages", call, input, input.filter);
      const page = await describeImages(deps, call, {
        name: input.repositoryName,
        filter: input.filter ?? {},
        after: openPageToken(deps.sealer, scope, input.nextToken),
        size: input.maxResults ?? PAGE_SIZE_DEFAULT,
      });
      return { imageDetails: page.items.map(present), nextToken: sealPageToken(deps.sealer, scope, page.next) };
    },
  });
}

function referrersOperation(deps: Deps): Operation {
  return operation<
    InRepository &
      Paged & {
        readonly subjectId: { readonly imageDigest: string };
        readonly filter?: { readonly artifactTypes?: readonly string[]; readonly artifactStatus?: ImageFilter["imageStatus"] };
      }
  >({
    name: "ListImageReferrers",
    errors: ["RepositoryNotFoundException"],
    input: structure({
      registryId: REGISTRY_ID,
      "repositoryName!": REPOSITORY_NAME,
      "subjectId!": structure({ "imageDigest!": string() }),
      filter: structure({
        artifactTypes: list(string({ min: 1, max: 255 }), { max: 5 }),
        artifactStatus: enumeration(...STATUS),
      }),
      nextToken: string(),
      maxResults: integer({ min: 1, max: REFERRERS_PAGE_SIZE_MAX }),
    }),
    // ECR: listing referrers is reading the image. (API reference, ListImageReferrers)
    asks: askRepository("ecr:BatchGetImage"),
    async handle(incoming, input) {
      const call = onRegistry(incoming, input);
      const scope = scopeOf("ListImageReferrers", call, input, [input.subjectId, input.filter]);
      const types = input.filter?.artifactTypes ?? [];
      const status = input.filter?.artifactStatus ?? "ACTIVE";
      const page = await listReferrers(deps, call, {
        name: input.repositoryName,
        subject: readImageDigest(input.subjectId.imageDigest, "subjectId.imageDigest"),
        artifactTypes: types.length === 0 ? undefined : types,
        statuses: status === "ANY" ? STATUS : [status],
        after: openPageToken(deps.sealer, scope, input.nextToken),
        size: input.maxResults ?? REFERRERS_PAGE_SIZE_DEFAULT,
      });
      const referrers = page.items.map(({ status: artifactStatus, ...it }) => ({ ...it, artifactStatus }));
      return { referrers, nextToken: sealPageToken(deps.sealer, scope, page.next) };
    },
  });
}

function storageClassOperation(deps: Deps): Operation {
  return operation<
    InRepository & { readonly imageId: ImageIdentifier; readonly targetStorageClass: UpdateImageStorageClassInput["target"] }
  >({
    name: "UpdateImageStorageClass",
    errors: ["ImageNotFoundException", "ImageStorageClassUpdateNotSupportedException", "RepositoryNotFoundException"],
    input: structure({
      registryId: REGISTRY_ID,
      "repositoryName!": REPOSITORY_NAME,
      "imageId!": IMAGE_ID,
      "targetStorageClass!": enumeration("STANDARD", "ARCHIVE"),
    }),
    asks: askRepository("ecr:UpdateImageStorageClass"),
    async handle(incoming, input) {
      const call = onRegistry(incoming, input);
      const { repositoryName: name, imageId: id, targetStorageClass: target } = input;
      const { digest, status } = await updateImageStorageClass(deps, call, { name, id, target });
      return { ...where(call, input), imageId: { ...id, imageDigest: digest }, imageStatus: status };
    },
  });
}

function where(call: Call, input: InRepository): { readonly registryId: string; readonly repositoryName: string } {
  return { registryId: call.registry.account, repositoryName: input.repositoryName };
}

/** What a page token is bound to: the operation, the registry, the repository, and what was asked for. */
function scopeOf(name: string, call: Call, input: InRepository, filter: unknown): string {
  return JSON.stringify([name, call.registry.account, call.registry.region, input.repositoryName, filter ?? null]);
}

function presentDetail(image: ImageDetail): object {
  return {
    imageDigest: image.digest,
    imageTags: image.tags.length === 0 ? undefined : image.tags,
    imageSizeInBytes: image.image_size,
    imagePushedAt: image.pushed_ms / 1000,
    imageManifestMediaType: image.media_type,
    artifactMediaType: image.artifact_type ?? undefined,
    subjectManifestDigest: image.subject ?? undefined,
    lastRecordedPullTime: toSeconds(image.pulled_ms),
    imageStatus: image.status,
    lastArchivedAt: toSeconds(image.archived_ms),
    lastActivatedAt: toSeconds(image.activated_ms),
    // Not ECR's here, but Inspector's words for the same; clients leave out what their model does not have.
    lastInUseAt: toSeconds(image.use?.seen_ms ?? null),
    inUseCount: image.use?.clusters,
  };
}

function toSeconds(time_ms: number | null): number | undefined {
  return time_ms === null ? undefined : time_ms / 1000;
}
