import type { Reader, Writer } from "../../platform/metadata/metadata.ts";
import { query } from "../../platform/metadata/query.ts";
import type { ScrubPassRow } from "../../platform/metadata/space-schema.ts";

type GlobalReader = Omit<Reader, "registry">;
type GlobalWriter = Omit<Writer, "registry">;

/** What has been seen since it was last written down. */
export interface Progress {
  readonly blobs: number;
  readonly bytes: number;
  readonly damaged: number;
}

const passUnderWay = query()((db) => db.selectFrom("scrub_passes").selectAll().where("ended_ms", "is", null).limit(1));

const lastPass = query()((db) =>
  db.selectFrom("scrub_passes").selectAll().where("ended_ms", "is not", null).orderBy("started_ms", "desc").limit(1),
);

const insertPass = query<{ started_ms: number }>()((db, p) =>
  db.insertInto("scrub_passes").values({ started_ms: p.started_ms, ended_ms: null, cursor: "", blobs: 0, bytes: 0, damaged: 0 }),
);

const deleteUnended = query()((db) => db.deleteFrom("scrub_passes").where("ended_ms", "is", null));

const deleteEarlier = query<{ started_ms: number }>()((db, p) =>
  db.deleteFrom("scrub_passes").where("started_ms", "<", p.started_ms),
);

/** Writes a step down, unless another process has gone on from the same place. */
const movePass = query<Progress & { started_ms: number; from: string; cursor: string }>()((db, p) =>
  db
    .updateTable("scrub_passes")
    .set((row) => ({
      cursor: p.cursor,
      blobs: row("blobs", "+", p.blobs),
      bytes: row("bytes", "+", p.bytes),
      damaged: row("damaged", "+", p.damaged),
    }))
    .where("started_ms", "=", p.started_ms)
    .where("cursor", "=", p.from)
    .where("ended_ms", "is", null),
);

const endPass = query<{ started_ms: number; cursor: string; ended_ms: number }>()((db, p) =>
  db
    .updateTable("scrub_passes")
    .set({ ended_ms: p.ended_ms })
    .where("started_ms", "=", p.started_ms)
    .where("cursor", "=", p.cursor)
    .where("ended_ms", "is", null),
);

/** The pass that is under way, if one is, and the last one that came to its end. */
export async function readPasses(tx: GlobalReader): Promise<{ current?: ScrubPassRow; last?: ScrubPassRow }> {
  const [current, last] = [await tx.first(passUnderWay, {}), await tx.first(lastPass, {})];
  return { ...(current !== undefined && { current }), ...(last !== undefined && { last }) };
}

/** Begins a pass, in the place of one that is under way. */
export async function beginPass(tx: GlobalWriter, now_ms: number): Promise<ScrubPassRow> {
  const { current, last } = await readPasses(tx);
  const started_ms = Math.max(now_ms, (current?.started_ms ?? 0) + 1, (last?.started_ms ?? 0) + 1);
  await tx.run(deleteUnended, {});
  await tx.run(insertPass, { started_ms });
  return { started_ms, ended_ms: null, cursor: "", blobs: 0, bytes: 0, damaged: 0 };
}

/** Writes down how far a pass has come. Returns it as it is then, or undefined when it is somebody else's or over. */
export async function advancePass(
  tx: GlobalWriter,
  pass: ScrubPassRow,
  cursor: string,
  progress: Progress,
): Promise<ScrubPassRow | undefined> {
  const moved = await tx.run(movePass, { started_ms: pass.started_ms, from: pass.cursor, cursor, ...progress });
  if (moved === 0) return undefined;
  const { blobs, bytes, damaged } = progress;
  return { ...pass, cursor, blobs: pass.blobs + blobs, bytes: pass.bytes + bytes, damaged: pass.damaged + damaged };
}

/** Ends a pass that has come past the last digest, and forgets those before it. */
export async function finishPass(tx: GlobalWriter, { started_ms, cursor }: ScrubPassRow, now_ms: number): Promise<void> {
  const ended = await tx.run(endPass, { started_ms, cursor, ended_ms: now_ms });
  if (ended > 0) await tx.run(deleteEarlier, { started_ms });
}
