import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import type { Digest, Tag } from "../kernel/names.ts";
import { repositoryName, testCall } from "../testing/call.ts";
import { openTestEcr, pushImage, type TestEcr } from "../testing/ecr.ts";
import { image, index, type TestImage } from "../testing/image.ts";
import { deleteImage, deleteTag } from "./delete-image.ts";

const name = repositoryName("app");
const resourceArn = "arn:aws:ecr:us-east-1:000000000000:repository/app";
const LOCKED = { code: "DeletionLockedException" };

describe("a lock", () => {
  let ecr: TestEcr;
  beforeEach(async () => {
    ecr = await openTestEcr();
    await ecr.call("CreateRepository", { repositoryName: name });
  });
  afterEach(() => ecr[Symbol.asyncDispose]());

  const push = async (of: TestImage, tag?: string): Promise<TestImage> => {
    await pushImage(ecr, name, of, tag);
    return of;
  };
  const lock = (Key: string) => ecr.call("TagResource", { resourceArn, tags: [{ Key, Value: "true" }] });
  const unlock = (Key: string) => ecr.call("UntagResource", { resourceArn, tagKeys: [Key] });
  const batchDelete = (...imageIds: { imageDigest?: string; imageTag?: string }[]) =>
    ecr.call("BatchDeleteImage", { repositoryName: name, imageIds });
  const failed = (key: string) => `is protected from deletion by the resource tag '${key}' of the repository.`;
  const byDigest = (digest: Digest) => deleteImage(ecr, testCall(), { name, digest });
  const byTag = (tag: string) => deleteTag(ecr, testCall(), { name, tag: tag as Tag });

  test("of a tag keeps the tag and its image, and no other tag", async () => {
    const { digest } = await push(image(), "v1");
    await ecr.call("PutImage", await manifestOf(digest, "v2"));
    await lock("longshore:lock-tag:v1");
    const { imageIds, failures } = await batchDelete({ imageTag: "v1" }, { imageDigest: digest }, { imageTag: "v2" });
    assert.deepEqual(imageIds, [{ imageTag: "v2", imageDigest: digest }]);
    assert.deepEqual(
      failures.map((it: { failureCode: string }) => it.failureCode),
      ["ImageInaccessible", "ImageInaccessible"],
    );
    assert.ok(failures[0].failureReason.startsWith(`The tag 'v1' ${failed("longshore:lock-tag:v1")}`), failures[0].failureReason);
    assert.ok(failures[1].failureReason.startsWith(`The image '${digest}' ${failed("longshore:lock-tag:v1")}`));
    await assert.rejects(byDigest(digest), LOCKED);
    await assert.rejects(byTag("v1"), LOCKED);
    await unlock("longshore:lock-tag:v1");
    assert.deepEqual((await batchDelete({ imageTag: "v1" })).failures, []);
  });

  test("of a tag does not hold the image that the tag has left", async () => {
    const before = await push(image(), "prod");
    await lock("longshore:lock-tag:prod");
    const after = await push(image(), "prod");
    assert.deepEqual((await batchDelete({ imageDigest: before.digest })).failures, []);
    assert.equal((await batchDelete({ imageDigest: after.digest })).failures.length, 1);
  });

  test("of an image keeps it, and lets its tags go", async () => {
    const { digest } = await push(image(), "v1");
    await lock(`longshore:lock-image:${digest}`);
    // By its last tag an image is deleted with it.
    assert.equal((await batchDelete({ imageTag: "v1" })).failures.length, 1);
    await byTag("v1");
    await assert.rejects(byDigest(digest), LOCKED);
    const { imageDetails } = await ecr.call("DescribeImages", { repositoryName: name });
    assert.equal(imageDetails.length, 1);
  });

  test("of the repository keeps every image and tag, and what an index lists stays with it", async () => {
    const child = await push(image());
    const parent = await push(index([child]), "v1");
    await lock("longshore:lock");
    const { imageIds, failures } = await batchDelete(
      { imageDigest: child.digest },
      { imageDigest: parent.digest },
      { imageTag: "v1" },
    );
    assert.deepEqual(imageIds, []);
    assert.equal(failures.length, 3);
    await unlock("longshore:lock");
    assert.deepEqual((await batchDelete({ imageDigest: child.digest }, { imageDigest: parent.digest })).failures, []);
  });

  async function manifestOf(imageDigest: string, imageTag: string): Promise<Readonly<Record<string, unknown>>> {
    const { images } = await ecr.call("BatchGetImage", { repositoryName: name, imageIds: [{ imageDigest }] });
    return { repositoryName: name, imageManifest: images[0].imageManifest, imageTag };
  }
});
