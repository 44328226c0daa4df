import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { findRepository } from "../../repositories/find-repository.ts";
import { repositoryName, testRegistry } from "../../testing/call.ts";
import { openTestEcr, pushImage, type TestEcr } from "../../testing/ecr.ts";
import { image, index, type TestImage } from "../../testing/image.ts";
import { digestsInUse, recordSeen } from "./in-use-rows.ts";

const name = repositoryName("app");

describe("images in use", () => {
  let ecr: TestEcr;
  let repository: number;
  beforeEach(async () => {
    ecr = await openTestEcr();
    await ecr.call("CreateRepository", { repositoryName: name });
    repository = (await ecr.metadata.read(testRegistry, (tx) => findRepository(tx, name))).id;
  });
  afterEach(() => ecr[Symbol.asyncDispose]());

  const push = async (of: TestImage): Promise<TestImage> => {
    await pushImage(ecr, name, of);
    return of;
  };
  const see = (of: TestImage, seen_ms: number, cluster = "prod") =>
    ecr.metadata.write(testRegistry, (tx) => recordSeen(tx, { repository_id: repository, digest: of.digest, cluster, seen_ms }));
  const inUse = async (of: readonly TestImage[], after_ms = 0) => {
    const digests = of.map((it) => it.digest);
    const found = await ecr.metadata.read(testRegistry, (tx) => digestsInUse(tx, repository, digests, after_ms));
    return digests.map((it) => found.get(it));
  };

  test("are those that were seen after the time that is asked for, and the latest of several sightings counts", async () => {
    const [one, other] = [await push(image()), await push(image())];
    await see(one, 1000);
    await see(one, 3000, "test");
    assert.deepEqual(await inUse([one, other]), [3000, undefined]);
    assert.deepEqual(await inUse([one, other], 2999), [3000, undefined]);
    assert.deepEqual(await inUse([one, other], 3000), [undefined, undefined]);
  });

  test("a sighting never goes back in time", async () => {
    const one = await push(image());
    await see(one, 3000);
    await see(one, 2000);
    assert.deepEqual(await inUse([one]), [3000]);
  });

  test("an index is in use with what it lists, at any depth, and a child is not with its index", async () => {
    const [child, sibling] = [await push(image()), await push(image())];
    const inner = await push(index([child, sibling]));
    const outer = await push(index([inner]));
    await see(child, 1000);
    assert.deepEqual(await inUse([child, sibling, inner, outer]), [1000, undefined, 1000, 1000]);
    await see(outer, 2000);
    assert.deepEqual(await inUse([child, sibling, inner, outer]), [1000, undefined, 1000, 2000]);
  });
});
