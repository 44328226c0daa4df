import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, describe, test } from "node:test";
import { query } from "../../platform/metadata/query.ts";
import { findRepository } from "../../repositories/find-repository.ts";
import { repositoryName, testCall, testRegistry } from "../../testing/call.ts";
import { openTestEcr, pushImage, type TestEcr } from "../../testing/ecr.ts";
import { addLayers, digestOf, image, type TestImage } from "../../testing/image.ts";

const MANY = 600;
const TAGS = 5_001;

const archive = query<{ digest: string; size: number; moved_ms: number | null }>()((db, p) =>
  db.insertInto("archived_blobs").values({ digest: p.digest, size: p.size, moved_ms: p.moved_ms }),
);
const lease = query<{ repository: number; until_ms: number }>()((db, p) =>
  db.updateTable("layers").set({ leased_until_ms: p.until_ms }).where("repository_id", "=", p.repository),
);
const insertTag = query<{ repository: number; tag: string; digest: string }>()((db, p) =>
  db.insertInto("tags").values({ repository_id: p.repository, tag: p.tag, manifest: p.digest, moved_ms: 0 }),
);
const takeAway = query<{ id: number }>()((db, p) => db.deleteFrom("repositories").where("id", "=", p.id));
const keepDeleted = query<{ id: number; name: string; account: string; region: string; until_ms: number }>()((db, p) =>
  db.insertInto("deleted_repositories").values({
    id: p.id,
    deletion_id: "1",
    account: p.account,
    region: p.region,
    name: p.name,
    created_ms: 0,
    tag_mutability: "MUTABLE",
    tag_mutability_filters: "[]",
    scan_on_push: 0,
    encryption_type: "AES256",
    kms_key: null,
    restorable_until_ms: p.until_ms,
  }),
);

