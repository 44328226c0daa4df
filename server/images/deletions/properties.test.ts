import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { openTestEcr, pushImage, type TestEcr } from "../../testing/ecr.ts";
import { image, index, type TestImage } from "../../testing/image.ts";

const app = { repositoryName: "app" };

/** What a repository is made of: images with their tags, some of them indexes of those before, some referrers. */
const plans = fc.array(
  fc.record({
    kind: fc.constantFrom("image", "index", "referrer"),
    of: fc.array(fc.nat(), { minLength: 1, maxLength: 3 }),
    tags: fc.uniqueArray(fc.constantFrom("a", "b", "c", "d", "e", "f"), { maxLength: 3 }),
    archived: fc.boolean(),
  }),
  { minLength: 1, maxLength: 7 },
);
const orders = fc.array(fc.nat(), { minLength: 7, maxLength: 7 });

/** All that a client can see of a repository. */
async function whole(ecr: TestEcr): Promise<object> {
  const { imageDetails } = await ecr.call("DescribeImages", { ...app, filter: { imageStatus: "ANY" } });
  const seen = [];
  for (const { imageDigest } of imageDetails) {
    const { images } = await ecr.call("BatchGetImage", { ...app, imageIds: [{ imageDigest }] });
    const { referrers } = await ecr.call("ListImageReferrers", { ...app, subjectId: { imageDigest } });
    seen.push([images[0]?.imageManifest, referrers]);
  }
  return { imageDetails, seen };
}

async function make(ecr: TestEcr, plan: typeof plans extends fc.Arbitrary<infer Plan> ? Plan : never): Promise<TestImage[]> {
  const made: TestImage[] = [];
  for (const { kind, of, tags } of plan) {
    const parts = [...new Set(of.map((it) => made[it % made.length]))].filter((it) => it !== undefined);
    const [subject] = parts;
    const isReferrer = kind === "referrer" && subject !== undefined;
    const extra = isReferrer ? { subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.size } } : {};
    const next = kind === "index" && parts.length > 0 ? index(parts) : image({ extra });
    if (made.some((it) => it.digest === next.digest)) continue;
    await pushImage(ecr, "app", next);
    for (const imageTag of tags) {
      await ecr.call("PutImage", {
        ...app,
        imageManifest: next.body.toString(),
        imageManifestMediaType: next.mediaType,
        imageTag,
      });
    }
    made.push(next);
    ecr.clock.advance(1_000);
  }
  return made;
}

test("what is deleted in any order and restored in any order is what it was", async () => {
  const property = fc.asyncProperty(plans, orders, orders, fc.boolean(), async (plan, gone, back, byId) => {
    await using ecr = await openTestEcr();
    await ecr.call("CreateRepository", app);
    const made = await make(ecr, plan);
    for (const [at, { archived }] of plan.entries()) {
      const imageDigest = made[at]?.digest;
      if (!archived || imageDigest === undefined) continue;
      // Refused for what only goes along with another image.
      const input = { ...app, imageId: { imageDigest }, targetStorageClass: "ARCHIVE" };
      await ecr.call("UpdateImageStorageClass", input).catch(() => undefined);
    }
    const before = await whole(ecr);
    const ordered = (order: readonly number[]) =>
      made.map((it, at) => ({ id: { imageDigest: it.digest }, key: order[at] ?? 0 })).toSorted((a, b) => a.key - b.key);
    // An index holds its children until it goes itself: those are asked for again.
    for (let left = ordered(gone).map((it) => it.id); left.length > 0; ) {
      const some = left.splice(0, 2);
      const { failures } = await ecr.call("BatchDeleteImage", { ...app, imageIds: some });
      left.push(...failures.map((it: any) => it.imageId));
      ecr.clock.advance(1_000);
    }
    assert.deepEqual((await ecr.call("ListImages", app)).imageIds, []);
    const { deletions } = await ecr.call("ListDeletions", { ...app, deletionKind: "IMAGE" });
    const idOf = (digest: string) => deletions.find((it: any) => it.imageDigest === digest).deletionId;
    for (const { id } of ordered(back)) {
      const what = byId ? { deletionIds: [idOf(id.imageDigest)] } : { imageIds: [id] };
      const { failures } = await ecr.call("RestoreImages", { ...app, ...what });
      assert.deepEqual(failures, []);
      ecr.clock.advance(1_000);
    }
    assert.deepEqual(await whole(ecr), before);
  });
  await fc.assert(property, { numRuns: 40 });
});
