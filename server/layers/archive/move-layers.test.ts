import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { imageJobs } from "../../images/jobs.ts";
import { archivingBlobs, type BlobStores } from "../../platform/blobs/archiving-blobs.ts";
import type { Blobs } from "../../platform/blobs/blobs.ts";
import { createMemoryBlobs } from "../../platform/blobs/memory-blobs.ts";
import { findRepository } from "../../repositories/find-repository.ts";
import { blobsSuite, putBlob } from "../../testing/blobs-suite.ts";
import { repositoryName, testCall } from "../../testing/call.ts";
import { openTestEcr, pushImage, type TestEcr } from "../../testing/ecr.ts";
import { digestOf, image, type TestImage } from "../../testing/image.ts";
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
  const move = (among: BlobStores = stores) => moveLayers({ ...ecr, stores: among }, signal);
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
  const activate = async () => {
    const { id } = await ecr.metadata.read(testCall().registry, (tx) => findRepository(tx, repositoryName("app")));
    for (const job of imageJobs({ ...ecr, stores })) await job.run({ repository_id: id }, signal);
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
    assert.equal(
      (await ecr.call("DescribeImages", { repositoryName: "app", imageIds: [{ imageDigest: one.digest }] })).imageDetails[0]
        .imageStatus,
      "ACTIVE",
    );
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

  test("that are not in the archive as they were leave the copy in the first store alone", async () => {
    const one = image();
    await pushImage(ecr, "app", one, "v1");
    await put(one, "ARCHIVE");
    await move();
    assert.deepEqual(new Set(await places(one)), new Set([""]));
  });
});

const isIn = async (blobs: Blobs, bytes: Buffer): Promise<boolean> => (await blobs.size(digestOf(bytes))) !== undefined;

/** A store that asks before each change whether it may go on. */
function counting(blobs: Blobs, step: () => void): Blobs {
  return {
    ...blobs,
    append: (...all) => (step(), blobs.append(...all)),
    commit: (...all) => (step(), blobs.commit(...all)),
    delete: (...all) => (step(), blobs.delete(...all)),
  };
}
