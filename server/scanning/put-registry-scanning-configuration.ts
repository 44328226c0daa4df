import type { Call } from "../kernel/call.ts";
import { RegistryError } from "../kernel/errors.ts";
import type { RepositoryDeps } from "../repositories/deps.ts";
import { writeRegistryDocument } from "../repositories/documents.ts";
import { readScanningConfiguration, type ScanFrequency, type ScanningConfiguration, type ScanType } from "./configuration.ts";

/** ECR: which frequencies a type knows. (API reference, RegistryScanningRule) */
const FREQUENCIES: Readonly<Record<ScanType, readonly ScanFrequency[]>> = {
  BASIC: ["SCAN_ON_PUSH"],
  ENHANCED: ["SCAN_ON_PUSH", "CONTINUOUS_SCAN"],
};

/** Says what of a registry is scanned, in place of what was said before. Throws InvalidParameterException. */
export async function putRegistryScanningConfiguration(
  deps: RepositoryDeps,
  call: Call,
  { scanType = "BASIC", rules = [] }: Partial<ScanningConfiguration>,
): Promise<object> {
  const configuration: ScanningConfiguration = { scanType, rules };
  check(configuration);
  await deps.metadata.write(call.registry, (tx) =>
    writeRegistryDocument(tx, { kind: "scanning", text: JSON.stringify(configuration), now_ms: deps.clock.now() }),
  );
  return { registryScanningConfiguration: configuration };
}

/** What was put last, or the default. */
export async function getRegistryScanningConfiguration(deps: RepositoryDeps, { registry }: Call): Promise<object> {
  const scanningConfiguration = await deps.metadata.read(registry, readScanningConfiguration);
  return { registryId: registry.account, scanningConfiguration };
}

function check({ scanType, rules }: ScanningConfiguration): void {
  const frequencies = rules.map((it) => it.scanFrequency);
  for (const frequency of frequencies) {
    if (!FREQUENCIES[scanType].includes(frequency))
      throw invalid(`Invalid scan frequency for scanType ${scanType}: ${frequency}`);
  }
  const twice = frequencies.find((it, at) => frequencies.indexOf(it) < at);
  if (twice !== undefined) throw invalid(`Invalid input. Contains duplicate scan frequencies: [${twice}]`);
}

/** ECR: its form without a member, and in it both texts as they are. (measured by cdk-preflight, 2026-09) */
function invalid(constraint: string): RegistryError {
  return new RegistryError("InvalidParameterException", `Invalid parameter failed to satisfy constraint: '${constraint}'`);
}
