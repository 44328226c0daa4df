import { randomUUID } from "node:crypto";
import type { Digest } from "../../kernel/names.ts";
import type { Verified, VerifyOptions } from "../../platform/blobs/blobs.ts";
import { query } from "../../platform/metadata/query.ts";
import { deletingBlob, forgetOverdue } from "../collect/deleting-rows.ts";
import type { LayerDeps } from "../deps.ts";
import { damagedBlob, healLayers, layerAnywhere, markDamaged } from "./damage-rows.ts";

/** By then the bytes of a damaged blob are out of the way, or we do not go on. */
const FENCE_MS = 30_000;
const ATTEMPTS_MAX = 5;

interface Fence {
  readonly digest: Digest;
  readonly collector: string;
  readonly until_ms: number;
}

const insertFence = query<Fence>()((db, p) =>
  db.insertInto("deleting_blobs").values({ digest: p.digest, collector: p.collector, until_ms: p.until_ms }),
);

const removeFence = query<Fence>()((db, p) =>
  db.deleteFrom("deleting_blobs").where("digest", "=", p.digest).where("collector", "=", p.collector),
);

/** An upload whose request is about to commit these bytes, or has, and has not written down yet that there is a layer. */
const committing = query<{ digest: string; now_ms: number }>()((db, p) =>
  db.selectFrom("uploads").select("id").where("completing", "=", p.digest).where("writer_until_ms", ">", p.now_ms).limit(1),
);

/** What became of a blob: `unnamed` bytes are nobody's, and of `busy` ones somebody else is in charge just now. */
export type Condition = "sound" | "damaged" | "unnamed" | "busy";

/**
 * Verifies a blob. Where it is damaged or not there, it is set aside and its layers are marked in all repositories, so that
 * clients push it again; where it is sound, a mark that it had is taken away. Pushes and collectors are kept from the blob for
 * the moment between setting aside and marking, as they keep each other: so what a push has just brought is not marked, and
 * what was just collected is no damage. Throws when the store cannot be read.
 */
export async function checkBlob(deps: LayerDeps, digest: Digest, options: VerifyOptions): Promise<Condition> {
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    const found = await deps.blobs.verify(digest, options);
    if (found.state === "sound") {
      await healIfMarked(deps, digest);
      return "sound";
    }
    // A store that is gone as a whole, such as a disk that is not mounted, says nothing of its blobs.
    if (found.state === "missing") await deps.blobs.check();
    const condition = await noteDamage(deps, digest, found);
    if (condition !== "changed") return condition;
  }
  return "busy";
}

async function healIfMarked({ metadata }: LayerDeps, digest: Digest): Promise<void> {
  const mark = await metadata.readGlobal((tx) => tx.first(damagedBlob, { digest }));
  if (mark !== undefined) await metadata.writeGlobal((tx) => healLayers(tx, digest));
}

async function noteDamage(
  deps: LayerDeps,
  digest: Digest,
  found: Exclude<Verified, { state: "sound" }>,
): Promise<Condition | "changed"> {
  const { metadata, blobs, clock } = deps;
  const fence = await raiseFence(deps, digest, found.state);
  if (typeof fence === "string") return fence;
  let isGone = false;
  try {
    if (clock.now() >= fence.until_ms) return "changed";
    isGone = found.state === "damaged" ? await blobs.setAside(digest, found.version) : (await blobs.size(digest)) === undefined;
  } finally {
    if (!isGone) await metadata.writeGlobal((tx) => tx.run(removeFence, fence));
  }
  return isGone ? await markGone(deps, fence, found.state === "damaged" ? found.why : "Its bytes are not there.") : "changed";
}

/** Keeps pushes and collectors from a digest. Returns why not, where nobody is to be kept from it. */
async function raiseFence(
  { metadata, clock }: LayerDeps,
  digest: Digest,
  state: "damaged" | "missing",
): Promise<Fence | "unnamed" | "busy"> {
  const collector = `scrub/${randomUUID()}`;
  return metadata.writeGlobal(async (tx) => {
    const now_ms = clock.now();
    // Damaged bytes are set aside though nobody has them: the next push would take them for its own.
    if (state === "missing" && (await tx.first(layerAnywhere, { digest })) === undefined) return "unnamed";
    await tx.run(forgetOverdue, { digest, now_ms });
    if ((await tx.first(deletingBlob, { digest })) !== undefined) return "busy";
    if ((await tx.first(committing, { digest, now_ms })) !== undefined) return "busy";
    const fence: Fence = { digest, collector, until_ms: now_ms + FENCE_MS };
    await tx.run(insertFence, fence);
    return fence;
  });
}

/** Marks a digest whose bytes are out of the way, and lets the others come again. */
async function markGone(deps: LayerDeps, fence: Fence, why: string): Promise<Condition | "changed"> {
  const { digest } = fence;
  const [condition, isNew] = await deps.metadata.writeGlobal(async (tx) => {
    // Whoever took our fence for overdue may have brought the bytes back.
    if ((await tx.run(removeFence, fence)) === 0) return ["changed", false] as const;
    if ((await tx.first(layerAnywhere, { digest })) === undefined) return ["unnamed", false] as const;
    return ["damaged", await markDamaged(tx, { digest, found_ms: deps.clock.now(), why })] as const;
  });
  if (isNew) deps.onDamage?.(digest, why);
  return condition;
}
