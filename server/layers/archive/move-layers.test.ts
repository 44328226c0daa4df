import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { imageJobs } from "../../images/jobs.ts";
import { DELETING_LEASE_S } from "../../kernel/limits.ts";
import { archivingBlobs, type BlobStores } from "../../platform/blobs/archiving-blobs.ts";
import type { Blobs } from "../../platform/blobs/blobs.ts";
import { createMemoryBlobs } from "../../platform/blobs/memory-blobs.ts";
import { findRepository } from "../../repositories/find-repository.ts";
import { blobsSuite, putBlob } from "../../testing/blobs-suite.ts";
import { repositoryName, testCall } from "../../testing/call.ts";
import { openTestEcr, pushImage, type TestEcr } from "../../testing/ecr.ts";
import { digestOf, image, index, type TestImage } from "../../testing/image.ts";
import { deletingBlob } from "../collect/deleting-rows.ts";
import { damagedBlobs } from "../scrub/damage-rows.ts";
import { recheckRunner } from "../scrub/recheck.ts";
import { archivedBlob } from "./archive-rows.ts";
import { moveLayers } from "./move-layers.ts";

blobsSuite("Blobs with an archive", async () => {
  return archivingBlobs({ first: createMemoryBlobs(), archive: createMemoryBlobs() });
});

