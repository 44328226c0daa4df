import { randomUUID } from "node:crypto";
import type { Readable } from "node:stream";
import type { Call } from "../kernel/call.ts";
import { algorithmOf, type RepositoryName } from "../kernel/names.ts";
import { quotaOf } from "../kernel/quotas.ts";
import { type FindRepository, findRepository } from "../repositories/find-repository.ts";
import { invalidLayer } from "./complete-upload.ts";
import type { LayerDeps } from "./deps.ts";
import { addLayer, type LayerKey } from "./layer-rows.ts";

/** Asks for the repository of a layer before its bytes are taken, so that nobody sends them in vain. */
export async function expectLayer(
  deps: LayerDeps,
  call: Call,
  { name, find }: { readonly name: RepositoryName; readonly find?: FindRepository | undefined },
): Promise<void> {
  if (find === undefined) await deps.metadata.read(call.registry, (tx) => findRepository(tx, name));
  else await deps.metadata.write(call.registry, (tx) => find(tx, name));
}

/**
 * Takes a whole layer in one request, which was expected before. Throws InvalidLayerException when its bytes do not have the
 * digest, and RepositoryNotFoundException when the repository has gone.
 */
export async function putLayer(
  deps: LayerDeps,
  call: Call,
  { name, digest, body, expected_bytes }: LayerKey & { readonly body: Readable; readonly expected_bytes?: number | undefined },
): Promise<void> {
  const stage = randomUUID();
  try {
    const staged = await deps.blobs.append(stage, 0, body, {
      algorithm: algorithmOf(digest),
      limit_bytes: quotaOf(deps, "layerSizeBytesMax"),
      expected_bytes,
      signal: call.signal,
    });
    if (staged.digest !== digest) throw invalidLayer();
    await deps.blobs.commit(stage, staged.size, digest);
    await deps.metadata.write(call.registry, async (tx) => {
      const repository = await findRepository(tx, name);
      await addLayer(tx, { repository_id: repository.id, digest, size: staged.size }, deps.clock.now());
    });
  } catch (error) {
    await deps.blobs.discard(stage);
    throw error;
  }
}
