import type { Call } from "../../kernel/call.ts";
import { CONFIGURATION_BODY_BYTES_MAX, IMAGES_PER_REPORT_MAX } from "../../kernel/limits.ts";
import { type RepositoryName, repositoryArn } from "../../kernel/names.ts";
import { type Ask, type Operation, operation } from "../../kernel/operation.ts";
import { integer, list, string, structure } from "../../kernel/shape.ts";
import { openPageToken, sealPageToken } from "../../keys/page-token.ts";
import type { Sealer } from "../../keys/sealer.ts";
import { askRepository, onRegistry, type RegistryInput, REGISTRY_ID, REPOSITORY_NAME } from "../../repositories/shapes.ts";
import type { ImageDeps } from "../deps.ts";
import { describeImagesInUse } from "./describe-images-in-use.ts";
import { reportedImages, reportImagesInUse, type ReportImagesInUseInput } from "./report-images-in-use.ts";

type Deps = ImageDeps & { readonly sealer: Sealer };

const CLUSTER_NAME = /^[A-Za-z0-9][A-Za-z0-9._:/@-]*$/;
const CLUSTER = string({
  min: 1,
  max: 256,
  pattern: { text: "[A-Za-z0-9][A-Za-z0-9._:/@-]*", matches: (it) => CLUSTER_NAME.test(it) },
});
/** As long as a host, a repository's name, a tag and a digest are together at most. */
const REFERENCE_LENGTH_MAX = 1_024;
const DIGEST_LENGTH_MAX = 135;
/** An image in use comes with up to a hundred clusters. */
const PAGE_SIZE_MAX = 100;

/** What clusters run. Not AWS's. */
export function imageUseOperations(deps: Deps): readonly Operation[] {
  return [report(deps), describe(deps)];
}

function report(deps: Deps): Operation {
  return operation<ReportImagesInUseInput>({
    name: "ReportImagesInUse",
    errors: [],
    bodyBytesMax: CONFIGURATION_BODY_BYTES_MAX,
    input: structure({
      registryId: REGISTRY_ID,
      "clusterName!": CLUSTER,
      images: list(
        structure({ "repositoryName!": REPOSITORY_NAME, "imageDigest!": string({ min: 1, max: DIGEST_LENGTH_MAX }) }),
        { max: IMAGES_PER_REPORT_MAX },
      ),
      imageReferences: list(string({ min: 1, max: REFERENCE_LENGTH_MAX }), { max: IMAGES_PER_REPORT_MAX }),
    }),
    asks: askReported,
    handle: (call, input) => reportImagesInUse(deps, onRegistry(call, input), input),
  });
}

/** Asks about each repository that is reported, whether or not it is there; about all of them when none is. */
function askReported(input: ReportImagesInUseInput, call: Call): readonly Ask[] {
  const { registry } = onRegistry(call, input);
  const names = new Set<string>();
  for (const it of reportedImages(registry, input).values()) if (it !== undefined) names.add(it.repositoryName);
  if (names.size === 0) names.add("*");
  return [...names].map((name) => ({ action: "longshore:ReportImagesInUse", resource: repositoryArn(registry, name) }));
}

interface DescribeInput extends RegistryInput {
  readonly repositoryName: RepositoryName;
  readonly nextToken?: string;
  readonly maxResults?: number;
}

function describe(deps: Deps): Operation {
  return operation<DescribeInput>({
    name: "DescribeImagesInUse",
    errors: ["RepositoryNotFoundException"],
    input: structure({
      registryId: REGISTRY_ID,
      "repositoryName!": REPOSITORY_NAME,
      nextToken: string(),
      maxResults: integer({ min: 1, max: PAGE_SIZE_MAX }),
    }),
    asks: askRepository("longshore:DescribeImagesInUse"),
    async handle(incoming, { repositoryName: name, nextToken, maxResults: size = PAGE_SIZE_MAX, registryId }) {
      const call = onRegistry(incoming, registryId === undefined ? {} : { registryId });
      const scope = JSON.stringify(["DescribeImagesInUse", call.registry.account, call.registry.region, name]);
      const after = openPageToken(deps.sealer, scope, nextToken);
      const page = await describeImagesInUse(deps, call, { name, after, size });
      return { imagesInUse: page.items, nextToken: sealPageToken(deps.sealer, scope, page.next) };
    },
  });
}
