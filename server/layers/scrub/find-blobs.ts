import type { Digest } from "../../kernel/names.ts";
import { query } from "../../platform/metadata/query.ts";
import { checkBlob } from "./check-blob.ts";
import { damagedBlob, flagLayers, healLayers, layerAnywhere } from "./damage-rows.ts";
import type { Finding, FsckDeps, RepairDeps } from "./finding.ts";
import { type Walked, walkDigests } from "./walk-digests.ts";

/** A layer whose row says otherwise. */
const layerUnlike = query<{ digest: string; size: number; damaged: number }>()((db, p) =>
  db
    .selectFrom("layers")
    .select(["repository_id", "size", "damaged"])
    .where("digest", "=", p.digest)
    .where((it) => it.or([it("size", "!=", p.size), it("damaged", "!=", p.damaged)]))
    .limit(1),
);

const completingUpload = query<{ digest: string }>()((db, p) =>
  db.selectFrom("uploads").select("id").where("completing", "=", p.digest).limit(1),
);

const setSizes = query<{ digest: string; size: number }>()((db, p) =>
  db.updateTable("layers").set({ size: p.size }).where("digest", "=", p.digest).where("size", "!=", p.size),
);

/** What is wrong between the store and the rows of layers. */
export async function* findBlobs(deps: FsckDeps): AsyncGenerator<Finding> {
  for await (const walked of walkDigests(deps, "")) {
    deps.signal.throwIfAborted();
    const finding = walked.isNamed ? await findLayer(deps, walked) : await findUnnamed(deps, walked);
    if (finding !== undefined) yield finding;
  }
}

async function findLayer(deps: FsckDeps, { digest, size }: Walked): Promise<Finding | undefined> {
  const mark = await deps.metadata.readGlobal((tx) => tx.first(damagedBlob, { digest }));
  // What was not listed may have come since.
  const stored = size ?? (await deps.blobs.size(digest));
  if (stored === undefined) return await findMissing(deps, digest, mark?.why);
  if (mark !== undefined || deps.readBytes) {
    const found = await deps.blobs.verify(digest, { signal: deps.signal });
    if (found.state === "damaged")
      return { kind: "damaged-bytes", what: digest, detail: found.why, repair: (it) => restore(it, digest) };
    if (found.state === "missing") return await findMissing(deps, digest, mark?.why);
    if (mark !== undefined) return { kind: "wrong-mark", what: digest, repair: (it) => heal(it, digest) };
  }
  const unlike = await deps.metadata.readGlobal((tx) => tx.first(layerUnlike, { digest, size: stored, damaged: 0 }));
  if (unlike === undefined) return undefined;
  const { repository_id } = unlike;
  if (unlike.damaged !== 0) return { kind: "wrong-mark", what: digest, repository_id, repair: (it) => heal(it, digest) };
  const detail = `${stored} bytes are there, and the row says ${unlike.size}.`;
  return { kind: "wrong-size", what: digest, repository_id, detail, repair: (it) => resize(it, digest) };
}

async function findMissing({ metadata, blobs }: FsckDeps, digest: Digest, why: string | undefined): Promise<Finding | undefined> {
  const row = await metadata.readGlobal((tx) => tx.first(layerAnywhere, { digest }));
  // Deleted and collected since it was listed, or pushed.
  if (row === undefined || (await blobs.size(digest)) !== undefined) return undefined;
  const kind = why === undefined ? "missing-bytes" : "known-damage";
  return { kind, what: digest, repository_id: row.repository_id, detail: why, repair: (deps) => restore(deps, digest) };
}

async function findUnnamed({ metadata, blobs }: FsckDeps, { digest, size }: Walked): Promise<Finding | undefined> {
  const isNamed = await metadata.readGlobal(
    async (tx) =>
      (await tx.first(layerAnywhere, { digest })) !== undefined || (await tx.first(completingUpload, { digest })) !== undefined,
  );
  if (isNamed || (await blobs.size(digest)) === undefined) return undefined;
  return { kind: "unnamed-bytes", what: digest, detail: `${size} bytes` };
}

/** Marks what is damaged, and puts sound bytes back where some were set aside. Returns whether the layer is sound. */
async function restore(deps: RepairDeps, digest: Digest): Promise<boolean> {
  if ((await checkBlob(deps, digest, deps)) === "sound") return true;
  return (await deps.blobs.putBack(digest, deps)) && (await checkBlob(deps, digest, deps)) === "sound";
}

async function heal(deps: RepairDeps, digest: Digest): Promise<boolean> {
  if ((await checkBlob(deps, digest, deps)) !== "sound") return false;
  await deps.metadata.writeGlobal(async (tx) => {
    await healLayers(tx, digest);
    await tx.run(flagLayers, { digest, damaged: 0 });
  });
  return true;
}

/** Bytes that have the digest are the layer, whatever its row says of their size. */
async function resize(deps: RepairDeps, digest: Digest): Promise<boolean> {
  const found = await deps.blobs.verify(digest, deps);
  if (found.state !== "sound") return restore(deps, digest);
  await deps.metadata.writeGlobal((tx) => tx.run(setSizes, { digest, size: found.size }));
  return true;
}
