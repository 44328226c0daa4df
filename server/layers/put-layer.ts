import { randomUUID } from "node:crypto";
import type { Readable } from "node:stream";
import type { Call } from "../kernel/call.ts";
import { algorithmOf } from "../kernel/names.ts";
import { findRepository } from "../repositories/find-repository.ts";
import { invalidLayer } from "./complete-upload.ts";
import { type LayerDeps, layerSizeBytesMax } from "./deps.ts";
import { addLayer, type LayerKey } from "./layer-rows.ts";

/** Takes a whole layer in one request. Throws InvalidLayerException when its bytes do not have the digest. */
export async function putLayer(
  deps: LayerDeps,
  call: Call,
  { name, digest, body, expected_bytes }: LayerKey & { readonly body: Readable; readonly expected_bytes?: number | undefined },
): Promise<void> {
  // Before the bytes are taken, so that nobody sends them in vain, and again when they are here.
  await deps.metadata.read(call.registry, (tx) => findRepository(tx, name));
  const stage = randomUUID();
  try {
    const staged = await deps.blobs.append(stage, 0, body, {
      algorithm: algorithmOf(digest),
      limit_bytes: layerSizeBytesMax(deps),
      expected_bytes,
      signal: call.signal,
    });
    if (staged.digest !== digest) throw invalidLayer(digest, staged.digest);
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
