import { IN_IMAGE, type InImage } from "../images/read-image.ts";
import { PAGE_SIZE_MAX } from "../kernel/limits.ts";
import { type RepositoryName, repositoryArn } from "../kernel/names.ts";
import { type Operation, operation } from "../kernel/operation.ts";
import { boolean, enumeration, integer, list, string, structure } from "../kernel/shape.ts";
import { isRepositoryWildcard } from "../kernel/wildcard.ts";
import type { RepositoryDeps } from "../repositories/deps.ts";
import { askRepository, onRegistry, REGISTRY_ID, REPOSITORY_NAME } from "../repositories/shapes.ts";
import { batchGetRepositoryScanningConfiguration } from "./batch-get-repository-scanning-configuration.ts";
import { SCAN_FREQUENCIES, SCAN_TYPES, type ScanningConfiguration } from "./configuration.ts";
import { describeImageScanFindings } from "./describe-image-scan-findings.ts";
import { type PutImageScanningConfigurationInput, putImageScanningConfiguration } from "./put-image-scanning-configuration.ts";
import { getRegistryScanningConfiguration, putRegistryScanningConfiguration } from "./put-registry-scanning-configuration.ts";
import { startImageScan } from "./start-image-scan.ts";

const FILTER = { text: "^[a-z0-9*](?:[._\\-/a-z0-9*]?[a-z0-9*]+)*$", matches: isRepositoryWildcard };
const FILTERS = list(
  structure({
    "filter!": string({ min: 1, max: 255, pattern: FILTER }),
    "filterType!": enumeration("WILDCARD"),
  }),
  { min: 0, max: 100 },
);

/** What is scanned, and what was found. */
export function scanningOperations(deps: RepositoryDeps): readonly Operation[] {
  return [...configurationOperations(deps), ...scanOperations(deps)];
}

function configurationOperations(deps: RepositoryDeps): readonly Operation[] {
  return [
    operation<object>({
      name: "GetRegistryScanningConfiguration",
      errors: [],
      input: structure({}),
      asks: () => [{ action: "ecr:GetRegistryScanningConfiguration", resource: "*" }],
      handle: (call) => getRegistryScanningConfiguration(deps, call),
    }),
    operation<Partial<ScanningConfiguration>>({
      name: "PutRegistryScanningConfiguration",
      errors: [],
      input: structure({
        scanType: enumeration(...SCAN_TYPES),
        rules: list(structure({ "scanFrequency!": enumeration(...SCAN_FREQUENCIES), "repositoryFilters!": FILTERS }), {
          min: 0,
          max: 2,
        }),
      }),
      asks: () => [{ action: "ecr:PutRegistryScanningConfiguration", resource: "*" }],
      handle: (call, input) => putRegistryScanningConfiguration(deps, call, input),
    }),
    operation<{ readonly repositoryNames: readonly RepositoryName[] }>({
      name: "BatchGetRepositoryScanningConfiguration",
      errors: [],
      input: structure({ "repositoryNames!": list(REPOSITORY_NAME, { min: 1, max: 25 }) }),
      asks: ({ repositoryNames }, { registry }) =>
        repositoryNames.map((name) => ({
          action: "ecr:BatchGetRepositoryScanningConfiguration",
          resource: repositoryArn(registry, name),
        })),
      handle: (call, input) => batchGetRepositoryScanningConfiguration(deps, call, input),
    }),
    operation<PutImageScanningConfigurationInput>({
      name: "PutImageScanningConfiguration",
      errors: ["RepositoryNotFoundException"],
      input: structure({
        registryId: REGISTRY_ID,
        "repositoryName!": REPOSITORY_NAME,
        "imageScanningConfiguration!": structure({ scanOnPush: boolean() }),
      }),
      asks: askRepository("ecr:PutImageScanningConfiguration"),
      handle: (call, input) => putImageScanningConfiguration(deps, call, input),
    }),
  ];
}

function scanOperations(deps: RepositoryDeps): readonly Operation[] {
  return [
    operation<InImage>({
      name: "StartImageScan",
      errors: [
        "ImageArchivedException",
        "ImageNotFoundException",
        "RepositoryNotFoundException",
        "UnsupportedImageTypeException",
        "ValidationException",
      ],
      input: structure(IN_IMAGE),
      asks: askRepository("ecr:StartImageScan"),
      handle: (call, input) => startImageScan(deps, onRegistry(call, input), input),
    }),
    operation<InImage & { readonly nextToken?: string }>({
      name: "DescribeImageScanFindings",
      errors: ["ImageNotFoundException", "RepositoryNotFoundException", "ScanNotFoundException"],
      input: structure({ ...IN_IMAGE, nextToken: string(), maxResults: integer({ min: 1, max: PAGE_SIZE_MAX }) }),
      asks: askRepository("ecr:DescribeImageScanFindings"),
      handle: (call, input) => describeImageScanFindings(deps, onRegistry(call, input), input),
    }),
  ];
}
