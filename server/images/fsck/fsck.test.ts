import assert from "node:assert/strict";
import { randomBytes, randomUUID } from "node:crypto";
import { readdir, rename, rm, truncate } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { Digest, RepositoryName } from "../../kernel/names.ts";
import { appendToUpload } from "../../layers/append-to-upload.ts";
import { checkBlob } from "../../layers/scrub/check-blob.ts";
import type { Finding } from "../../layers/scrub/finding.ts";
import { startUpload } from "../../layers/start-upload.ts";
import { type Query, query } from "../../platform/metadata/query.ts";
import { appendOptions, bodyOf, putBlob, sha } from "../../testing/blobs-suite.ts";
import { testCall } from "../../testing/call.ts";
import { type DiskLayers, flipBit, openDiskLayers } from "../../testing/disk-layers.ts";
import { dump } from "../../testing/dump.ts";
import { image, index, type TestImage } from "../../testing/image.ts";
import { app, other, pushLayer } from "../../testing/layers.ts";
import { putImage } from "../put-image.ts";
import { findAll } from "./find-all.ts";

const call = testCall();
const { signal } = call.client;
const NOBODY = 4_711;

const idOfOther = query()((db) => db.selectFrom("repositories").select("id").where("name", "=", other));

/** Two repositories with the same image, an index of it in the first, and a tag on each. */
async function openRegistry(): Promise<{ it: DiskLayers; of: TestImage; layer: Digest }> {
  const it = await openDiskLayers();
  const of = image({ layers: 2 });
  for (const name of [app, other]) {
    for (const bytes of of.blobs)
      await pushLayer(it.deps, call, { name, digest: sha(bytes), body: bodyOf(bytes), expected_bytes: bytes.length });
    await push(it, of, name);
  }
  await push(it, index([of]), app, "all");
  // A stage that is as old as the clock is not looked at.
  it.clock.advance(60_000);
  return { it, of, layer: sha(of.blobs[1] ?? Buffer.alloc(0)) };
}

const push = (it: DiskLayers, of: TestImage, name: RepositoryName, tag = "v1") =>
  putImage(it.deps, call, { name, body: of.body, mediaType: of.mediaType, tags: [tag as never], onIdentical: "succeed" });

const run = <P>(it: DiskLayers, statement: Query<P, unknown>, parameters: P) =>
  it.deps.metadata.writeGlobal((tx) => tx.run(statement, parameters));

const find = (it: DiskLayers, readBytes = false): Promise<Finding[]> =>
  Array.fromAsync(findAll({ ...it.deps, signal, readBytes }));

const named = (findings: readonly Finding[]) => findings.map(({ kind, what }) => `${kind} ${what}`).sort();

async function repair(it: DiskLayers, findings: readonly Finding[]): Promise<boolean[]> {
  const repaired: boolean[] = [];
  for (const finding of findings) repaired.push((await finding.repair?.({ ...it.deps, signal })) ?? false);
  return repaired;
}

test("a registry that is whole has nothing to find, and looking changes nothing", async () => {
  const { it } = await openRegistry();
  await using _it = it;
  const before = await dump(it.deps.metadata);
  assert.deepEqual(await find(it, true), []);
  assert.deepEqual(await dump(it.deps.metadata), before);
});

test("bytes that are gone are found, marked, and put back where they were set aside", async () => {
  const { it, layer } = await openRegistry();
  await using _it = it;
  const aside = join(it.folder, "elsewhere");
  await rename(it.fileOf(layer), aside);
  const found = await find(it);
  assert.deepEqual(named(found), [`missing-bytes ${layer}`]);
  assert.deepEqual(await repair(it, found), [false]);
  assert.deepEqual(named(await find(it)), [`known-damage ${layer}`]);
  await rename(aside, it.fileOf(layer));
  const marked = await find(it);
  assert.deepEqual(named(marked), [`wrong-mark ${layer}`]);
  assert.deepEqual(await repair(it, marked), [true]);
  assert.deepEqual(await find(it), []);
});

test("bytes that were set aside and turn out to be sound are put back", async () => {
  const { it, layer } = await openRegistry();
  await using _it = it;
  await it.flipBit(layer);
  await checkBlob(it.deps, layer, { signal });
  const [name = ""] = await readdir(join(it.folder, "set-aside"));
  await flipBit(join(it.folder, "set-aside", name));
  const found = await find(it);
  assert.deepEqual(named(found), [`known-damage ${layer}`]);
  assert.deepEqual(await repair(it, found), [true]);
  assert.deepEqual(await find(it, true), []);
});