describe("storage usage", () => {
  let ecr: TestEcr;
  beforeEach(async () => {
    ecr = await openTestEcr();
  });
  afterEach(() => ecr[Symbol.asyncDispose]());

  const make = async (name: string): Promise<number> => {
    await ecr.call("CreateRepository", { repositoryName: name });
    return (await ecr.metadata.read(testRegistry, (tx) => findRepository(tx, repositoryName(name)))).id;
  };
  const usageOf = async (repository: string) =>
    (await ecr.call("DescribeStorageUsage", { repositoryName: repository })).repositories[0];
  const sizeOf = (of: TestImage) => of.blobs.reduce((sum, it) => sum + it.length, 0);
  const upload = (repository: number, of: TestImage) => ecr.metadata.write(testRegistry, (tx) => addLayers(tx, repository, of));

  test("is whole where there is more than one batch of everything", async () => {
    const repository = await make("app");
    const big = image({ layers: MANY });
    await pushImage(ecr, "app", big);
    const other = image();
    await pushImage(ecr, "app", other);
    await ecr.metadata.write(testRegistry, async (tx) => {
      for (let at = 0; at < TAGS; at++) await tx.run(insertTag, { repository, tag: `v${at}`, digest: big.digest });
    });
    const usage = await usageOf("app");
    assert.deepEqual([usage.layerCount, usage.imageCount, usage.tagCount], [MANY + 3, 2, TAGS]);
    assert.equal(usage.neededSizeInBytes, sizeOf(big) + sizeOf(other));
    const imageIds = [{ imageDigest: big.digest }];
    const { images, freedSizeInBytes } = await ecr.call("DescribeImageStorageUsage", { repositoryName: "app", imageIds });
    assert.equal(images[0].sizeInBytes, big.size + sizeOf(big));
    assert.equal(freedSizeInBytes, big.size + sizeOf(big));
  });

  test("tells of what no image needs how much is kept for now, and what lies in the archive", async () => {
    const repository = await make("app");
    const [kept, loose] = [image(), image()];
    await pushImage(ecr, "app", kept);
    await upload(repository, loose);
    const [config = Buffer.alloc(0), layer = Buffer.alloc(0)] = kept.blobs;
    await ecr.metadata.writeGlobal(async (tx) => {
      await tx.run(lease, { repository, until_ms: ecr.clock.now() + 1000 });
      await tx.run(archive, { digest: digestOf(layer), size: layer.length, moved_ms: 1 });
      // On its way there.
      await tx.run(archive, { digest: digestOf(config), size: config.length, moved_ms: null });
    });
    const usage = await usageOf("app");
    assert.equal(usage.reclaimableSizeInBytes, sizeOf(loose));
    assert.equal(usage.leasedSizeInBytes, sizeOf(loose));
    assert.equal(usage.archivedSizeInBytes, layer.length);
    ecr.clock.advance(2000);
    assert.equal((await usageOf("app")).leasedSizeInBytes, 0);
  });

  test("counts a repository that can be brought back at the end, with what it alone holds", async () => {
    const [shared, alone] = [image(), image()];
    const gone = await make("gone");
    for (const pushed of [shared, alone]) await pushImage(ecr, "gone", pushed);
    await make("there");
    await pushImage(ecr, "there", shared);
    const until_ms = ecr.clock.now() + 1000;
    await ecr.metadata.writeGlobal(async (tx) => {
      await tx.run(takeAway, { id: gone });
      await tx.run(keepDeleted, { id: gone, name: "gone", ...testRegistry, until_ms });
    });
    const first = await ecr.call("DescribeStorageUsage", { maxResults: 1 });
    const second = await ecr.call("DescribeStorageUsage", { maxResults: 1, nextToken: first.nextToken });
    assert.equal(second.nextToken, undefined);
    assert.equal(first.repositories[0].repositoryName, "there");
    assert.equal(first.repositories[0].uniqueSizeInBytes, sizeOf(shared));
    const [deleted] = second.repositories;
    assert.equal(deleted.restorableUntil, until_ms / 1000);
    assert.equal(deleted.reclaimableSizeInBytes, sizeOf(shared) + sizeOf(alone));
    assert.equal(deleted.storedSizeInBytes, sizeOf(alone));
    assert.equal(deleted.uniqueSizeInBytes, sizeOf(alone));
    assert.equal(second.total.storedSizeInBytes, sizeOf(shared) + sizeOf(alone));
  });

  test("says nothing of what other registries have", async () => {
    await make("app");
    const pushed = image();
    await pushImage(ecr, "app", pushed);
    const registryId = "111111111111";
    const call = testCall({ registry: { ...testRegistry, account: registryId as never } });
    await ecr.call("CreateRepository", { repositoryName: "theirs", registryId }, { principal: call.principal });
    await ecr.metadata.write(call.registry, async (tx) => {
      await addLayers(tx, (await findRepository(tx, repositoryName("theirs"))).id, pushed);
    });
    assert.equal((await usageOf("app")).uniqueSizeInBytes, sizeOf(pushed));
    const { repositories } = await ecr.call("DescribeStorageUsage");
    assert.equal(repositories.length, 1);
  });

  test("is told in other words where there is nothing, or no sense", async () => {
    const gone = { repositoryName: "gone" };
    assert.equal((await ecr.refusal("DescribeStorageUsage", gone)).name, "RepositoryNotFoundException");
    const unknown = { imageDigest: digestOf(randomBytes(8)) };
    assert.equal(
      (await ecr.refusal("DescribeImageStorageUsage", { ...gone, imageIds: [unknown] })).name,
      "RepositoryNotFoundException",
    );
    await make("app");
    const absent = await ecr.refusal("DescribeImageStorageUsage", { repositoryName: "app", imageIds: [unknown] });
    assert.equal(absent.name, "ImageNotFoundException");
    const paged = await ecr.refusal("DescribeStorageUsage", { repositoryName: "app", maxResults: 1 });
    assert.equal(paged.name, "InvalidParameterException");
    const { repositories, total } = await ecr.call("DescribeStorageUsage");
    assert.equal(repositories[0].layerSizeInBytes, 0);
    assert.equal(total.storedSizeInBytes, 0);
  });
});
