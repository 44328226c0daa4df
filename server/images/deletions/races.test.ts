import assert from "node:assert/strict";
import { test } from "node:test";
import { UNDO_WINDOW_S } from "../../kernel/limits.ts";
import { collectGarbage } from "../../layers/collect/collect-garbage.ts";
import { query } from "../../platform/metadata/query.ts";
import { openTestEcr, pushImage, type TestEcr } from "../../testing/ecr.ts";
import { image } from "../../testing/image.ts";

const app = { repositoryName: "app" };
const ROUNDS = 12;

/** Images that need a layer which is not there. */
const brokenImages = query()((db) =>
  db
    .selectFrom("manifest_layers")
    .leftJoin("layers", (join) =>
      join
        .onRef("layers.repository_id", "=", "manifest_layers.repository_id")
        .onRef("layers.digest", "=", "manifest_layers.layer"),
    )
    .select("manifest")
    .where("layers.digest", "is", null),
);
const tagRows = query()((db) => db.selectFrom("tags").select(["tag", "manifest"]));
const taggedRows = query()((db) => db.selectFrom("manifests").select(["digest", "tagged"]));

/** What has to hold of the rows whatever has raced. */
async function assertWhole(ecr: TestEcr): Promise<void> {
  const [broken, tags, images] = await ecr.metadata.readGlobal(async (tx) => [
    await tx.all(brokenImages, {}),
    await tx.all(tagRows, {}),
    await tx.all(taggedRows, {}),
  ]);
  assert.deepEqual(broken, []);
  for (const { manifest } of tags) assert.ok(images.some((it) => it.digest === manifest));
  for (const { digest, tagged } of images)
    assert.equal(
      tagged === 1,
      tags.some((it) => it.manifest === digest),
      digest,
    );
}

/** Runs both at once; which begins first changes with the round. */
function race<A, B>(round: number, one: () => Promise<A>, other: () => Promise<B>): Promise<[A, B]> {
  if (round % 2 === 0) return Promise.all([one(), other()]);
  const second = other();
  return Promise.all([one(), second]);
}

async function deleteTag(ecr: TestEcr, imageTag: string): Promise<void> {
  await ecr.call("BatchDeleteImage", { ...app, imageIds: [{ imageTag }] });
}
const restoreTag = (ecr: TestEcr, imageTag: string) => ecr.call("RestoreImages", { ...app, imageIds: [{ imageTag }] });

test("of a restore and a push of the same tag, the tag has one winner, and the image comes back anyway", async () => {
  await using ecr = await openTestEcr();
  await ecr.call("CreateRepository", app);
  for (let round = 0; round < ROUNDS; round++) {
    const tag = `v${round}`;
    const [gone, pushed] = [image(), image()];
    await pushImage(ecr, "app", gone, tag);
    await deleteTag(ecr, tag);
    await pushImage(ecr, "app", pushed);
    const input = { ...app, imageManifest: pushed.body.toString(), imageManifestMediaType: pushed.mediaType, imageTag: tag };
    const [{ images }] = await race(
      round,
      () => restoreTag(ecr, tag),
      () => ecr.call("PutImage", input),
    );
    const { imageDetails } = await ecr.call("DescribeImages", { ...app, imageIds: [{ imageTag: tag }] });
    // The push comes second and moves the tag, or first, and then the tag stays with it.
    assert.equal(imageDetails[0].imageDigest, pushed.digest);
    assert.equal(images[0].imageTags.length + images[0].imageTagsLeft.length, 1);
    await ecr.call("DescribeImages", { ...app, imageIds: [{ imageDigest: gone.digest }] });
    await assertWhole(ecr);
  }
});

test("two restores of one deletion at once do what one does", async () => {
  await using ecr = await openTestEcr();
  await ecr.call("CreateRepository", app);
  for (let round = 0; round < ROUNDS; round++) {
    await pushImage(ecr, "app", image(), `v${round}`);
    await deleteTag(ecr, `v${round}`);
    const answers = await race(
      round,
      () => restoreTag(ecr, `v${round}`),
      () => restoreTag(ecr, `v${round}`),
    );
    for (const { failures } of answers) assert.deepEqual(failures, []);
    await assertWhole(ecr);
  }
});

test("an image that comes back as its window ends has its layers, or does not come back", async () => {
  await using ecr = await openTestEcr();
  await ecr.call("CreateRepository", app);
  const collect = () => collectGarbage(ecr, new AbortController().signal);
  for (let round = 0; round < ROUNDS; round++) {
    const of = image({ layers: 3 });
    await pushImage(ecr, "app", of, "v1");
    await deleteTag(ecr, "v1");
    ecr.clock.advance(UNDO_WINDOW_S * 1000 - 1);
    const restore = async () => {
      const restoring = restoreTag(ecr, "v1");
      ecr.clock.advance(round % 3);
      return restoring;
    };
    const [{ failures }] = await race(round, restore, collect);
    await assertWhole(ecr);
    if (failures.length > 0) assert.match(failures[0].failureCode, /LayersNotFound|ImageNotFound|DeletionNotRestorable/);
    else await deleteTag(ecr, "v1");
    ecr.clock.advance(2 * UNDO_WINDOW_S * 1000);
    await collect();
    await assertWhole(ecr);
  }
});
