import { PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX } from "../../kernel/limits.ts";
import { type RepositoryName, repositoryArn } from "../../kernel/names.ts";
import { type Operation, operation } from "../../kernel/operation.ts";
import { integer, list, string, structure } from "../../kernel/shape.ts";
import { openPageToken, sealPageToken } from "../../keys/page-token.ts";
import type { Sealer } from "../../keys/sealer.ts";
import { askRepository, onRegistry, REGISTRY_ID, type RegistryInput, REPOSITORY_NAME } from "../../repositories/shapes.ts";
import type { ImageDeps } from "../deps.ts";
import type { ImageIdentifier } from "../errors.ts";
import { IMAGE_ID } from "../find-image.ts";
import { checkImageId, refusePaging } from "../image-id.ts";
import { describeImageStorageUsage } from "./describe-image-storage-usage.ts";
import { describeRepositoryUsage, describeStorageUsage, type UsagePosition } from "./describe-storage-usage.ts";

type Deps = ImageDeps & { readonly sealer: Sealer };

interface UsageInput extends RegistryInput {
  readonly repositoryName?: RepositoryName;
  readonly nextToken?: string;
  readonly maxResults?: number;
}

interface ImagesUsageInput extends RegistryInput {
  readonly repositoryName: RepositoryName;
  readonly imageIds: readonly ImageIdentifier[];
}

/** What repositories and images take. Not AWS's. */
export function usageOperations(deps: Deps): readonly Operation[] {
  return [ofRepositories(deps), ofImages(deps)];
}

function ofRepositories(deps: Deps): Operation {
  return operation<UsageInput>({
    name: "DescribeStorageUsage",
    errors: ["RepositoryNotFoundException"],
    input: structure({
      registryId: REGISTRY_ID,
      repositoryName: REPOSITORY_NAME,
      nextToken: string(),
      maxResults: integer({ min: 1, max: PAGE_SIZE_MAX }),
    }),
    asks: (input, call) => [
      {
        action: "longshore:DescribeStorageUsage",
        resource: repositoryArn(onRegistry(call, input).registry, input.repositoryName ?? "*"),
      },
    ],
    async handle(incoming, input) {
      const call = onRegistry(incoming, input);
      if (input.repositoryName !== undefined) {
        refusePaging(input, "repositoryName");
        const { repositoryName, ...total } = await describeRepositoryUsage(deps, call, input.repositoryName);
        return { repositories: [{ repositoryName, ...total }], total };
      }
      const scope = JSON.stringify(["DescribeStorageUsage", call.registry.account, call.registry.region]);
      const position = openPageToken(deps.sealer, scope, input.nextToken);
      const { repositories, total, next } = await describeStorageUsage(deps, call, {
        after: position === undefined ? undefined : (JSON.parse(position) as UsagePosition),
        size: input.maxResults ?? PAGE_SIZE_DEFAULT,
      });
      const nextToken = sealPageToken(deps.sealer, scope, next && JSON.stringify(next));
      return { repositories, total, nextToken };
    },
  });
}

function ofImages(deps: Deps): Operation {
  return operation<ImagesUsageInput>({
    name: "DescribeImageStorageUsage",
    errors: ["ImageNotFoundException", "RepositoryNotFoundException"],
    input: structure({
      registryId: REGISTRY_ID,
      "repositoryName!": REPOSITORY_NAME,
      "imageIds!": list(IMAGE_ID, { min: 1, max: 100 }),
    }),
    asks: askRepository("longshore:DescribeImageStorageUsage"),
    async handle(incoming, input) {
      for (const [index, id] of input.imageIds.entries()) checkImageId(`imageIds.${index + 1}.member`, id);
      const { repositoryName: name, imageIds: ids } = input;
      return describeImageStorageUsage(deps, onRegistry(incoming, input), { name, ids });
    },
  });
}
