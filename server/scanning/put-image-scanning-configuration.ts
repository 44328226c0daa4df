import type { Call } from "../kernel/call.ts";
import type { RepositoryName } from "../kernel/names.ts";
import { query } from "../platform/metadata/query.ts";
import type { RepositoryDeps } from "../repositories/deps.ts";
import { findRepository } from "../repositories/find-repository.ts";
import { onRegistry, type RegistryInput } from "../repositories/shapes.ts";

/** Input of PutImageScanningConfiguration. */
export interface PutImageScanningConfigurationInput extends RegistryInput {
  readonly repositoryName: RepositoryName;
  readonly imageScanningConfiguration: { readonly scanOnPush?: boolean };
}

const setScanOnPush = query<{ id: number; scan_on_push: number }>()((db, p) =>
  db.updateTable("repositories").set({ scan_on_push: p.scan_on_push }).where("id", "=", p.id),
);

/** Says whether images are scanned when they are pushed to a repository. Throws RepositoryNotFoundException. */
export async function putImageScanningConfiguration(
  deps: RepositoryDeps,
  reached: Call,
  { repositoryName, imageScanningConfiguration, ...input }: PutImageScanningConfigurationInput,
): Promise<object> {
  const { registry } = onRegistry(reached, input);
  // ECR: an empty configuration turns it off: clients in Go do not send a `false`.
  const scanOnPush = imageScanningConfiguration.scanOnPush === true;
  await deps.metadata.write(registry, async (tx) => {
    const { id } = await findRepository(tx, repositoryName);
    await tx.run(setScanOnPush, { id, scan_on_push: scanOnPush ? 1 : 0 });
  });
  return { registryId: registry.account, repositoryName, imageScanningConfiguration: { scanOnPush } };
}
