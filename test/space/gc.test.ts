import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { BatchDeleteImageCommand, CreateRepositoryCommand } from "@aws-sdk/client-ecr";
import { query } from "../../server/platform/metadata/query.ts";
import { digestOf } from "../clients/image-layout.ts";
import { assertWhole, makeImage, type OciClient, ociClient, type TestImage } from "../crash/oci-client.ts";
import { blobsIn, type Installation, install, openMetadata, runLongshore, spawnCommand } from "../installation.ts";
import { startLongshore } from "../longshore.ts";
import { sleep, until } from "../patience.ts";

const NAME = "space/app";
const ROUNDS = Number(process.env["LONGSHORE_GC_ROUNDS"] ?? 20);
const GARBAGE = 400;
const PUSHED_AGAIN = 10;
const MOMENT_MS_MAX = 60;

const expireLeases = query()((db) => db.updateTable("layers").set({ leased_until_ms: 0 }));
/** What a wait for half a minute would come to. */
const expireMarks = query()((db) => db.updateTable("deleting_blobs").set({ until_ms: 0 }));
const marks = query()((db) => db.selectFrom("deleting_blobs").select("digest"));
const insertLayer = query<{ digest: string; size: number }>()((db, p) =>
  db
    .insertInto("layers")
    .values({ repository_id: 1, digest: p.digest, size: p.size, created_ms: 0, leased_until_ms: 0, damaged: 0 }),
);

describe("collecting garbage beside a server", () => {
  let installation: Installation;
  before(async () => {
    installation = await install();
  });
  after(() => installation[Symbol.asyncDispose]());

  const start = () => startLongshore(installation, { workers: 2, flags: ["--gc-interval", "off", "--undo-window", "0"] });
  const gc = (...args: string[]) => runLongshore(installation, ["gc", ...args]);
  const gcJson = async (...args: string[]) => JSON.parse(await gc("--json", ...args));
  const stored = async () => (await blobsIn(installation.data)).map((it) => `sha256:${it}`);
  const needs = (image: TestImage) => [digestOf(image.config), digestOf(image.layer)];

  test("gives every byte back that no image needs, and tells before what it will", async () => {
    await using server = await start();
    await using metadata = await openMetadata(installation);
    const client = await ociClient(server);
    await server.ecr.send(new CreateRepositoryCommand({ repositoryName: NAME }));
    const images = Array.from({ length: 4 }, () => makeImage(50_000));
    for (const [index, image] of images.entries()) await client.pushImage(NAME, `v${index}`, image);
    const [kept, ...gone] = images;
    assert.ok(kept);
    const imageIds = gone.map(({ digest }) => ({ imageDigest: digest }));
    await server.ecr.send(new BatchDeleteImageCommand({ repositoryName: NAME, imageIds }));
    assert.equal((await gcJson()).layers, 0, "they have leases");
    await metadata.writeGlobal((tx) => tx.run(expireLeases, {}));
    const expected = await gcJson("--dry-run");
    assert.equal((await stored()).length, 8);
    assert.match(await gc("--dry-run"), /would delete 6 blobs .* Nothing was changed/);
    const done = await gcJson();
    const bytes = gone.flatMap((it) => [it.config.length, it.layer.length]).reduce((sum, size) => sum + size);
    assert.deepEqual(done.unneeded, { count: 6, bytes });
    assert.deepEqual([expected.layers, expected.unneeded], [done.layers, done.unneeded]);
    assert.deepEqual((await stored()).sort(), needs(kept).sort());
    assert.deepEqual(await gcJson("--status"), done);
    await assertWhole(client, NAME, "v0", kept);
    await server.ecr.send(new BatchDeleteImageCommand({ repositoryName: NAME, imageIds: [{ imageDigest: kept.digest }] }));
    await metadata.writeGlobal((tx) => tx.run(expireLeases, {}));
    await gc();
    assert.deepEqual(await stored(), []);
  });

  test(`loses nothing when it is killed, ${ROUNDS} times, while its garbage is pushed again, and gives everything back in the end`, async () => {
    await using server = await start();
    await using metadata = await openMetadata(installation);
    const client = await ociClient(server);
    const images: TestImage[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const [first, ...others] = Array.from({ length: GARBAGE }, () => randomBytes(100));
      assert.ok(first);
      await metadata.writeGlobal(async (tx) => {
        for (const bytes of [first, ...others]) await tx.run(insertLayer, { digest: digestOf(bytes), size: bytes.length });
      });
      for (const bytes of [first, ...others]) writeBlob(installation.data, bytes);
      const collector = spawnCommand(installation, ["gc"]);
      const begun = await hasBegun(stored, collector);
      const pushing = pushAgain(client, others.slice(0, PUSHED_AGAIN));
      if (begun) await sleep(Math.random() * MOMENT_MS_MAX);
      collector.kill("SIGKILL");
      if (collector.exitCode === null && collector.signalCode === null) await once(collector, "exit");
      await metadata.writeGlobal((tx) => tx.run(expireMarks, {}));
      const pushed = await pushing;
      for (const [index, image] of pushed.entries()) await assertWhole(client, NAME, `again-${images.length + index}`, image);
      images.push(...pushed);
    }
    await metadata.writeGlobal((tx) => tx.run(expireLeases, {}));
    const done = await gcJson();
    assert.deepEqual([done.isComplete, done.failures], [true, 0]);
    assert.deepEqual((await stored()).sort(), [...new Set(images.flatMap(needs))].sort());
    assert.deepEqual(await metadata.readGlobal((tx) => tx.all(marks, {})), []);
    for (const [index, image] of images.entries()) await assertWhole(client, NAME, `again-${index}`, image);

    /** Pushes images whose layers are garbage that is being collected. Each has a tag of its own. */
    async function pushAgain(to: OciClient, layers: readonly Buffer[]): Promise<TestImage[]> {
      const pushed: TestImage[] = [];
      for (const layer of layers) {
        const image = { ...makeImage(0), layer };
        const manifest = JSON.parse(image.manifest.toString());
        manifest.layers[0] = { ...manifest.layers[0], digest: digestOf(layer), size: layer.length };
        const body = Buffer.from(JSON.stringify(manifest));
        const whole = { ...image, manifest: body, digest: digestOf(body) };
        await to.pushImage(NAME, `again-${images.length + pushed.length}`, whole);
        pushed.push(whole);
      }
      return pushed;
    }
  });
});

function writeBlob(data: string, bytes: Buffer): void {
  const hex = digestOf(bytes).slice("sha256:".length);
  const folder = join(data, "blobs", "sha256", hex.slice(0, 2));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, hex), bytes);
}

/** Waits until the collector has taken bytes away. False when it has ended before that could be seen. */
async function hasBegun(stored: () => Promise<readonly string[]>, collector: ChildProcess): Promise<boolean> {
  const before = (await stored()).length;
  let begun = false;
  await until("the collector takes bytes away, or ends", async () => {
    begun = (await stored()).length < before;
    return begun || collector.exitCode !== null;
  });
  return begun;
}
