import { PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX } from "../../kernel/limits.ts";
import { type RepositoryName, repositoryArn } from "../../kernel/names.ts";
import { invalidParameter } from "../../kernel/errors.ts";
import { type Operation, operation } from "../../kernel/operation.ts";
import { boolean, enumeration, integer, list, string, structure } from "../../kernel/shape.ts";
import { openPageToken, sealPageToken } from "../../keys/page-token.ts";
import type { Sealer } from "../../keys/sealer.ts";
import { DELETION_KINDS, type DeletionKind } from "../../repositories/deletion-rows.ts";
import { askRepository, onRegistry, REGISTRY_ID, type RegistryInput, REPOSITORY_NAME } from "../../repositories/shapes.ts";
import type { ImageDeps } from "../deps.ts";
import type { ImageIdentifier } from "../errors.ts";
import { IMAGE_ID } from "../find-image.ts";
import { checkImageId, readImageDigest } from "../image-id.ts";
import { listDeletions } from "./list-deletions.ts";
import { type Restorable, restoreImages, type RestoredImages } from "./restore-images.ts";

type Deps = ImageDeps & { readonly sealer: Sealer };

const DELETION_ID = string({ min: 1, max: 64 });

/** What was deleted, and how images and tags come back. Not AWS's. */
export function deletionOperations(deps: Deps): readonly Operation[] {
  return [listOperation(deps), restoreOperation(deps)];
}

interface ListInput extends RegistryInput {
  readonly repositoryName?: RepositoryName;
  readonly deletionKind?: DeletionKind;
  readonly imageDigest?: string;
  readonly nextToken?: string;
  readonly maxResults?: number;
}

function listOperation(deps: Deps): Operation {
  return operation<ListInput>({
    name: "ListDeletions",
    errors: [],
    input: structure({
      registryId: REGISTRY_ID,
      repositoryName: REPOSITORY_NAME,
      deletionKind: enumeration(...DELETION_KINDS),
      imageDigest: string(),
      nextToken: string(),
      maxResults: integer({ min: 1, max: PAGE_SIZE_MAX }),
    }),
    asks: (input, call) => [
      {
        action: "longshore:ListDeletions",
        resource: repositoryArn(onRegistry(call, input).registry, input.repositoryName ?? "*"),
      },
    ],
    async handle(incoming, input) {
      const { registry } = onRegistry(incoming, input);
      const { repositoryName: name, deletionKind: kind, imageDigest } = input;
      const digest = imageDigest === undefined ? undefined : readImageDigest(imageDigest);
      const scope = JSON.stringify(["ListDeletions", registry.account, registry.region, name, kind, digest]);
      const after = openPageToken(deps.sealer, scope, input.nextToken);
      const page = await listDeletions(deps, registry, {
        name,
        kind,
        digest,
        after,
        size: input.maxResults ?? PAGE_SIZE_DEFAULT,
      });
      return { deletions: page.items, nextToken: sealPageToken(deps.sealer, scope, page.next) };
    },
  });
}

interface RestoreInput extends RegistryInput {
  readonly repositoryName: RepositoryName;
  readonly deletionIds?: readonly string[];
  readonly imageIds?: readonly ImageIdentifier[];
  readonly overwriteTags?: boolean;
}

function restoreOperation(deps: Deps): Operation {
  return operation<RestoreInput>({
    name: "RestoreImages",
    errors: ["RepositoryNotFoundException"],
    input: structure({
      registryId: REGISTRY_ID,
      "repositoryName!": REPOSITORY_NAME,
      deletionIds: list(DELETION_ID, { min: 1, max: 100 }),
      imageIds: list(IMAGE_ID, { min: 1, max: 100 }),
      overwriteTags: boolean(),
    }),
    asks: askRepository("longshore:RestoreImages"),
    async handle(incoming, input) {
      const call = onRegistry(incoming, input);
      const { repositoryName: name, overwriteTags = false } = input;
      return present(await restoreImages(deps, call, { name, what: restorables(input), overwriteTags }));
    },
  });
}

/** Throws InvalidParameterException unless a request names deletions, or images that can be. */
function restorables({ deletionIds, imageIds }: RestoreInput): readonly Restorable[] {
  if ((deletionIds === undefined) === (imageIds === undefined)) {
    throw invalidParameter("deletionIds", "Name either deletions or images");
  }
  for (const [index, id] of (imageIds ?? []).entries()) checkImageId(`imageIds.${index + 1}.member`, id);
  return [...(deletionIds ?? []).map((deletionId) => ({ deletionId })), ...(imageIds ?? []).map((imageId) => ({ imageId }))];
}

function present({ items, failures }: RestoredImages): object {
  return {
    images: items.map(({ deletionId, digest, tags, left }) => ({
      deletionId,
      imageDigest: digest,
      imageTags: tags,
      imageTagsLeft: left.map(({ tag, reason }) => ({ imageTag: tag, reason })),
    })),
    failures: failures.map(({ what, code, reason }) => ({ ...what, failureCode: code, failureReason: reason })),
  };
}
