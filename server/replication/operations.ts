import { IN_IMAGE, type InImage } from "../images/read-image.ts";
import { CONFIGURATION_BODY_BYTES_MAX, PAGE_SIZE_MAX } from "../kernel/limits.ts";
import { type Operation, operation } from "../kernel/operation.ts";
import { enumeration, integer, string, structure } from "../kernel/shape.ts";
import type { RepositoryDeps } from "../repositories/deps.ts";
import { askRegistry, askRepository, onRegistry, REGISTRY_ID, type RegistryInput } from "../repositories/shapes.ts";
import { type BackfillInput, findReplicationBackfill, listReplicationBackfills, startReplicationBackfill } from "./backfills.ts";
import { REPLICATION_CONFIGURATION, REPLICATION_DESTINATION, type ReplicationDestination } from "./configuration.ts";
import { describeImageReplicationStatus } from "./describe-image-replication-status.ts";
import {
  describeRegistry,
  type PutReplicationConfigurationInput,
  putReplicationConfiguration,
} from "./put-replication-configuration.ts";

/** ECR: FiftyMaxResults. (API model) */
const BACKFILLS_PAGE_SIZE_MAX = 50;

/** Where images are copied to. */
export function replicationOperations(deps: RepositoryDeps): readonly Operation[] {
  return [
    operation<PutReplicationConfigurationInput>({
      name: "PutReplicationConfiguration",
      errors: [],
      bodyBytesMax: CONFIGURATION_BODY_BYTES_MAX,
      input: structure({ "replicationConfiguration!": REPLICATION_CONFIGURATION }),
      asks: askRegistry("ecr:PutReplicationConfiguration"),
      handle: (call, input) => putReplicationConfiguration(deps, call, input),
    }),
    operation<object>({
      name: "DescribeRegistry",
      errors: [],
      input: structure({}),
      asks: askRegistry("ecr:DescribeRegistry"),
      handle: (call) => describeRegistry(deps, call),
    }),
    operation<InImage>({
      name: "DescribeImageReplicationStatus",
      errors: ["ImageNotFoundException", "RepositoryNotFoundException"],
      input: structure(IN_IMAGE),
      asks: askRepository("ecr:DescribeImageReplicationStatus"),
      handle: (call, input) => describeImageReplicationStatus(deps, onRegistry(call, input), input),
    }),
    ...backfillOperations(deps),
  ];
}

function backfillOperations(deps: RepositoryDeps): readonly Operation[] {
  return [
    operation<RegistryInput & { readonly destination: ReplicationDestination }>({
      name: "StartReplicationBackfill",
      errors: ["ValidationException"],
      input: structure({ registryId: REGISTRY_ID, "destination!": REPLICATION_DESTINATION }),
      asks: askRegistry("ecr:StartReplicationBackfill"),
      handle: (call, input) => startReplicationBackfill(deps, call, input),
    }),
    operation<BackfillInput>({
      name: "StopReplicationBackfill",
      errors: ["ReplicationBackfillNotFoundException"],
      input: structure({ registryId: REGISTRY_ID, "replicationBackfillId!": string() }),
      asks: askRegistry("ecr:StopReplicationBackfill"),
      handle: findReplicationBackfill,
    }),
    operation<RegistryInput & { readonly nextToken?: string }>({
      name: "ListReplicationBackfills",
      errors: [],
      input: structure({
        registryId: REGISTRY_ID,
        maxResults: integer({ min: 1, max: BACKFILLS_PAGE_SIZE_MAX }),
        nextToken: string(),
      }),
      asks: askRegistry("ecr:ListReplicationBackfills"),
      handle: (call, input) => listReplicationBackfills(deps, call, input),
    }),
    operation<BackfillInput>({
      name: "DescribeReplicationBackfillResults",
      errors: ["ReplicationBackfillNotFoundException"],
      input: structure({
        registryId: REGISTRY_ID,
        "replicationBackfillId!": string(),
        resultStatusFilter: enumeration("COMPLETE", "FAILED"),
        maxResults: integer({ min: 1, max: PAGE_SIZE_MAX }),
        nextToken: string(),
      }),
      asks: askRegistry("ecr:DescribeReplicationBackfillResults"),
      handle: findReplicationBackfill,
    }),
  ];
}
