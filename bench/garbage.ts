import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { digestOf, inserters, layerRow } from "./fill.ts";

const REPOSITORIES = 100;
const FIRST_REPOSITORY_ID = 1_000_000;
const BYTES = Buffer.alloc(1);

/**
 * Writes layers that nobody needs into the data folder of a server, which may run: a row and a file of one byte for each, in
 * repositories that are no more.
 */
export function fillGarbage(data: string, layers: number): void {
  const db = openDatabase(data);
  db.exec("pragma synchronous = off; pragma cache_size = -1000000; begin immediate");
  const insert = inserters(db);
  const blobs = join(data, "blobs", "sha256");
  for (let shard = 0; shard < 256; shard++) mkdirSync(join(blobs, shard.toString(16).padStart(2, "0")), { recursive: true });
  for (let number = 0; number < layers; number++) {
    const digest = digestOf(`garbage ${number}`);
    insert.layers(layerRow(FIRST_REPOSITORY_ID + (number % REPOSITORIES), digest, BYTES.length));
    const hex = digest.slice("sha256:".length);
    const file = openSync(join(blobs, hex.slice(0, 2), hex), "w", 0o600);
    writeSync(file, BYTES);
    closeSync(file);
  }
  db.exec("commit; pragma wal_checkpoint(truncate)");
  db.close();
}

/** Has a running server collect now. */
export function startCollection(data: string): void {
  const db = openDatabase(data);
  db.exec("delete from settings where name = 'last-collection'; update jobs set due_ms = 0 where kind = 'collect-garbage'");
  db.close();
}

/** What the collection did that was started last; undefined while it goes on. */
export function readCollection(
  data: string,
): { readonly layers: number; readonly started_ms: number; readonly ended_ms: number } | undefined {
  const db = openDatabase(data);
  const row = db.prepare("select value from settings where name = 'last-collection'").get();
  db.close();
  return row === undefined ? undefined : JSON.parse(String(row["value"]));
}

function openDatabase(data: string): DatabaseSync {
  return new DatabaseSync(join(data, "longshore.db"), { timeout: 10_000 });
}