test("bytes that were changed are found where all are read, and of another size always", async () => {
  const { it, layer } = await openRegistry();
  await using _it = it;
  await it.flipBit(layer);
  assert.deepEqual(await find(it), []);
  assert.deepEqual(named(await find(it, true)), [`damaged-bytes ${layer}`]);
  await truncate(it.fileOf(layer), 3);
  const found = await find(it);
  assert.deepEqual(named(found), [`wrong-size ${layer}`]);
  assert.deepEqual(await repair(it, found), [false]);
  assert.deepEqual(it.reported, [layer]);
  assert.deepEqual(named(await find(it)), [`known-damage ${layer}`]);
});

test("bytes that no row names, and staged ones of no upload, are found and left to those who collect them", async () => {
  const { it } = await openRegistry();
  await using _it = it;
  const digest = await putBlob(it.deps.blobs, randomBytes(10));
  const stage = randomUUID();
  await it.deps.blobs.append(stage, 0, bodyOf(randomBytes(10)), appendOptions());
  it.clock.advance(60_000);
  const found = await find(it);
  assert.deepEqual(named(found), [`stray-stage ${stage}`, `unnamed-bytes ${digest}`]);
  assert.deepEqual(await repair(it, found), [false, false]);
});

test("an upload whose bytes are gone is ended, and one that goes on is none of ours", async () => {
  const { it } = await openRegistry();
  await using _it = it;
  const ids: string[] = [];
  for (let number = 0; number < 2; number++) {
    const key = { name: app, ...(await startUpload(it.deps, call, { name: app })) };
    await appendToUpload(it.deps, call, { ...key, body: bodyOf(randomBytes(10)) });
    ids.push(key.uploadId);
  }
  await startUpload(it.deps, call, { name: app });
  it.clock.advance(60_000);
  await rm(join(it.folder, "staging", ids[0] ?? ""));
  const found = await find(it);
  assert.deepEqual(named(found), [`missing-stage ${ids[0]}`]);
  assert.deepEqual(await repair(it, found), [true]);
  assert.deepEqual(await find(it), []);
});

/** Rows that say what is not so: what breaks, what is then found, and whether it can be put right. */
const LIES: Readonly<
  Record<string, (of: TestImage, layer: Digest) => { lie: Query<object, unknown>; found: string[]; repaired: boolean }>
> = {
  "a layer of another size": (_of, layer) => ({
    lie: query()((db) => db.updateTable("layers").set({ size: 5 }).where("digest", "=", layer)),
    found: [`wrong-size ${layer}`],
    repaired: true,
  }),
  "a layer that is marked as damaged and is not": (_of, layer) => ({
    lie: query()((db) => db.updateTable("layers").set({ damaged: 1 }).where("digest", "=", layer)),
    found: [`wrong-mark ${layer}`],
    repaired: true,
  }),
  "a layer that its image needs and the repository does not have": ({ digest }, layer) => ({
    lie: query()((db) =>
      db
        .deleteFrom("layers")
        .where("digest", "=", layer)
        .where("repository_id", "in", (q) =>
          q.selectFrom("manifest_children").select("repository_id").where("child", "=", digest),
        ),
    ),
    found: [`missing-layer ${layer}`],
    repaired: true,
  }),
  "a manifest that is not what its digest says": ({ digest }) => ({
    lie: query()((db) =>
      db
        .updateTable("manifests")
        .set({ body: Buffer.from("{}") })
        .where("digest", "=", digest)
        .where("digest", "in", (q) => q.selectFrom("manifests").select("digest")),
    ),
    found: [`wrong-body ${digest}`, `wrong-body ${digest}`],
    repaired: false,
  }),
  "images that are listed as untagged and are not": ({ digest }) => ({
    lie: query()((db) => db.updateTable("manifests").set({ tagged: 0 }).where("digest", "=", digest)),
    found: [`wrong-tagged ${digest}`, `wrong-tagged ${digest}`],
    repaired: true,
  }),
  "a tag that leads nowhere": () => ({
    lie: query()((db) => db.updateTable("tags").set({ manifest: "sha256:00" }).where("tag", "=", "all")),
    found: ["stray-tag all"],
    repaired: false,
  }),
};
for (const [what, lieAbout] of Object.entries(LIES)) {
  test(`${what} is found${lieAbout(image(), "" as Digest).repaired ? ", and put right" : ""}`, async () => {
    const { it, of, layer } = await openRegistry();
    await using _it = it;
    const { lie, found, repaired } = lieAbout(of, layer);
    await run(it, lie, {});
    const findings = (await find(it)).filter((one) => found.includes(`${one.kind} ${one.what}`) || repaired);
    assert.deepEqual(named(findings), found);
    assert.ok(findings.every((one) => one.repository_id !== undefined));
    assert.ok((await repair(it, findings)).every((each) => each === repaired));
    if (repaired) assert.deepEqual(await find(it), []);
  });
}

