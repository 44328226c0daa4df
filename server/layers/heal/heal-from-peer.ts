import type { Digest } from "../../kernel/names.ts";
import type { LayerDeps } from "../deps.ts";
import { damagedBlobs, forgetMarksOfNobody } from "../scrub/damage-rows.ts";
import { healLayer, type Healing } from "./heal-layer.ts";
import type { Peer } from "./peer.ts";

const PAGE_ROWS = 100;
/** Layers in a row for which the peer could not be reached: then it is not asked for the others. */
const UNREACHED_MAX = 3;

/** What became of one damaged layer. */
export type HealedLayer = Healing & { readonly digest: Digest };

/**
 * Gets what is damaged here from a peer, one layer after the other, and tells of each. Ends early when the peer cannot be
 * reached. Nothing of it is remembered but what is healed: it can be broken off anywhere, and run again.
 */
export async function* healFromPeer(deps: LayerDeps, peer: Peer, signal: AbortSignal): AsyncGenerator<HealedLayer> {
  await forgetMarksOfNobody(deps.metadata, signal);
  let unreached = 0;
  for (let after = ""; ; ) {
    const page = await deps.metadata.readGlobal((tx) => tx.all(damagedBlobs, { after, limit: PAGE_ROWS }));
    for (const row of page) {
      signal.throwIfAborted();
      const digest = row.digest as Digest;
      const healing = await healLayer(deps, peer, digest, signal);
      yield { digest, ...healing };
      unreached = healing.state === "unreached" ? unreached + 1 : 0;
      if (unreached === UNREACHED_MAX) return;
    }
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE_ROWS) return;
    after = last.digest;
  }
}
