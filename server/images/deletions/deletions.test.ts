import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { DELETION_RECORDS_S, UNDO_WINDOW_S } from "../../kernel/limits.ts";
import { query } from "../../platform/metadata/query.ts";
import { rootOf, testRegistry } from "../../testing/call.ts";
import { dump } from "../../testing/dump.ts";
import { openTestEcr, pushImage, type TestEcr } from "../../testing/ecr.ts";
import { image, index, type TestImage } from "../../testing/image.ts";
import { deletionJobs } from "./jobs.ts";

const repositoryName = "app";
const root = rootOf(testRegistry.account).arn;
const leases = query()((db) => db.selectFrom("layers").select(["digest", "leased_until_ms"]));
const removeLayer = query<{ digest: string }>()((db, p) => db.deleteFrom("layers").where("digest", "=", p.digest));
const archive = query<{ digest: string }>()((db, p) =>
  db.updateTable("manifests").set({ status: "ARCHIVED" }).where("digest", "=", p.digest),
);

describe("deletions", () => {
  let ecr: TestEcr;
  beforeEach(async () => {
    ecr = await openTestEcr();
    await ecr.call("CreateRepository", { repositoryName });
  });
  afterEach(() => ecr[Symbol.asyncDispose]());

  const push = async (tag?: string, of: TestImage = image()): Promise<TestImage> => {
    await pushImage(ecr, repositoryName, of, tag);
    return of;
  };
  const put = (of: TestImage, imageTag: string) =>
    ecr.call("PutImage", { repositoryName, imageManifest: of.body.toString(), imageManifestMediaType: of.mediaType, imageTag });
  const remove = async (...imageIds: object[]): Promise<void> => {
    const { failures } = await ecr.call("BatchDeleteImage", { repositoryName, imageIds });
    assert.deepEqual(failures, []);
  };
  const restore = (input: object) => ecr.call("RestoreImages", { repositoryName, ...input });
  const list = async (input: Readonly<Record<string, unknown>> = { repositoryName }): Promise<any[]> =>
    (await ecr.call("ListDeletions", input)).deletions;
  const tagsNow = async (): Promise<object> => {
    const { imageIds } = await ecr.call("ListImages", { repositoryName });
    return Object.fromEntries(imageIds.map((it: any) => [it.imageTag, it.imageDigest]));
  };
  /** All that a client can see of the images. */
  const whole = async () => {
    const { imageDetails } = await ecr.call("DescribeImages", { repositoryName });
    const digests: string[] = imageDetails.map((it: any) => it.imageDigest);
    const images = [];
    const referrers = [];
    for (const imageDigest of digests) {
      const found = await ecr.call("BatchGetImage", { repositoryName, imageIds: [{ imageDigest }] });
      images.push(found.images[0]?.imageManifest);
      referrers.push(await ecr.call("ListImageReferrers", { repositoryName, subjectId: { imageDigest } }));
    }
    return { imageDetails, images, referrers };
  };

  describe("records", () => {
    test("an image, a tag, and a tag that a push moves are on record with who, when and why, newest first", async () => {
      const [one, two] = [await push("v1"), await push("v2")];
      const start_s = ecr.clock.now() / 1000;
      await put(one, "also");
      await remove({ imageTag: "also" });
      ecr.clock.advance(1_000);
      await put(two, "v1");
      ecr.clock.advance(1_000);
      await remove({ imageDigest: two.digest });
      const common = { deletionId: "", repositoryName, deletedBy: root, deletionStatus: "RESTORABLE" };
      const size = two.blobs.reduce((sum, it) => sum + it.length, 0);
      assert.deepEqual(
        (await list()).map((it) => ({ ...it, deletionId: "" })),
        [
          {
            ...common,
            deletionKind: "IMAGE",
            imageDigest: two.digest,
            imageTags: ["v1", "v2"],
            imageSizeInBytes: size,
            deletedAt: start_s + 2,
            restorableUntil: start_s + 2 + UNDO_WINDOW_S,
          },
          {
            ...common,
            deletionKind: "TAG",
            imageDigest: one.digest,
            imageTags: ["v1"],
            deletedAt: start_s + 1,
            restorableUntil: start_s + 1 + UNDO_WINDOW_S,
            deletionReason: { because: "A push has moved the tag.", movedTo: two.digest },
          },
          {
            ...common,
            deletionKind: "TAG",
            imageDigest: one.digest,
            imageTags: ["also"],
            deletedAt: start_s,
            restorableUntil: start_s + UNDO_WINDOW_S,
          },
        ],
      );
    });

    test("pages by key join up, whatever is asked for", async () => {
      const gone = [];
      for (let i = 0; i < 7; i++) {
        gone.push(await push(`v${i}`));
        if (i % 2 === 0) await put(gone[i]!, "extra");
        ecr.clock.advance(1);
      }
      await remove({ imageTag: "extra" });
      await remove(...gone.map((it) => ({ imageDigest: it.digest })));
      for (const filter of [{}, { repositoryName }, { deletionKind: "TAG" }, { repositoryName, deletionKind: "IMAGE" }]) {
        const all = (await list(filter)).map((it) => it.deletionId);
        const paged: string[] = [];
        for (let nextToken: string | undefined; ; ) {
          const page = await ecr.call("ListDeletions", { ...filter, maxResults: 2, nextToken });
          assert.ok(page.deletions.length <= 2);
          paged.push(...page.deletions.map((it: any) => it.deletionId));
          nextToken = page.nextToken;
          if (nextToken === undefined) break;
        }
        assert.deepEqual(paged, all);
        assert.ok(all.every((it, at) => at === 0 || it < all[at - 1]));
      }
      assert.equal((await list({ deletionKind: "TAG" })).length, 4);
      assert.equal((await list({ imageDigest: gone[0]!.digest })).length, 2);
      assert.equal((await list({ imageDigest: gone[0]!.digest, deletionKind: "IMAGE" })).length, 1);
      assert.deepEqual(await list({ repositoryName: "other" }), []);
    });

    test("a hundred images with a thousand tags are on record, and pages end early where the tags are too many", async () => {
      const of = await push("t0");
      for (let i = 1; i < 1_000; i++) await put(of, `t${i}`);
      for (let i = 0; i < 11; i++) {
        await remove({ imageDigest: of.digest });
        await restore({ imageIds: [{ imageDigest: of.digest }] });
      }
      const first = await ecr.call("ListDeletions", {});
      assert.equal(first.deletions.length, 10);
      const { deletions } = await ecr.call("ListDeletions", { nextToken: first.nextToken });
      assert.equal(deletions.length, 1);
      assert.equal(deletions[0].imageTags.length, 1_000);
    });

    test("nobody sees what was deleted in another account's registry, or restores it", async () => {
      const of = await push("v1");
      await remove({ imageDigest: of.digest });
      const [{ deletionId }] = await list();
      const other = { registry: { ...testRegistry, account: "999999999999" as never } };
      assert.deepEqual((await ecr.call("ListDeletions", {}, other)).deletions, []);
      await ecr.call("CreateRepository", { repositoryName }, other);
      const { failures } = await ecr.call("RestoreImages", { repositoryName, deletionIds: [deletionId] }, other);
      assert.equal(failures[0].failureCode, "DeletionNotFound");
      const stranger = { principal: rootOf("999999999999") };
      for (const name of ["ListDeletions", "RestoreImages", "RestoreRepository"]) {
        const refusal = await ecr.refusal(
          name,
          { repositoryName, ...(name === "RestoreImages" && { deletionIds: ["x"] }) },
          stranger,
        );
        assert.equal(refusal.name, "AccessDeniedException", name);
      }
    });

    test("what cannot be brought back any more is forgotten, and later that it was there", async () => {
      const of = await push("v1");
      await remove({ imageDigest: of.digest });
      const forget = () => deletionJobs(ecr)[0]!.run({}, new AbortController().signal);
      const rows = async () => (await dump(ecr.metadata)).filter((it) => it.startsWith("delet")).map((it) => it.split(" ")[0]);
      await forget();
      assert.deepEqual(await rows(), ["deleted_manifests", "deleted_tags", "deletions"]);
      ecr.clock.advance(UNDO_WINDOW_S * 1000);
      assert.deepEqual(await forget(), { again_at_ms: ecr.clock.now() + 60 * 60 * 1000 });
      assert.deepEqual(await rows(), ["deleted_tags", "deletions"]);
      assert.equal((await list())[0].deletionStatus, "FINAL");
      ecr.clock.advance((DELETION_RECORDS_S - UNDO_WINDOW_S) * 1000);
      await forget();
      assert.deepEqual(await rows(), []);
    });
  });

  describe("restoring", () => {
    test("brings back images of every kind as they were: bytes, tags, times, sizes, referrers, storage class", async () => {
      const [child, other, cold] = [await push(), await push("child"), await push("cold")];
      ecr.clock.advance(60_000);
      const parent = await push("list", index([child, other]));
      await put(parent, "latest");
      const signature = await push(
        undefined,
        image({
          extra: {
            artifactType: "application/vnd.sig",
            subject: { mediaType: parent.mediaType, digest: parent.digest, size: parent.size },
          },
        }),
      );
      await ecr.call("UpdateImageStorageClass", { repositoryName, imageId: { imageTag: "cold" }, targetStorageClass: "ARCHIVE" });
      await ecr.call("BatchGetImage", { repositoryName, imageIds: [{ imageTag: "child" }] });
      await ecr.pulls.flush();
      const before = await whole();
      const gone = [signature, parent, child, other, cold].map((it) => ({ imageDigest: it.digest }));
      ecr.clock.advance(60_000);
      await remove(...gone);
      assert.deepEqual((await whole()).imageDetails, []);
      ecr.clock.advance(60_000);
      const answer = await restore({ imageIds: gone });
      assert.deepEqual(answer.failures, []);
      assert.equal(answer.images.length, 5);
      assert.deepEqual(await whole(), before);
      const [first] = await list();
      assert.equal(first.deletionStatus, "RESTORED");
      assert.equal(first.restoredAt, ecr.clock.now() / 1000);
      const rows = await dump(ecr.metadata);
      await restore({ imageIds: gone });
      assert.deepEqual(await dump(ecr.metadata), rows, "again, it changes nothing");
    });

    test("an index brings its children along, with their tags, and nothing else", async () => {
      const [child, other, stranger] = [await push("one"), await push("two"), await push("three")];
      const inner = await push(undefined, index([child, other]));
      const outer = await push("all", index([inner]));
      const images = [outer, inner, child, other, stranger].map((it) => ({ imageDigest: it.digest }));
      await remove(...images);
      const { images: restored } = await restore({ imageIds: [{ imageTag: "all" }] });
      assert.deepEqual(restored[0].imageTags, ["all"]);
      assert.deepEqual(await tagsNow(), { one: child.digest, two: other.digest, all: outer.digest, undefined: inner.digest });
    });

    test("an index that comes back does not hold archived children", async () => {
      const child = await push();
      const parent = await push("list", index([child]));
      await remove({ imageDigest: parent.digest });
      await ecr.metadata.write(testRegistry, (tx) => tx.run(archive, { digest: child.digest }));
      await restore({ imageIds: [{ imageTag: "list" }] });
      const { imageDetails } = await ecr.call("DescribeImages", { repositoryName, filter: { imageStatus: "ACTIVE" } });
      assert.equal(imageDetails.length, 2);
    });

    test("a tag that names something else is left there, unless it may be overwritten, and then that is on record", async () => {
      const [one, two] = [await push("latest"), image()];
      await put(one, "v1");
      await remove({ imageDigest: one.digest });
      await push("latest", two);
      const [{ deletionId }] = await list();
      const answer = await restore({ deletionIds: [deletionId] });
      const reason = `The tag 'latest' names '${two.digest}' now. With overwriteTags it is taken from there, where the deletion or the digest is named.`;
      assert.deepEqual(answer.images, [
        { deletionId, imageDigest: one.digest, imageTags: ["v1"], imageTagsLeft: [{ imageTag: "latest", reason }] },
      ]);
      assert.deepEqual(await tagsNow(), { v1: one.digest, latest: two.digest });
      ecr.clock.advance(1);
      const again = await restore({ deletionIds: [deletionId], overwriteTags: true });
      assert.deepEqual(again.images[0].imageTags, ["latest", "v1"]);
      assert.deepEqual(await tagsNow(), { v1: one.digest, latest: one.digest, undefined: two.digest });
      const [moved] = await list();
      assert.deepEqual([moved.deletionKind, moved.imageDigest, moved.deletionReason.movedTo], ["TAG", two.digest, one.digest]);
    });

    test("a tag that a push has moved goes back to its image, by the deletion or by tag and digest, never by its name alone", async () => {
      const [one, two] = [await push("latest"), await push("latest")];
      const [{ deletionId }] = await list();
      assert.equal((await restore({ deletionIds: [deletionId] })).failures[0].failureCode, "ImageTagAlreadyExists");
      const byName = { imageIds: [{ imageTag: "latest" }], overwriteTags: true };
      assert.equal((await restore(byName)).failures[0].failureCode, "ImageTagAlreadyExists");
      const exact = { imageIds: [{ imageTag: "latest", imageDigest: one.digest }], overwriteTags: true };
      for (let i = 0; i < 2; i++) {
        assert.deepEqual((await restore(exact)).failures, []);
        assert.deepEqual(await tagsNow(), { latest: one.digest, undefined: two.digest });
        ecr.clock.advance(1);
      }
    });

    test("a tag whose image went after it brings the image back too", async () => {
      const of = await push("v1");
      await put(of, "v2");
      await remove({ imageTag: "v1" });
      const [{ deletionId }] = await list();
      ecr.clock.advance(1);
      await remove({ imageTag: "v2" });
      await restore({ deletionIds: [deletionId] });
      assert.deepEqual(await tagsNow(), { v1: of.digest, v2: of.digest });
    });

    test("an immutable tag is never taken from its image", async () => {
      const one = await push("v1");
      await remove({ imageDigest: one.digest });
      const two = await push("v1");
      await ecr.call("PutImageTagMutability", { repositoryName, imageTagMutability: "IMMUTABLE" });
      const [{ deletionId }] = await list();
      const { images } = await restore({ deletionIds: [deletionId], overwriteTags: true });
      assert.match(images[0].imageTagsLeft[0].reason, /is immutable/);
      assert.deepEqual(await tagsNow(), { v1: two.digest, undefined: one.digest });
    });

    test("an image whose layer is gone is not brought back, and a sentence says so", async () => {
      const of = await push("v1");
      await remove({ imageDigest: of.digest });
      const digest = JSON.parse(of.body.toString()).layers[0].digest;
      await ecr.metadata.write(testRegistry, (tx) => tx.run(removeLayer, { digest }));
      const rows = await dump(ecr.metadata);
      const { failures } = await restore({ imageIds: [{ imageTag: "v1" }] });
      const failureReason = `The layer '${digest}' of the image '${of.digest}' is gone. Push the image again.`;
      assert.deepEqual(failures, [{ imageId: { imageTag: "v1" }, failureCode: "LayersNotFound", failureReason }]);
      assert.deepEqual(await dump(ecr.metadata), rows);
    });

    test("its layers are leased until the window ends, and no lease becomes shorter", async () => {
      const shared = image();
      await push("v1", shared);
      const until_ms = ecr.clock.now() + UNDO_WINDOW_S * 1000;
      await remove({ imageDigest: shared.digest });
      await pushImage(ecr, repositoryName, shared, "v2");
      const rows = await ecr.metadata.readGlobal((tx) => tx.all(leases, {}));
      assert.deepEqual(new Set(rows.map((it) => it.leased_until_ms)), new Set([until_ms]));
    });

    test("after the window, or with none, nothing comes back", async () => {
      const of = await push("v1");
      await remove({ imageDigest: of.digest });
      const [{ deletionId }] = await list();
      ecr.clock.advance(UNDO_WINDOW_S * 1000);
      const [failure] = (await restore({ deletionIds: [deletionId] })).failures;
      assert.equal(failure.failureCode, "DeletionNotRestorable");
      assert.equal((await restore({ imageIds: [{ imageDigest: of.digest }] })).failures[0].failureCode, "ImageNotFound");

      await using without = await openTestEcr({ undoWindow_s: 0 });
      await without.call("CreateRepository", { repositoryName });
      await pushImage(without, repositoryName, of, "v1");
      await without.call("BatchDeleteImage", { repositoryName, imageIds: [{ imageTag: "v1" }] });
      const [record] = (await without.call("ListDeletions", {})).deletions;
      assert.equal(record.deletionStatus, "FINAL");
      assert.ok(!(await dump(without.metadata)).some((it) => it.startsWith("deleted_manifests")));
    });

    test("quotas hold for what comes back, and a refusal writes nothing", async () => {
      await using small = await openTestEcr({ imagesMax: 2, tagsPerImageMax: 1 });
      await small.call("CreateRepository", { repositoryName });
      const [one, two, three] = [image(), image(), image()];
      await pushImage(small, repositoryName, one, "v1");
      await pushImage(small, repositoryName, two);
      const list = index([one, two]);
      await small.call("BatchDeleteImage", {
        repositoryName,
        imageIds: [{ imageDigest: one.digest }, { imageDigest: two.digest }],
      });
      await pushImage(small, repositoryName, three);
      await pushImage(small, repositoryName, image());
      const rows = await dump(small.metadata);
      const input = { repositoryName, imageIds: [{ imageDigest: one.digest }, { imageDigest: list.digest }] };
      const { failures } = await small.call("RestoreImages", input);
      assert.deepEqual(
        failures.map((it: any) => it.failureCode),
        ["LimitExceeded", "ImageNotFound"],
      );
      assert.deepEqual(await dump(small.metadata), rows);
    });

    test("one request brings back only so many images, and says so", async () => {
      const children = [];
      for (let i = 0; i < 201; i++) children.push(await push());
      const parent = await push("all", index(children));
      await remove({ imageDigest: parent.digest });
      for (let at = 0; at < children.length; at += 100) {
        await remove(...children.slice(at, at + 100).map((it) => ({ imageDigest: it.digest })));
      }
      const rows = await dump(ecr.metadata);
      const { failures } = await restore({ imageIds: [{ imageTag: "all" }] });
      assert.equal(failures[0].failureCode, "LimitExceeded");
      assert.deepEqual(await dump(ecr.metadata), rows);
      await restore({ imageIds: children.slice(0, 100).map((it) => ({ imageDigest: it.digest })) });
      assert.deepEqual((await restore({ imageIds: [{ imageTag: "all" }] })).failures, []);
    });

    test("a deletion that is not there, not of this repository, or not of an image is a failure", async () => {
      await ecr.call("CreateRepository", { repositoryName: "other" });
      await pushImage(ecr, "other", image(), "v1");
      await ecr.call("BatchDeleteImage", { repositoryName: "other", imageIds: [{ imageTag: "v1" }] });
      const ids = (await list({})).map((it) => it.deletionId);
      const { failures } = await restore({ deletionIds: [...ids, "x"] });
      assert.deepEqual(
        failures.map((it: any) => it.failureCode),
        ["DeletionNotFound", "DeletionNotFound"],
      );
      for (const input of [{}, { deletionIds: ["x"], imageIds: [{ imageTag: "v1" }] }, { imageIds: [{}] }, { deletionIds: [] }]) {
        assert.equal((await ecr.refusal("RestoreImages", { repositoryName, ...input })).name, "InvalidParameterException");
      }
    });
  });
});
