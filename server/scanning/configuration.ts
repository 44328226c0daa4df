import type { Reader } from "../platform/metadata/metadata.ts";
import { readRegistryDocument } from "../repositories/documents.ts";

export const SCAN_TYPES = ["BASIC", "ENHANCED"] as const;
export const SCAN_FREQUENCIES = ["SCAN_ON_PUSH", "CONTINUOUS_SCAN", "MANUAL"] as const;
export type ScanType = (typeof SCAN_TYPES)[number];
export type ScanFrequency = (typeof SCAN_FREQUENCIES)[number];

/** Which repositories a rule is for: those whose name contains `filter`, in which `*` stands for any run of characters. */
export interface ScanFilter {
  readonly filter: string;
  readonly filterType: "WILDCARD";
}

export interface ScanningRule {
  readonly scanFrequency: ScanFrequency;
  readonly repositoryFilters: readonly ScanFilter[];
}

/** What of a registry is scanned, and when. */
export interface ScanningConfiguration {
  readonly scanType: ScanType;
  readonly rules: readonly ScanningRule[];
}

/** ECR: what a registry has that nobody has configured. (API reference, PutRegistryScanningConfiguration) */
const DEFAULT: ScanningConfiguration = { scanType: "BASIC", rules: [] };

/** The scanning configuration of the registry that is open. */
export async function readScanningConfiguration(tx: Reader): Promise<ScanningConfiguration> {
  const document = await readRegistryDocument(tx, "scanning");
  return document === undefined ? DEFAULT : (JSON.parse(document.text) as ScanningConfiguration);
}
