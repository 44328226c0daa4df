import { invalidParameter } from "../kernel/errors.ts";
import { REPLICATION_DESTINATIONS_MAX, REPLICATION_FILTERS_MAX, REPLICATION_RULES_MAX } from "../kernel/limits.ts";
import { type AccountId, parseRegion, type RegistryId } from "../kernel/names.ts";
import { enumeration, list, string, structure } from "../kernel/shape.ts";
import type { Reader } from "../platform/metadata/metadata.ts";
import { readRegistryDocument } from "../repositories/documents.ts";
import { REGISTRY_ID } from "../repositories/shapes.ts";

/** Which images are copied, and where to. An image goes wherever any of the rules says. */
export interface ReplicationConfiguration {
  readonly rules: readonly ReplicationRule[];
}

interface ReplicationRule {
  readonly destinations: readonly ReplicationDestination[];
  /** Which repositories; without them, all. */
  readonly repositoryFilters?: readonly { readonly filter: string; readonly filterType: "PREFIX_MATCH" }[];
}

/** A registry that is copied to. */
export interface ReplicationDestination {
  readonly region: string;
  readonly registryId: AccountId;
}

const STEP = /^[a-z0-9][a-z0-9._-]*$/;
const LAST_STEP = /^[a-z0-9._-]*$/;
/** ECR's pattern nests quantifiers. It says: these characters, and in front of a slash something that begins with none of `.`, `_` and `-`. */
const FILTER = {
  text: "^(?:[a-z0-9]+(?:[._-][a-z0-9]*)*/)*[a-z0-9]*(?:[._-][a-z0-9]*)*$",
  matches: (it: string) => it.split("/").every((step, at, { length }) => (at === length - 1 ? LAST_STEP : STEP).test(step)),
};
const REGION = /^[0-9a-z-]{2,25}$/;

/** ECR: ReplicationDestination. (API model) */
export const REPLICATION_DESTINATION = structure({
  "region!": string({ min: 2, max: 25, pattern: { text: "[0-9a-z-]{2,25}", matches: (it) => REGION.test(it) } }),
  "registryId!": REGISTRY_ID,
});

/** ECR: ReplicationConfiguration. (API model) */
export const REPLICATION_CONFIGURATION = structure({
  "rules!": list(
    structure({
      "destinations!": list(REPLICATION_DESTINATION, { min: 0, max: REPLICATION_DESTINATIONS_MAX }),
      repositoryFilters: list(
        structure({
          "filter!": string({ min: 2, max: 256, pattern: FILTER }),
          "filterType!": enumeration("PREFIX_MATCH"),
        }),
        { min: 1, max: REPLICATION_FILTERS_MAX },
      ),
    }),
    { min: 0, max: REPLICATION_RULES_MAX },
  ),
});

/** Throws InvalidParameterException for a configuration that a registry cannot have. */
export function checkReplicationConfiguration(registry: RegistryId, { rules }: ReplicationConfiguration): void {
  const destinations = rules.flatMap((it) => it.destinations);
  for (const { region, registryId } of destinations) {
    // ECR: both texts as they are. (measured by cdk-preflight, 2026-09)
    if (parseRegion(region) === undefined || partitionOf(region) !== partitionOf(registry.region))
      throw invalid(`Invalid region '${region}'`);
    if (region === registry.region && registryId === registry.account)
      throw invalid("Replication destination cannot be the same as the source registry");
  }
  const different = new Set(destinations.map((it) => `${it.registryId} ${it.region}`));
  if (different.size > REPLICATION_DESTINATIONS_MAX)
    throw invalid(`Replication configuration must have at most ${REPLICATION_DESTINATIONS_MAX} unique destinations`);
}

/** The replication configuration of the registry that is open. */
export async function readReplicationConfiguration(tx: Reader): Promise<ReplicationConfiguration> {
  const document = await readRegistryDocument(tx, "replication");
  // ECR: there always is one. (API reference, DescribeRegistry)
  return document === undefined ? { rules: [] } : (JSON.parse(document.text) as ReplicationConfiguration);
}

/** AWS: regions are in partitions that know nothing of each other; outside of the first, a region's name begins with its own. */
function partitionOf(region: string): string {
  return /^(cn|us-gov|us-iso[bf]?|eu-isoe|eusc)-/.exec(region)?.[1] ?? "aws";
}

function invalid(constraint: string): Error {
  return invalidParameter("replicationConfiguration", constraint);
}
