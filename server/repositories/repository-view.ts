import type { Call } from "../kernel/call.ts";
import { repositoryArn } from "../kernel/names.ts";
import type { RepositoryRow } from "../platform/metadata/schema.ts";
import { exclusionFilters } from "./tag-mutability.ts";

/** A repository as ECR's API shows it. `repositoryUri` is on the host that this client reaches the registry at. */
export function repositoryView(call: Call, row: RepositoryRow): object {
  const filters = exclusionFilters(row);
  return {
    repositoryArn: repositoryArn(call.registry, row.name),
    registryId: call.registry.account,
    repositoryName: row.name,
    repositoryUri: `${call.naming.registryHost(call.registry)}/${row.name}`,
    // AWS JSON has times in seconds, with fractions.
    createdAt: row.created_ms / 1000,
    imageTagMutability: row.tag_mutability,
    ...(filters.length === 0 ? {} : { imageTagMutabilityExclusionFilters: filters }),
    imageScanningConfiguration: { scanOnPush: row.scan_on_push === 1 },
    encryptionConfiguration: {
      encryptionType: row.encryption_type,
      ...(row.kms_key === null ? {} : { kmsKey: row.kms_key }),
    },
  };
}
