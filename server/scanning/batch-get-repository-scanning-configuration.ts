import type { Call } from "../kernel/call.ts";
import { type RepositoryName, repositoryArn } from "../kernel/names.ts";
import type { RepositoryDeps } from "../repositories/deps.ts";
import { lookUpRepository, repositoryNotFound } from "../repositories/find-repository.ts";
import { readScanningConfiguration } from "./configuration.ts";
import { scanningOf } from "./match.ts";

/** How each of the named repositories is scanned; those that are not there are failures. Each name counts once. */
export async function batchGetRepositoryScanningConfiguration(
  deps: RepositoryDeps,
  { registry }: Call,
  { repositoryNames }: { readonly repositoryNames: readonly RepositoryName[] },
): Promise<object> {
  const scanningConfigurations: object[] = [];
  const failures: object[] = [];
  await deps.metadata.read(registry, async (tx) => {
    const configuration = await readScanningConfiguration(tx);
    for (const repositoryName of new Set(repositoryNames)) {
      const row = await lookUpRepository(tx, repositoryName);
      if (row === undefined) {
        const failureReason = repositoryNotFound(registry, repositoryName).message;
        failures.push({ repositoryName, failureCode: "REPOSITORY_NOT_FOUND", failureReason });
      } else {
        const scanning = scanningOf(configuration, { name: repositoryName, scanOnPush: row.scan_on_push === 1 });
        scanningConfigurations.push({ repositoryArn: repositoryArn(registry, repositoryName), repositoryName, ...scanning });
      }
    }
  });
  return { scanningConfigurations, failures };
}
