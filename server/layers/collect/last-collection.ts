import type { Metadata, Writer } from "../../platform/metadata/metadata.ts";
import { query } from "../../platform/metadata/query.ts";
import type { Collection } from "./collection.ts";

const NAME = "last-collection";

const findSetting = query<{ name: string }>()((db, p) => db.selectFrom("settings").select("value").where("name", "=", p.name));

const upsertSetting = query<{ name: string; value: string }>()((db, p) =>
  db
    .insertInto("settings")
    .values({ name: p.name, value: p.value })
    .onConflict((it) => it.column("name").doUpdateSet((row) => ({ value: row.ref("excluded.value") }))),
);

/** Keeps what a collection did, for whoever asks when the last one was. */
export async function keepCollection({ metadata }: { readonly metadata: Metadata }, collection: Collection): Promise<void> {
  await metadata.writeGlobal((tx: Omit<Writer, "registry">) =>
    tx.run(upsertSetting, { name: NAME, value: JSON.stringify(collection) }),
  );
}

/** What the last collection did; undefined when there was none. */
export async function lastCollection({
  metadata,
}: {
  readonly metadata: Pick<Metadata, "readGlobal">;
}): Promise<Collection | undefined> {
  const row = await metadata.readGlobal((tx) => tx.first(findSetting, { name: NAME }));
  return row && (JSON.parse(row.value) as Collection);
}
