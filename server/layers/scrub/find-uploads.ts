import { setImmediate as nextTurn } from "node:timers/promises";
import type { Digest } from "../../kernel/names.ts";
import { query } from "../../platform/metadata/query.ts";
import type { Finding, FsckDeps } from "./finding.ts";

const PAGE_ROWS = 500;

/** Uploads that have got bytes. */
const startedUploads = query<{ after: string; limit: number }>()((db, p) =>
  db
    .selectFrom("uploads")
    .select(["id", "repository_id", "size", "touched_ms", "completing"])
    .where("id", ">", p.after)
    .where("size", ">", 0)
    .orderBy("id")
    .limit(p.limit),
);

const uploadById = query<{ id: string }>()((db, p) => db.selectFrom("uploads").select("id").where("id", "=", p.id));

/** Nobody writes to it, and it has got no bytes since. */
const endUntouched = query<{ id: string; touched_ms: number }>()((db, p) =>
  db.deleteFrom("uploads").where("id", "=", p.id).where("touched_ms", "=", p.touched_ms).where("writer", "is", null),
);

/** Uploads without their bytes, and staged bytes without an upload. Remembers the ids of all stages, which are few. */
export async function* findUploads({ metadata, blobs, clock, signal }: FsckDeps): AsyncGenerator<Finding> {
  const begun_ms = clock.now();
  const stages = new Set<string>();
  for await (const { stage, touched_ms } of blobs.stages()) {
    signal.throwIfAborted();
    stages.add(stage);
    const upload = await metadata.readGlobal((tx) => tx.first(uploadById, { id: stage }));
    if (upload === undefined && touched_ms < begun_ms) yield { kind: "stray-stage", what: stage };
  }
  for (let after = ""; ; ) {
    await nextTurn();
    signal.throwIfAborted();
    const page = await metadata.readGlobal((tx) => tx.all(startedUploads, { after, limit: PAGE_ROWS }));
    for (const { id, repository_id, size, touched_ms, completing } of page) {
      // What got its first bytes after the stages were listed is not among them.
      if (stages.has(id) || touched_ms >= begun_ms) continue;
      if (await isWellWithout({ metadata, blobs }, id, completing)) continue;
      const repair: Finding["repair"] = async (deps) =>
        (await deps.metadata.writeGlobal((tx) => tx.run(endUntouched, { id, touched_ms }))) > 0;
      yield { kind: "missing-stage", what: id, repository_id, detail: `It had received ${size} bytes.`, repair };
    }
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE_ROWS) return;
    after = last.id;
  }
}

/** Whether an upload has no stage because its bytes are where they were to go: it was completed since, or its process died when it was about to be, and the client can complete it again. */
async function isWellWithout(
  { metadata, blobs }: Pick<FsckDeps, "metadata" | "blobs">,
  id: string,
  completing: string | null,
): Promise<boolean> {
  if (completing !== null && (await blobs.size(completing as Digest)) !== undefined) return true;
  return (await metadata.readGlobal((tx) => tx.first(uploadById, { id }))) === undefined;
}
