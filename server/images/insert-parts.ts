import type { Writer } from "../platform/metadata/metadata.ts";
import type { Manifest } from "./manifest.ts";
import { insertManifestChild, insertManifestLayer } from "./rows.ts";

/** Writes down what an image is made of: its layers, and the children of an index. All of them must be there. */
export async function insertParts(
  tx: Writer,
  { repository, digest }: { readonly repository: number; readonly digest: string },
  { layers, children }: Manifest,
): Promise<void> {
  for (const layer of layers) {
    const row = { repository_id: repository, manifest: digest, layer: layer.digest, media_type: layer.mediaType };
    await tx.run(insertManifestLayer, row);
  }
  for (const child of children) await tx.run(insertManifestChild, { repository, digest, child: child.digest });
}
