import assert from "node:assert/strict";
import { test } from "node:test";
import type { Quotas } from "../kernel/quotas.ts";
import type { Tag } from "../kernel/names.ts";
import { createSealer } from "../keys/sealer.ts";
import { createRepository } from "../repositories/create-repository.ts";
import { findRepository } from "../repositories/find-repository.ts";
import { repositoryName, testCall, testRegistry } from "../testing/call.ts";
import { openTestEcr, pushImage } from "../testing/ecr.ts";
import { fakeClock } from "../testing/fake-clock.ts";
import { addLayers, image, type TestImage } from "../testing/image.ts";
import { openTestMetadata } from "../testing/metadata.ts";
import { batchDeleteImage } from "./batch-delete-image.ts";
import { describeImages } from "./describe-images.ts";
import { putImage } from "./put-image.ts";

const name = repositoryName("app");

async function open(quotas: Partial<Quotas>) {
  const metadata = await openTestMetadata();
  const deps = { metadata, clock: fakeClock(), quotas };
  const sealer = createSealer(Buffer.alloc(32, 1));
  await createRepository({ metadata, clock: deps.clock, sealer }, testCall(), { repositoryName: name });
  return {
    async push(pushed: TestImage, ...tags: string[]): Promise<void> {
      await metadata.write(testRegistry, async (tx) => addLayers(tx, (await findRepository(tx, name)).id, pushed));
      await putImage(deps, testCall(), { name, body: pushed.body, tags: tags as Tag[], onIdentical: "succeed" });
    },
    async count(): Promise<number> {
      return (await describeImages(deps, testCall(), { name, filter: {}, size: 100 })).items.length;
    },
    async remove(imageTag: string): Promise<readonly object[]> {
      return (await batchDeleteImage(deps, testCall(), { name, ids: [{ imageTag }] })).items;
    },
    [Symbol.asyncDispose]: () => metadata[Symbol.asyncDispose](),
  };
}

test("a repository takes as many images as it may hold; those that are there may still be tagged", async () => {
  await using it = await open({ imagesMax: 2 });
  const first = image();
  await it.push(first, "v1");
  await it.push(image());
  await assert.rejects(it.push(image(), "v1"), {
    code: "LimitExceededException",
    message:
      "The repository with name 'app' in registry with id '000000000000' already has the maximum allowed number of images which is '2'",
  });
  await it.push(first, "v2");
  assert.equal(await it.count(), 2);
});

test("images that are pushed at once do not exceed the bound together", async () => {
  await using it = await open({ imagesMax: 3 });
  const pushes = await Promise.allSettled(Array.from({ length: 8 }, () => it.push(image())));
  assert.equal(pushes.filter((push) => push.status === "fulfilled").length, 3);
  assert.equal(await it.count(), 3);
});

test("an image takes as many tags as it may have, and those stay", async () => {
  await using it = await open({ tagsPerImageMax: 2 });
  const tagged = image();
  await it.push(tagged, "a", "b");
  await assert.rejects(it.push(tagged, "c"), {
    code: "LimitExceededException",
    message:
      "Adding tag 'c' to an image in the repository with name 'app' in registry with id '000000000000' exceeds the maximum allowed number of tags per image which is '2'",
  });
  await it.push(tagged, "b");
});

test("an image may have more tags than ECR allows, and each of them can be deleted", async () => {
  await using it = await open({ tagsPerImageMax: 2_000 });
  const tags = Array.from({ length: 1_001 }, (_, at) => `v${String(at).padStart(4, "0")}`);
  const tagged = image();
  await it.push(tagged, ...tags);
  assert.deepEqual(await it.remove("v1000"), [{ imageTag: "v1000", imageDigest: tagged.digest }]);
});

test("without a bound nothing is refused", async () => {
  await using it = await open({});
  for (let pushed = 0; pushed < 5; pushed++) await it.push(image());
  assert.equal(await it.count(), 5);
});

test("an archived image comes back only where there is room for it, and counts from when it begins to", async () => {
  await using ecr = await openTestEcr({ imagesMax: 1 });
  const repository = { repositoryName: name };
  await ecr.call("CreateRepository", repository);
  const [first, second] = [image(), image()];
  const move = ({ digest: imageDigest }: TestImage, targetStorageClass: string) =>
    ({ ...repository, imageId: { imageDigest }, targetStorageClass }) as const;
  await pushImage(ecr, name, first);
  await ecr.call("UpdateImageStorageClass", move(first, "ARCHIVE"));
  await pushImage(ecr, name, second);
  assert.deepEqual(await ecr.refusal("UpdateImageStorageClass", move(first, "STANDARD")), {
    name: "ImageStorageClassUpdateNotSupportedException",
    message:
      "The repository with name 'app' in registry with id '000000000000' already has the maximum allowed number of images which is '1'",
  });
  await assert.rejects(pushImage(ecr, name, first), { code: "LimitExceededException" });
  await ecr.call("BatchDeleteImage", { ...repository, imageIds: [{ imageDigest: second.digest }] });
  assert.equal((await ecr.call("UpdateImageStorageClass", move(first, "STANDARD"))).imageStatus, "ACTIVATING");
  await assert.rejects(pushImage(ecr, name, second), { code: "LimitExceededException" });
  await pushImage(ecr, name, first);
});
