import { createHash } from "node:crypto";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { join } from "node:path";
import type {
  LayerRow,
  ManifestLayerRow,
  ManifestRow,
  RepositoryRow,
  Schema,
  TagRow,
} from "../server/platform/metadata/schema.ts";

/** How much a large registry holds. */
export const REPOSITORIES = 100_000;
export const IMAGES = 1_000_000;
/** So many of the images are in one repository. Each image has a tag of its own. */
export const IMAGES_IN_LARGEST = 100_000;
export const LARGEST = "large/images";
/** As many are in another, where every tenth has no tag and every hundredth is archived, so that filters have work to do. */
export const MIXED = "large/mixed";
const isUntagged = (number: number): boolean => number % 10 === 0;
const isArchived = (number: number): boolean => number % 100 === 5;

const ACCOUNT = "000000000000";
const REGION = "us-east-1";
const MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";
const CONFIG_TYPE = "application/vnd.oci.image.config.v1+json";
const LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar+gzip";
const CONFIG_BYTES = 1_469;
const LAYER_BYTES = 3_145_728;
const BEGUN_MS = Date.UTC(2026, 0, 1);
const TAG_DIGITS = 6;

/** The tag of an image in a repository; bytewise order is the order of the numbers. */
function tagOf(number: number): string {
  return `v${String(number).padStart(TAG_DIGITS, "0")}`;
}

/**
 * Writes a large registry into the SQLite database of a data folder on which Longshore has been started and stopped
 * before, so that its tables are there. The layers are rows without bytes: nothing that only lists ever opens them.
 */
export function fillDatabase(data: string): void {
  const db = new DatabaseSync(join(data, "longshore.db"));
  db.exec("pragma synchronous = off; pragma cache_size = -1000000; pragma temp_store = memory; begin");
  const insert = inserters(db);
  const others = REPOSITORIES - 2;
  const inOthers = IMAGES - 2 * IMAGES_IN_LARGEST;
  const inEach = Math.floor(inOthers / others);
  const left = inOthers - inEach * others;
  fillRepository(insert, 0, LARGEST, IMAGES_IN_LARGEST);
  fillRepository(insert, 1, MIXED, IMAGES_IN_LARGEST);
  for (let i = 0; i < others; i++) {
    fillRepository(insert, i + 2, `team-${i % 100}/service-${String(i).padStart(TAG_DIGITS, "0")}`, inEach + (i < left ? 1 : 0));
  }
  db.exec("commit; pragma wal_checkpoint(truncate)");
  db.close();
}

/** For each table a function that inserts a row. */
export type Inserters = { readonly [Table in keyof Schema]: (row: Schema[Table]) => void };

/** Prepares each when it is first used. */
export function inserters(db: DatabaseSync): Inserters {
  const prepared = new Map<string, StatementSync>();
  const insertInto = (table: string) => (row: object) => {
    const statement = prepared.get(table) ?? db.prepare(insertText(table, Object.keys(row)));
    prepared.set(table, statement);
    statement.run(...(Object.values(row) as SQLInputValue[]));
  };
  return new Proxy({}, { get: (_target, table) => insertInto(String(table)) }) as Inserters;
}

function insertText(table: string, columns: readonly string[]): string {
  return `insert into ${table} (${columns.join(", ")}) values (${columns.map(() => "?").join(", ")})`;
}

function fillRepository(insert: Inserters, number: number, name: string, images: number): void {
  const repository: RepositoryRow = {
    id: number + 1,
    account: ACCOUNT,
    region: REGION,
    name,
    created_ms: BEGUN_MS + number,
    tag_mutability: "MUTABLE",
    tag_mutability_filters: "[]",
    scan_on_push: 0,
    encryption_type: "AES256",
    kms_key: null,
  };
  insert.repositories(repository);
  const config = digestOf(`config of ${name}`);
  const layer = digestOf(`layer of ${name}`);
  insert.layers(layerRow(repository.id, config, CONFIG_BYTES));
  insert.layers(layerRow(repository.id, layer, LAYER_BYTES));
  for (let i = 0; i < images; i++) fillImage(insert, repository, { config, layer, number: i });
}

function fillImage(insert: Inserters, repository: RepositoryRow, image: { config: string; layer: string; number: number }): void {
  const body = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST_TYPE,
      config: { mediaType: CONFIG_TYPE, digest: image.config, size: CONFIG_BYTES },
      layers: [{ mediaType: LAYER_TYPE, digest: image.layer, size: LAYER_BYTES }],
      annotations: { "org.opencontainers.image.version": `${repository.name} ${image.number}` },
    }),
  );
  const digest = digestOf(body);
  const mixed = repository.name === MIXED;
  const tagged = !(mixed && isUntagged(image.number));
  const moved_ms = BEGUN_MS + image.number * 1000;
  const manifest: ManifestRow = {
    repository_id: repository.id,
    digest,
    media_type: MANIFEST_TYPE,
    artifact_type: CONFIG_TYPE,
    body,
    body_size: body.length,
    image_size: CONFIG_BYTES + LAYER_BYTES,
    subject: null,
    annotations: null,
    pushed_ms: moved_ms,
    pulled_ms: null,
    status: mixed && isArchived(image.number) ? "ARCHIVED" : "ACTIVE",
    tagged: tagged ? 1 : 0,
  };
  insert.manifests(manifest);
  insert.manifest_layers(manifestLayerRow(manifest, image.config, CONFIG_TYPE));
  insert.manifest_layers(manifestLayerRow(manifest, image.layer, LAYER_TYPE));
  if (!tagged) return;
  const tag: TagRow = { repository_id: repository.id, tag: tagOf(image.number), manifest: digest, moved_ms };
  insert.tags(tag);
}

/** A layer whose lease ran out long ago. */
export function layerRow(repository_id: number, digest: string, size: number): LayerRow {
  return { repository_id, digest, size, created_ms: BEGUN_MS, leased_until_ms: BEGUN_MS, damaged: 0 };
}

function manifestLayerRow(manifest: ManifestRow, layer: string, media_type: string): ManifestLayerRow {
  return { repository_id: manifest.repository_id, manifest: manifest.digest, layer, media_type };
}

export function digestOf(bytes: string | Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}