test("an index without its image, and the parts of images that are not there, are found; the parts are removed", async () => {
  const { it, of } = await openRegistry();
  await using _it = it;
  await run(
    it,
    query<{ digest: string }>()((db, p) => db.deleteFrom("manifests").where("digest", "=", p.digest)),
    of,
  );
  const found = await find(it);
  const parts = of.blobs.map((bytes) => `stray-part ${sha(bytes)}`);
  const tags = ["stray-tag v1", "stray-tag v1"];
  assert.deepEqual(named(found), [`missing-child ${of.digest}`, ...[...parts, ...parts].sort(), ...tags]);
  await repair(it, found);
  assert.deepEqual(named(await find(it)), [`missing-child ${of.digest}`, ...tags]);
});

test("rows of a repository that is gone are found, unless they are about to go or it can come back, and are swept", async () => {
  const { it } = await openRegistry();
  await using _it = it;
  const { id } = (await it.deps.metadata.readGlobal((tx) => tx.first(idOfOther, {})))!;
  // As if the one repository's had never been there.
  await run(it, moveLayers, { id });
  await run(it, moveTags, { id });
  const found = (await find(it)).filter(({ kind }) => kind === "stray-rows");
  assert.deepEqual(named(found), ["stray-rows layers", "stray-rows tags"]);
  assert.ok(found.every((one) => one.repository_id === NOBODY));
  assert.deepEqual(await repair(it, found), [true, true]);
  assert.deepEqual(
    (await find(it)).filter(({ kind }) => kind === "stray-rows"),
    [],
  );
});

const moveLayers = query<{ id: number }>()((db, p) =>
  db.updateTable("layers").set({ repository_id: NOBODY }).where("repository_id", "=", p.id),
);
const moveTags = query<{ id: number }>()((db, p) =>
  db.updateTable("tags").set({ repository_id: NOBODY }).where("repository_id", "=", p.id),
);

test("a deleted image that could be brought back but for its layers is found", async () => {
  const { it, of, layer } = await openRegistry();
  await using _it = it;
  const until_ms = it.clock.now() + 1;
  await run(it, insertKept, { ...of, id: "b", until_ms, media_type: of.mediaType });
  await run(it, insertKept, { ...of, id: "c", until_ms, media_type: of.mediaType, body: Buffer.from("{") });
  await run(it, insertKept, { ...of, id: "a", until_ms: 0, media_type: of.mediaType });
  assert.deepEqual(
    (await find(it)).map(({ kind, detail }) => [kind, detail]),
    [["unrestorable-image", "Its manifest cannot be read."]],
  );
  const rest = image();
  await run(it, insertKept, { ...rest, id: "d", until_ms, media_type: rest.mediaType });
  assert.deepEqual(named(await find(it)), [`unrestorable-image ${of.digest}`, `unrestorable-image ${rest.digest}`].sort());
  assert.ok(layer);
});

const insertKept = query<{ id: string; until_ms: number; digest: string; media_type: string; body: Uint8Array }>()((db, p) =>
  db
    .insertInto("deleted_manifests")
    .columns([
      "deletion_id",
      "restorable_until_ms",
      "repository_id",
      "digest",
      "media_type",
      "body_size",
      "image_size",
      "pushed_ms",
      "status",
      "body",
    ])
    .expression((q) =>
      q
        .selectFrom("repositories")
        .select((it) => [
          it.cast<string>(it.val(p.id), "text").as("deletion_id"),
          it.cast<number>(it.val(p.until_ms), "bigint").as("restorable_until_ms"),
          "id as repository_id",
          it.cast<string>(it.val(p.digest), "text").as("digest"),
          it.cast<string>(it.val(p.media_type), "text").as("media_type"),
          it.lit(1).as("body_size"),
          it.lit(1).as("image_size"),
          it.lit(1).as("pushed_ms"),
          it.cast<string>(it.val("ACTIVE"), "text").as("status"),
          it.val(p.body).as("body"),
        ])
        .where("name", "=", app),
    ),
);
