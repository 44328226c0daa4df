import type { Digest } from "../../kernel/names.ts";
import type { Metadata, Reader, Writer } from "../../platform/metadata/metadata.ts";
import { query } from "../../platform/metadata/query.ts";
import type { DamagedBlobRow } from "../../platform/metadata/space-schema.ts";

type GlobalWriter = Omit<Writer, "registry">;

/** Marks in one transaction. */
const BATCH_ROWS = 100;

/** A row when the bytes of a digest are known to be damaged. */
export const damagedBlob = query<{ digest: string }>()((db, p) =>
  db.selectFrom("damaged_blobs").selectAll().where("digest", "=", p.digest),
);

/** A row when any repository has a layer of this digest. */
export const layerAnywhere = query<{ digest: string }>()((db, p) =>
  db.selectFrom("layers").select("repository_id").where("digest", "=", p.digest).limit(1),
);

/** Digests whose bytes are known to be damaged, in order. */
export const damagedBlobs = query<{ after: string; limit: number }>()((db, p) =>
  db.selectFrom("damaged_blobs").selectAll().where("digest", ">", p.after).orderBy("digest").limit(p.limit),
);

const damagedCount = query()((db) => db.selectFrom("damaged_blobs").select((it) => it.fn.countAll<number>().as("count")));

/** How many digests that are of. */
export async function countDamaged(tx: Pick<Reader, "first">): Promise<number> {
  return (await tx.first(damagedCount, {}))?.count ?? 0;
}

const insertDamaged = query<DamagedBlobRow>()((db, p) =>
  db
    .insertInto("damaged_blobs")
    .values({ digest: p.digest, found_ms: p.found_ms, why: p.why })
    .onConflict((it) => it.column("digest").doNothing()),
);

const deleteDamaged = query<{ digest: string }>()((db, p) => db.deleteFrom("damaged_blobs").where("digest", "=", p.digest));

/** Sets or takes away the flag of a digest's layers in all repositories. */
export const flagLayers = query<{ digest: string; damaged: number }>()((db, p) =>
  db.updateTable("layers").set({ damaged: p.damaged }).where("digest", "=", p.digest).where("damaged", "!=", p.damaged),
);

/** Marks a digest's layers in all repositories as damaged. Returns whether that was not known yet. */
export async function markDamaged(tx: GlobalWriter, damage: DamagedBlobRow): Promise<boolean> {
  const added = await tx.run(insertDamaged, damage);
  await tx.run(flagLayers, { digest: damage.digest, damaged: 1 });
  return added > 0;
}

/** Marks of digests that no repository has a layer of any more are forgotten. */
export async function forgetMarksOfNobody(metadata: Metadata, signal: AbortSignal): Promise<void> {
  for (let after = ""; ; ) {
    signal.throwIfAborted();
    const page = await metadata.writeGlobal(async (tx) => {
      const marks = await tx.all(damagedBlobs, { after, limit: BATCH_ROWS });
      for (const mark of marks) {
        if ((await tx.first(layerAnywhere, mark)) === undefined) await tx.run(deleteDamaged, mark);
      }
      return marks;
    });
    const last = page.at(-1);
    if (last === undefined || page.length < BATCH_ROWS) return;
    after = last.digest;
  }
}

/** Takes the mark away from all repositories, for whoever knows that the bytes are there and sound. Returns whether there was one. */
export async function healLayers(tx: GlobalWriter, digest: Digest): Promise<boolean> {
  if ((await tx.run(deleteDamaged, { digest })) === 0) return false;
  await tx.run(flagLayers, { digest, damaged: 0 });
  return true;
}
