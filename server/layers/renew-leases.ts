import type { Call } from "../kernel/call.ts";
import { LAYER_LEASE_S } from "../kernel/limits.ts";
import type { Digest, RepositoryName } from "../kernel/names.ts";
import { greaterOf, query } from "../platform/metadata/query.ts";
import { findRepository } from "../repositories/find-repository.ts";
import type { LayerDeps } from "./deps.ts";
import { needOfLayer } from "./layer-rows.ts";

const extendLease = query<{ repository_id: number; digest: string; until_ms: number }>()((db, p) =>
  db
    .updateTable("layers")
    .set({ leased_until_ms: greaterOf("layers.leased_until_ms", p.until_ms) })
    .where("repository_id", "=", p.repository_id)
    .where("digest", "=", p.digest)
    .where("damaged", "=", 0),
);

/** Only a lease in its second half is renewed, so that hearing of a layer again and again writes twice a day at most. */
export function isLeaseRunningOut(layer: { readonly leased_until_ms: number }, now_ms: number): boolean {
  return layer.leased_until_ms < now_ms + (LAYER_LEASE_S * 1000) / 2;
}

/**
 * Gives layers of a repository a new lease, and returns those that are members. What an image needs has no use for a lease
 * and gets none, so a pull of it writes nothing.
 */
export async function renewLeases(
  deps: LayerDeps,
  call: Call,
  name: RepositoryName,
  digests: readonly Digest[],
): Promise<ReadonlySet<Digest>> {
  const needed = await deps.metadata.read(call.registry, async (tx) => {
    const repository_id = (await findRepository(tx, name)).id;
    const found = new Set<Digest>();
    for (const digest of digests) {
      if ((await tx.first(needOfLayer, { repository_id, digest })) !== undefined) found.add(digest);
    }
    return found;
  });
  const unneeded = digests.filter((it) => !needed.has(it));
  if (unneeded.length === 0) return needed;
  const until_ms = deps.clock.now() + LAYER_LEASE_S * 1000;
  const renewed = await deps.metadata.write(call.registry, async (tx) => {
    const repository_id = (await findRepository(tx, name)).id;
    const found: Digest[] = [];
    for (const digest of unneeded) {
      if ((await tx.run(extendLease, { repository_id, digest, until_ms })) > 0) found.push(digest);
    }
    return found;
  });
  return new Set([...needed, ...renewed]);
}
