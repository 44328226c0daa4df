import { matchesWildcard } from "../kernel/wildcard.ts";
import type { ScanFilter, ScanFrequency, ScanningConfiguration } from "./configuration.ts";

/** How one repository is scanned. */
export interface RepositoryScanning {
  readonly scanOnPush: boolean;
  readonly scanFrequency: ScanFrequency;
  /** Those that it is scanned because of. */
  readonly appliedScanFilters: readonly ScanFilter[];
}

/**
 * How a repository is scanned in a registry of this configuration; `scanOnPush` is the repository's own setting.
 * ECR: of two rules that match, the continuous one wins; without any rule of a registry with basic scanning, the repository's
 * own setting counts. (user guide, image-scanning) A repository that no rule is for is `MANUAL`: the API has no word for "off".
 */
export function scanningOf(
  { scanType, rules }: ScanningConfiguration,
  { name, scanOnPush }: { readonly name: string; readonly scanOnPush: boolean },
): RepositoryScanning {
  const filtersOf = (frequency: ScanFrequency): readonly ScanFilter[] =>
    rules
      .filter((it) => it.scanFrequency === frequency)
      .flatMap((it) => it.repositoryFilters.filter(({ filter }) => matchesFilter(filter, name)));

  const continuous = filtersOf("CONTINUOUS_SCAN");
  // ECR: scanOnPush goes on telling the repository's own setting. (steampipe-plugin-aws#1716)
  if (continuous.length > 0) return { scanOnPush, scanFrequency: "CONTINUOUS_SCAN", appliedScanFilters: continuous };
  const onPush = filtersOf("SCAN_ON_PUSH");
  const isOwn = scanOnPush && scanType === "BASIC" && rules.length === 0;
  if (onPush.length > 0 || isOwn) return { scanOnPush: true, scanFrequency: "SCAN_ON_PUSH", appliedScanFilters: onPush };
  return { scanOnPush: false, scanFrequency: "MANUAL", appliedScanFilters: [] };
}

/** ECR: a filter without a wildcard matches every name that contains it. (user guide, image-scanning-filters) */
export function matchesFilter(filter: string, name: string): boolean {
  return filter.includes("*") ? matchesWildcard(filter, name) : name.includes(filter);
}
