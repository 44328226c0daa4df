import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { BatchDeleteImageCommand, CreateRepositoryCommand } from "@aws-sdk/client-ecr";
import { digestOf } from "../clients/image-layout.ts";
import { type Installation, install, openMetadata, runLongshore, tryLongshore } from "../installation.ts";
import { type RunningLongshore, startLongshore } from "../longshore.ts";
import { query } from "../../server/platform/metadata/query.ts";
import { withoutMounts } from "../../server/testing/mounts.ts";
import { without } from "../programs.ts";
import {
  type Answer,
  assertWhole,
  expectStatus,
  locationOf,
  makeImage,
  type OciClient,
  ociClient,
  withDigest,
} from "./oci-client.ts";

const DISK_MB = 64;
const LAYER_BYTES = 10_000_000;
const REPOSITORY = "crash/disk";
const FILLERS_MAX = 900;
const BLOCK_BYTES = 64 * 1024;

/** As they are a day after the pushes. */
const expireLeases = query()((db) => db.updateTable("layers").set({ leased_until_ms: 0 }));

describe("a disk that is full", { skip: without("mount", "umount") || withoutMounts() }, () => {
  let disk: string;
  let installation: Installation;
  let server: RunningLongshore;
  let client: OciClient;

  before(async () => {
    disk = mkdtempSync(join(tmpdir(), "longshore-disk-"));
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${DISK_MB}m`, "none", disk]);
    installation = await install(disk);
    server = await startLongshore(installation, { workers: 2 });
    client = await ociClient(server);
    await server.ecr.send(new CreateRepositoryCommand({ repositoryName: REPOSITORY }));
  });
  after(async () => {
    await server?.stop();
    await installation?.[Symbol.asyncDispose]();
    execFileSync("umount", ["-l", disk]);
    rmSync(disk, { recursive: true, force: true });
  });

  test("is told to the client that pushes a layer; what is there is served; and space that comes back is used", async () => {
    const kept = makeImage(LAYER_BYTES);
    await client.pushImage(REPOSITORY, "kept", kept);

    const space = await takeSpace(disk, LAYER_BYTES / 2);
    const refused = makeImage(LAYER_BYTES);
    for (let tries = 0; tries < 3; tries++) assertSaysWhy(await tryPushing(client, refused.layer));
    await assertWhole(client, REPOSITORY, "kept", kept);
    expectStatus(await client.send("GET", "/healthz"), 200);
    assert.equal((await client.send("HEAD", `/v2/${REPOSITORY}/blobs/${digestOf(refused.layer)}`)).status, 404);

    await rm(space);
    await client.pushImage(REPOSITORY, "refused", refused);
    await assertWhole(client, REPOSITORY, "refused", refused);
  });

  test("is emptied by deleting images, which needs none of the space that pushes may take", async () => {
    const [going, refused] = [makeImage(LAYER_BYTES), makeImage(LAYER_BYTES)];
    await client.pushImage(REPOSITORY, "going", going);
    // Many at once, then smaller and smaller, until there is no room for the smallest; then manifests.
    await Promise.all(Array.from({ length: 16 }, () => tryPushing(client, makeImage(LAYER_BYTES / 2).layer)));
    for (let size = LAYER_BYTES / 10; size >= 1; size /= 10) {
      while ((await tryPushing(client, makeImage(size).layer)).status === 201);
    }
    assertSaysWhy(await tryPushing(client, refused.layer));
    // PostgreSQL keeps them elsewhere.
    for (let count = 0; installation.metadata === undefined; count++) {
      const answer = await client.pushManifest(REPOSITORY, `large-${count}`, padded(going.manifest, `${count}`));
      if (answer.status !== 201) {
        assertSaysWhy(answer);
        break;
      }
    }

    await server.kill();
    server = await startLongshore(installation, { workers: 2 });
    client = await ociClient(server);
    const imageIds = [{ imageTag: "going" }];
    await server.ecr.send(new BatchDeleteImageCommand({ repositoryName: REPOSITORY, imageIds }));
    await runLongshore(installation, ["deletions", "purge", REPOSITORY]);
    await using metadata = await openMetadata(installation);
    await metadata.writeGlobal((tx) => tx.run(expireLeases, {}));
    await runLongshore(installation, ["gc"]);
    await client.pushImage(REPOSITORY, "refused", refused);
    await assertWhole(client, REPOSITORY, "refused", refused);
  });

  test("is told to the client that pushes a manifest; what is there is served, also after a restart", async () => {
    const kept = makeImage(1_000);
    await client.pushImage(REPOSITORY, "small", kept);
    const refused = makeImage(1_000);
    await client.pushBlob(REPOSITORY, refused.config);
    await client.pushBlob(REPOSITORY, refused.layer);

    const space = await takeSpace(disk, 0);
    // The files of the database may have some room left, which is filled by and by. PostgreSQL's are elsewhere.
    let stored = -1;
    let answer: Answer;
    do {
      answer = await client.pushManifest(REPOSITORY, `filler-${stored + 1}`, refused.manifest);
      if (answer.status === 201) stored++;
    } while (answer.status === 201 && installation.metadata === undefined && stored < FILLERS_MAX);
    if (installation.metadata === undefined) assertSaysWhy(answer);
    await assertWhole(client, REPOSITORY, "small", kept);

    await server.kill();
    await rm(space);
    server = await startLongshore(installation, { workers: 2 });
    client = await ociClient(server);
    await assertWhole(client, REPOSITORY, "small", kept);
    if (stored >= 0) await assertWhole(client, REPOSITORY, `filler-${stored}`, refused);
    await client.pushImage(REPOSITORY, "after", refused);
    await assertWhole(client, REPOSITORY, "after", refused);
  });

  test("keeps a server from starting, which names the folder and leaves it as it was", async (t) => {
    if (installation.metadata !== undefined) return t.skip("the database is on another disk");
    const kept = makeImage(1_000);
    await client.pushImage(REPOSITORY, "before", kept);
    await server.stop();
    const fresh = { data: join(disk, "fresh"), metadata: undefined };
    const space = await takeSpace(disk, 0);
    for (const workers of ["1", "2"]) {
      const start = ["serve", "--port", "0", "--log-level", "error", "--workers", workers];
      assert.deepEqual(await tryLongshore(installation, start), {
        code: 1,
        output: `longshore: The disk of the data folder ${installation.data} is full or failing: make room on it, then start again.\n`,
      });
      const { code, output } = await tryLongshore(fresh, start);
      assert.equal(code, 1);
      assert.match(
        output,
        /^longshore: The root key file \S+ cannot be made: the disk of \S+fresh is full\. Make room on it, .*\n$/,
      );
      assert.deepEqual(readdirSync(fresh.data), []);
    }
    await rm(space);
    server = await startLongshore(installation, { workers: 2 });
    client = await ociClient(server);
    await assertWhole(client, REPOSITORY, "before", kept);
  });
});

/** The same manifest with so much in its annotations that it is nearly as large as one may be. */
function padded(manifest: Buffer, name: string): Buffer {
  const annotations = { name, padding: "x".repeat(4_000_000) };
  return Buffer.from(JSON.stringify({ ...JSON.parse(manifest.toString()), annotations }));
}

/** Fills the disk with a file until only so many bytes are free. Returns its path. */
async function takeSpace(disk: string, free_bytes: number): Promise<string> {
  const path = join(disk, "taken");
  const file = await open(path, "w");
  try {
    const block = Buffer.alloc(BLOCK_BYTES);
    while ((await file.write(block)).bytesWritten === BLOCK_BYTES);
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, "ENOSPC");
  }
  const { size } = await file.stat();
  await file.truncate(size - free_bytes);
  await file.close();
  return path;
}

/** A push of a layer, and the first answer that is not a success. */
async function tryPushing(client: OciClient, layer: Buffer): Promise<Answer> {
  const begun = await client.send("POST", `/v2/${REPOSITORY}/blobs/uploads/`);
  if (begun.status !== 202) return begun;
  const sent = await client.send("PATCH", locationOf(begun), new Uint8Array(layer));
  if (sent.status !== 202) {
    await client.send("DELETE", locationOf(begun));
    return sent;
  }
  return client.send("PUT", withDigest(locationOf(sent), digestOf(layer)));
}

/** An error of the server, in the form of the specification, with a sentence. */
function assertSaysWhy(answer: Answer): void {
  assert(answer.status === 507 || answer.status === 500, `${answer.status}: ${answer.body.toString()}`);
  const [error] = JSON.parse(answer.body.toString()).errors;
  assert.match(error.message, /(space|full|storage|disk)/i);
  assert.doesNotMatch(error.message, /ENOSPC|SQLITE|\n/, "an error of the machine is shown");
}
