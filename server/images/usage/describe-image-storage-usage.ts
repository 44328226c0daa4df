import type { Call } from "../../kernel/call.ts";
import type { RepositoryName } from "../../kernel/names.ts";
import type { Reader } from "../../platform/metadata/metadata.ts";
import { findRepository } from "../../repositories/find-repository.ts";
import type { ImageDeps } from "../deps.ts";
import type { ImageIdentifier } from "../errors.ts";
import { findImage } from "../find-image.ts";
import { manifestsAmong } from "../rows.ts";
import { batches, nextOf } from "./measure-repository.ts";
import { layersOfImageAfter } from "./usage-rows.ts";

/** What an image takes, in bytes: its manifest and its layers. An index has a manifest only; what it lists are images of their own. */
export interface ImageUsage {
  readonly imageDigest: string;
  readonly sizeInBytes: number;
  /** Its manifest and the layers that no other image of the repository needs. */
  readonly uniqueSizeInBytes: number;
  /** The layers that others need too. */
  readonly sharedSizeInBytes: number;
}

/** What images take, and what deleting all of them together gives back. */
export interface ImagesUsage {
  readonly images: readonly ImageUsage[];
  /** In the repository: what no other image of it needs. */
  readonly freedSizeInBytes: number;
  /** Of that, what no other repository of the registry has either. */
  readonly freedInRegistrySizeInBytes: number;
}

const LAYERS_BATCH_ROWS = 200;

/** Throws RepositoryNotFoundException, ImageNotFoundException, InvalidParameterException. */
export async function describeImageStorageUsage(
  deps: ImageDeps,
  call: Pick<Call, "registry" | "client">,
  input: { readonly name: RepositoryName; readonly ids: readonly ImageIdentifier[] },
): Promise<ImagesUsage> {
  const { id: repository, sizes } = await deps.metadata.read(call.registry, (tx) => findImages(tx, input));
  const listed = JSON.stringify([...sizes.keys()]);
  const images: ImageUsage[] = [];
  let [freed, freedInRegistry] = [0, 0];
  for (const [manifest, bodySize] of sizes) {
    let [unique, shared] = [bodySize, 0];
    freed += bodySize;
    freedInRegistry += bodySize;
    const position = { ...call.registry, repository, manifest, listed, limit: LAYERS_BATCH_ROWS };
    const read = (tx: Reader, after: string) => tx.all(layersOfImageAfter, { ...position, after });
    for await (const rows of batches({ ...deps, signal: call.client.signal }, call.registry, read, (it) =>
      nextOf(it, LAYERS_BATCH_ROWS),
    )) {
      for (const layer of rows) {
        if (layer.shared) shared += layer.size;
        else unique += layer.size;
        // A layer that several of these need is given back once.
        if (layer.kept || layer.counted) continue;
        freed += layer.size;
        if (!layer.elsewhere) freedInRegistry += layer.size;
      }
    }
    images.push({ imageDigest: manifest, sizeInBytes: unique + shared, uniqueSizeInBytes: unique, sharedSizeInBytes: shared });
  }
  return { images, freedSizeInBytes: freed, freedInRegistrySizeInBytes: freedInRegistry };
}

/** The images that are named, each once, with the sizes of their manifests. */
async function findImages(
  tx: Reader,
  { name, ids }: { readonly name: RepositoryName; readonly ids: readonly ImageIdentifier[] },
): Promise<{ readonly id: number; readonly sizes: ReadonlyMap<string, number> }> {
  const repository = await findRepository(tx, name);
  const digests = new Set<string>();
  for (const id of ids) digests.add((await findImage(tx, repository, id)).digest);
  const rows = await tx.all(manifestsAmong, { repository: repository.id, digests: JSON.stringify([...digests]) });
  const found = new Map(rows.map((it) => [it.digest, it.body_size]));
  return { id: repository.id, sizes: new Map([...digests].map((it) => [it, found.get(it) ?? 0])) };
}