describe("the layers of archived images", () => {
  let ecr: TestEcr;
  let stores: BlobStores;
  beforeEach(async () => {
    ecr = await openTestEcr();
    stores = { first: ecr.blobs, archive: createMemoryBlobs() };
    await ecr.call("CreateRepository", { repositoryName: "app" });
    await ecr.call("CreateRepository", { repositoryName: "other" });
  });
  afterEach(() => ecr[Symbol.asyncDispose]());

  const { signal } = new AbortController();
  const move = async (among: BlobStores = stores) => {
    const failure = await moveLayers({ ...ecr, stores: among }, signal);
    if (failure !== undefined) throw failure;
  };
  const push = async (of: TestImage, name = "app"): Promise<void> => {
    for (const bytes of of.blobs) await putBlob(stores.first, bytes);
    await pushImage(ecr, name, of, "v1");
  };
  const put = (of: TestImage, targetStorageClass: "ARCHIVE" | "STANDARD", repository = "app") =>
    ecr.call("UpdateImageStorageClass", {
      repositoryName: repository,
      imageId: { imageDigest: of.digest },
      targetStorageClass,
    });
  const activate = async (among: BlobStores = stores) => {
    const { id } = await ecr.metadata.read(testCall().registry, (tx) => findRepository(tx, repositoryName("app")));
    const [job] = imageJobs({ ...ecr, stores: among });
    return job?.run({ repository_id: id }, signal);
  };
  const statusOf = async (of: TestImage): Promise<string> => {
    const input = { repositoryName: "app", imageIds: [{ imageDigest: of.digest }] };
    return (await ecr.call("DescribeImages", input)).imageDetails[0].imageStatus;
  };
  /** In which stores each layer lies. */
  const places = (of: TestImage) =>
    Promise.all(
      of.blobs.map(async (bytes) => {
        const [first, archive] = await Promise.all([isIn(stores.first, bytes), isIn(stores.archive, bytes)]);
        return `${first ? "first" : ""}${first && archive ? "+" : ""}${archive ? "archive" : ""}`;
      }),
    );
  const rowOf = (bytes: Buffer) => ecr.metadata.readGlobal((tx) => tx.first(archivedBlob, { digest: digestOf(bytes) }));

  test("move away with the last image that is active, and come back before the first one is again", async () => {
    const one = image();
    const { config, layers } = JSON.parse(one.body.toString());
    const two = { ...image({ extra: { config, layers, annotations: { of: "the same layers" } } }), blobs: one.blobs };
    await push(one);
    await push(two);
    await put(one, "ARCHIVE");
    await move();
    assert.deepEqual(new Set(await places(one)), new Set(["first"]));
    await put(two, "ARCHIVE");
    await move();
    await move();
    assert.deepEqual(new Set(await places(one)), new Set(["archive"]));
    await put(one, "STANDARD");
    await activate();
    assert.ok((await places(one)).every((it) => it.startsWith("first")));
    assert.equal(await statusOf(one), "ACTIVE");
    await move();
    assert.deepEqual(new Set(await places(one)), new Set(["first"]));
    for (const bytes of one.blobs) assert.equal(await rowOf(bytes), undefined);
  });

  test("stay for another repository where they are not archived", async () => {
    const one = image();
    await push(one);
    await push(one, "other");
    await put(one, "ARCHIVE");
    await move();
    assert.deepEqual(new Set(await places(one)), new Set(["first"]));
    await put(one, "ARCHIVE", "other");
    await move();
    assert.deepEqual(new Set(await places(one)), new Set(["archive"]));
  });

  test("can be read in the archive when a push brings the image back at once", async () => {
    const one = image();
    await push(one);
    await put(one, "ARCHIVE");
    await move();
    await pushImage(ecr, "app", one, "again");
    const both = archivingBlobs(stores);
    for (const bytes of one.blobs) assert.equal(await both.size(digestOf(bytes)), bytes.length);
    await move();
    assert.deepEqual(new Set(await places(one)), new Set(["first"]));
  });

  test("are in one store at every moment, wherever a move is broken off", async () => {
    const one = image();
    await push(one);
    for (const target of ["ARCHIVE", "STANDARD"] as const) {
      await put(one, target);
      if (target === "STANDARD") await activate();
      for (let steps = 0; ; steps++) {
        let left = steps;
        const step = () => {
          if (left-- <= 0) throw new Error("broken off");
        };
        const done = await move({ first: counting(stores.first, step), archive: counting(stores.archive, step) }).then(
          () => true,
          (error: Error) => assert.equal(error.message, "broken off"),
        );
        assert.ok(
          (await places(one)).every((it) => it !== ""),
          `after ${steps} steps towards ${target}`,
        );
        if (done === true) break;
      }
      assert.deepEqual(new Set(await places(one)), new Set([target === "ARCHIVE" ? "archive" : "first"]));
    }
  });

  test("stay in the archive when their image is deleted, until it is brought back and restored", async () => {
    const one = image();
    await push(one);
    await put(one, "ARCHIVE");
    await move();
    await ecr.call("BatchDeleteImage", { repositoryName: "app", imageIds: [{ imageDigest: one.digest }] });
    await move();
    assert.deepEqual(new Set(await places(one)), new Set(["archive"]));
  });

  test("go to the archive again when only their bytes were pushed, and no image", async () => {
    const one = image();
    await push(one);
    await put(one, "ARCHIVE");
    await move();
    const bytes = one.blobs[0] as Buffer;
    const { uploadId } = await ecr.call("InitiateLayerUpload", { repositoryName: "app" });
    const part = { partFirstByte: 0, partLastByte: bytes.length - 1, layerPartBlob: bytes.toString("base64") };
    await ecr.call("UploadLayerPart", { repositoryName: "app", uploadId, ...part });
    const completing = { repositoryName: "app", uploadId, layerDigests: [digestOf(bytes)] };
    await assert.rejects(ecr.call("CompleteLayerUpload", completing), /already exists/);
    assert.ok((await places(one)).includes("first+archive"));
    await move();
    assert.deepEqual(new Set(await places(one)), new Set(["archive"]));
  });

  test("do not leave the first store for a copy in the archive that is damaged", async () => {
    const one = image();
    await push(one);
    await put(one, "ARCHIVE");
    await move();
    await put(one, "STANDARD");
    await activate();
    await put(one, "ARCHIVE");
    const damaged: Blobs = { ...stores.archive, verify: async () => ({ state: "damaged", why: "It has rotted.", version: "" }) };
    let aside = 0;
    await move({
      ...stores,
      archive: { ...damaged, setAside: async (digest) => (aside++, await stores.archive.delete(digest), true) },
    });
    assert.equal(aside, one.blobs.length);
    assert.deepEqual(new Set(await places(one)), new Set(["archive"]));
  });

  test("are kept from pushes and collectors while one of two copies goes", async () => {
    const one = image();
    await push(one);
    await put(one, "ARCHIVE");
    const marks: (number | undefined)[] = [];
    const first: Blobs = {
      ...stores.first,
      async deleteWithin(digests, within_ms) {
        for (const digest of digests)
          marks.push((await ecr.metadata.readGlobal((tx) => tx.first(deletingBlob, { digest })))?.until_ms);
        return stores.first.deleteWithin(digests, within_ms);
      },
    };
    await move({ ...stores, first });
    assert.equal(marks.filter((it) => it !== undefined).length, one.blobs.length);
    for (const digest of one.blobs.map((it) => digestOf(it))) {
      assert.equal(await ecr.metadata.readGlobal((tx) => tx.first(deletingBlob, { digest })), undefined);
    }
  });

  test("are not lost to a process that has slept while another moved them back", async () => {
    const one = image();
    await push(one);
    await put(one, "ARCHIVE");
    await move();
    await put(one, "STANDARD");
    await activate();
    let slept = false;
    // It falls asleep when it has seen that the bytes are home, and has not deleted the other copy yet.
    const first: Blobs = {
      ...stores.first,
      async size(digest) {
        const size = await stores.first.size(digest);
        if (!slept) {
          slept = true;
          ecr.clock.advance(DELETING_LEASE_S * 1000);
          await put(one, "ARCHIVE");
          await move();
        }
        return size;
      },
    };
    await move({ ...stores, first });
    assert.ok(slept);
    assert.ok((await places(one)).every((it) => it !== ""));
  });

  test("go to the archive though others cannot come home, and are restored one by one", async () => {
    const [one, two, three] = [image(), image(), image()];
    for (const it of [one, two]) await push(it);
    for (const it of [one, two]) await put(it, "ARCHIVE");
    await move();
    for (const it of [one, two]) await put(it, "STANDARD");
    const first = fullFor(stores.first, one);
    assert.equal(String((await activate({ ...stores, first }))?.failure), "Error: The disk is full.");
    assert.equal(await statusOf(one), "ACTIVATING");
    assert.equal(await statusOf(two), "ACTIVE");

    await push(three);
    await put(three, "ARCHIVE");
    await assert.rejects(move({ ...stores, first }), /The disk is full/);
    assert.deepEqual(new Set(await places(three)), new Set(["archive"]));
    assert.deepEqual(new Set(await places(two)), new Set(["first"]));
    assert.equal(await activate(), undefined);
    assert.equal(await statusOf(one), "ACTIVE");
  });

  test("come home before any index that lists their image", async () => {
    const one = image();
    const list = index([one]);
    await push(one);
    await push(list);
    await put(list, "ARCHIVE");
    await move();
    await put(list, "STANDARD");
    await activate({ ...stores, first: fullFor(stores.first, one) });
    assert.deepEqual([await statusOf(one), await statusOf(list)], ["ACTIVATING", "ACTIVATING"]);
    await activate();
    assert.deepEqual([await statusOf(one), await statusOf(list)], ["ACTIVE", "ACTIVE"]);
  });

  test("that are in neither store are looked at as damaged ones, and hold nobody up", async () => {
    const one = image();
    await push(one);
    await put(one, "ARCHIVE");
    await move();
    for (const bytes of one.blobs) await stores.archive.delete(digestOf(bytes));
    await put(one, "STANDARD");
    assert.equal(await activate(), undefined);
    assert.equal(await statusOf(one), "ACTIVE");
    const both = { ...ecr, blobs: archivingBlobs(stores) };
    await recheckRunner(both, 1).run({ digest: digestOf(one.blobs[0] as Buffer) }, signal);
    assert.equal((await ecr.metadata.readGlobal((tx) => tx.all(damagedBlobs, { after: "", limit: 9 }))).length, 1);
    await putBlob(stores.first, one.blobs[0] as Buffer);
  });

  test("are found when they come home between the looks into the two stores", async () => {
    const bytes = Buffer.from("a layer");
    const digest = await putBlob(stores.archive, bytes);
    const home = async () => {
      await putBlob(stores.first, bytes);
      await stores.archive.delete(digest);
    };
    const archive: Blobs = {
      ...stores.archive,
      open: async (it) => (await home(), stores.archive.open(it)),
    };
    await using blob = await archivingBlobs({ ...stores, archive }).open(digest);
    assert.equal(blob?.size, bytes.length);
  });

  test("that are not in the archive as they were leave the copy in the first store alone", async () => {
    const one = image();
    await pushImage(ecr, "app", one, "v1");
    await put(one, "ARCHIVE");
    await move();
    assert.deepEqual(new Set(await places(one)), new Set([""]));
  });
});

const isIn = async (blobs: Blobs, bytes: Buffer): Promise<boolean> => (await blobs.size(digestOf(bytes))) !== undefined;

/** A store that has no room for the layers of an image. */
function fullFor(blobs: Blobs, of: TestImage): Blobs {
  const full = new Set(of.blobs.map((it) => digestOf(it)));
  return {
    ...blobs,
    async commit(stage, size, digest) {
      if (full.has(digest)) throw new Error("The disk is full.");
      await blobs.commit(stage, size, digest);
    },
  };
}

/** A store that asks before each change whether it may go on. */
function counting(blobs: Blobs, step: () => void): Blobs {
  return {
    ...blobs,
    append: (...all) => (step(), blobs.append(...all)),
    commit: (...all) => (step(), blobs.commit(...all)),
    deleteWithin: (...all) => (step(), blobs.deleteWithin(...all)),
  };
}
