import type { Call } from "../kernel/call.ts";
import type { OpenBlob } from "../platform/blobs/blobs.ts";
import { query } from "../platform/metadata/query.ts";
import { repositoryNotFound } from "../repositories/find-repository.ts";
import type { LayerDeps } from "./deps.ts";
import { type LayerKey, layerNotFound } from "./layer-rows.ts";
import { isLeaseRunningOut, renewLeases } from "./renew-leases.ts";
import { isSoundAgain, openSound } from "./scrub/open-sound.ts";

/** One row when the repository is there, with its layer where it has it: HEAD and GET of a blob cost one query. */
const layerInRepository = query<{ account: string; region: string; name: string; digest: string }>()((db, p) =>
  db
    .selectFrom("repositories")
    .leftJoin("layers", (on) => on.onRef("layers.repository_id", "=", "repositories.id").on("layers.digest", "=", p.digest))
    .select(["layers.size", "layers.leased_until_ms", "layers.damaged"])
    .where("repositories.account", "=", p.account)
    .where("repositories.region", "=", p.region)
    .where("repositories.name", "=", p.name),
);

/**
 * Is this layer a member of the repository? Whoever hears that it is will not push it, so the answer renews the lease of
 * a layer that no image needs. Throws RepositoryNotFoundException or LayerNotFoundException.
 */
export async function findLayer(deps: LayerDeps, call: Call, key: LayerKey): Promise<{ size: number }> {
  const layer = await readLayer(deps, call, key);
  if (isLeaseRunningOut(layer, deps.clock.now())) {
    const members = await renewLeases(deps, call, key.name, [key.digest]);
    if (!members.has(key.digest)) throw layerNotFound(call, key);
  }
  return { size: layer.size };
}

/** A layer's bytes, when it is a member of the repository. Throws as `findLayer` does, also when they are damaged. */
export async function openLayer(deps: LayerDeps, call: Call, key: LayerKey): Promise<OpenBlob> {
  const { size } = await readLayer(deps, call, key);
  const blob = await openSound(deps, key.digest, size);
  if (blob === undefined) throw layerNotFound(call, key);
  return blob;
}

async function readLayer(deps: LayerDeps, call: Call, key: LayerKey): Promise<{ size: number; leased_until_ms: number }> {
  const row = await deps.metadata.read(call.registry, (tx) => tx.first(layerInRepository, { ...call.registry, ...key }));
  if (row === undefined) throw repositoryNotFound(call.registry, key.name);
  const { size, leased_until_ms, damaged } = row;
  // A layer whose bytes are damaged is as good as absent: so the client pushes it again.
  if (size === null || leased_until_ms === null) throw layerNotFound(call, key);
  if (damaged !== 0 && !(await isSoundAgain(deps, key.digest, size))) throw layerNotFound(call, key);
  return { size, leased_until_ms };
}
