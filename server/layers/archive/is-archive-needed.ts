import type { Metadata } from "../../platform/metadata/metadata.ts";
import { archivedBlobsAfter } from "./archive-rows.ts";

/** Whether any bytes may lie in an archive: then nobody can serve them without it. */
export async function isArchiveNeeded(metadata: Pick<Metadata, "readGlobal">): Promise<boolean> {
  const rows = await metadata.readGlobal((tx) => tx.all(archivedBlobsAfter, { after: "", limit: 1 }));
  return rows.length > 0;
}
