import type { Call } from "../kernel/call.ts";
import { RegistryError } from "../kernel/errors.ts";
import { findRepository } from "../repositories/find-repository.ts";
import type { LayerDeps } from "./deps.ts";
import { type LayerKey, layerNotFound, needOfLayer, removeLayer } from "./layer-rows.ts";

/** Takes a layer out of a repository. Throws LayerNotFoundException, or LayerInUseException while an image needs it. */
export async function deleteLayer(deps: LayerDeps, call: Call, key: LayerKey): Promise<void> {
  await deps.metadata.write(call.registry, async (tx) => {
    const of = { repository_id: (await findRepository(tx, key.name)).id, digest: key.digest };
    // Decided here and not before: an image that is pushed meanwhile either finds the layer gone, or keeps it.
    if ((await tx.first(needOfLayer, of)) !== undefined) {
      throw new RegistryError(
        "LayerInUseException",
        `The layer with digest '${key.digest}' in the repository with name '${key.name}' is needed by an image.`,
      );
    }
    if ((await tx.run(removeLayer, of)) === 0) throw layerNotFound(call, key);
  });
}
