import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { openTestEcr, pushImage, type TestEcr } from "../testing/ecr.ts";
import { DOCKER_MANIFEST, digestOf, image, index, OCI_MANIFEST, type TestImage } from "../testing/image.ts";

const repositoryName = "app";
const absent = `sha256:${"0".repeat(64)}`;
const idsOf = (answer: { imageIds: object[] }) => answer.imageIds;

describe("the image operations of ECR's API", () => {
  let ecr: TestEcr;
  beforeEach(async () => {
    ecr = await openTestEcr();
    await ecr.call("CreateRepository", { repositoryName });
  });
  afterEach(() => ecr[Symbol.asyncDispose]());

  const push = async (tag?: string, of: TestImage = image()) => {
    await pushImage(ecr, repositoryName, of, tag);
    return of;
  };
  const get = (imageIds: object[], acceptedMediaTypes?: string[]) =>
    ecr.call("BatchGetImage", { repositoryName, imageIds, acceptedMediaTypes });
  const remove = (...imageIds: object[]) => ecr.call("BatchDeleteImage", { repositoryName, imageIds });
  const list = async () => idsOf(await ecr.call("ListImages", { repositoryName }));

  describe("BatchGetImage", () => {
    test("translates by tag what the client does not accept, and never by digest", async () => {
      const { digest, body } = await push("v1");
      const [translated] = (await get([{ imageTag: "v1" }], [DOCKER_MANIFEST])).images;
      assert.equal(translated.imageManifestMediaType, DOCKER_MANIFEST);
      assert.deepEqual(translated.imageId, { imageTag: "v1", imageDigest: digestOf(Buffer.from(translated.imageManifest)) });
      const asStored = [
        await get([{ imageDigest: digest }], [DOCKER_MANIFEST]),
        await get([{ imageTag: "v1", imageDigest: digest }], [DOCKER_MANIFEST]),
        await get([{ imageTag: "v1" }], [DOCKER_MANIFEST, OCI_MANIFEST]),
        await get([{ imageTag: "v1" }], ["application/vnd.docker.distribution.manifest.v1+json"]),
        await get([{ imageTag: "v1" }]),
      ];
      for (const { images } of asStored) {
        assert.deepEqual([images[0].imageManifest, images[0].imageId.imageDigest], [body.toString(), digest]);
      }
    });

    test("says of each id why it could not be read", async () => {
      const { digest } = await push("v1");
      const failures = {
        MissingDigestAndTag: [{}],
        InvalidImageDigest: [{ imageDigest: "nonsense" }, { imageDigest: "sha256:xyz", imageTag: "v1" }],
        InvalidImageTag: [{ imageTag: "a b" }, { imageTag: "ä", imageDigest: digest }],
        ImageTagDoesNotMatchDigest: [{ imageTag: "v1", imageDigest: absent }],
        ImageNotFound: [
          { imageTag: "gone" },
          { imageDigest: absent },
          { imageDigest: "md5:abcd" },
          { imageTag: "gone", imageDigest: digest },
        ],
      };
      for (const [code, ids] of Object.entries(failures)) {
        const answer = await get(ids);
        assert.deepEqual(answer.images, []);
        assert.deepEqual(
          answer.failures.map((it: { failureCode: string; imageId: object }) => [it.failureCode, it.imageId]),
          ids.map((id) => [code, id]),
        );
      }
    });
  });

  describe("BatchDeleteImage", () => {
    test("by tag takes the tag, and the image with its last one", async () => {
      const both = await push("one");
      await push("two", both);
      assert.deepEqual(idsOf(await remove({ imageTag: "one" })), [{ imageTag: "one", imageDigest: both.digest }]);
      assert.deepEqual(await list(), [{ imageTag: "two", imageDigest: both.digest }]);
      await remove({ imageTag: "two" });
      assert.equal((await get([{ imageDigest: both.digest }])).failures[0].failureCode, "ImageNotFound");
    });

    test("ids are apart however they are spelt", async () => {
      const { digest } = await push("undefined");
      const { imageIds, failures } = await remove({ imageTag: "undefined" }, {});
      assert.deepEqual(imageIds, [{ imageTag: "undefined", imageDigest: digest }]);
      assert.equal(failures[0].failureCode, "MissingDigestAndTag");
    });

    test("by digest takes the image with all its tags", async () => {
      const both = await push("one");
      await push("two", both);
      const { imageIds, failures } = await remove({ imageDigest: both.digest });
      assert.deepEqual(
        imageIds,
        ["one", "two"].map((imageTag) => ({ imageTag, imageDigest: both.digest })),
      );
      assert.deepEqual([failures, await list()], [[], []]);
    });

    test("an image and its tags may come in any order", async () => {
      for (const order of [1, -1]) {
        const { digest } = await push("one");
        const ids = [{ imageDigest: digest }, { imageTag: "one" }, { imageTag: "one", imageDigest: digest }];
        const { imageIds, failures } = await remove(...(order === 1 ? ids : ids.toReversed()));
        assert.deepEqual([imageIds, failures], [[{ imageTag: "one", imageDigest: digest }], []]);
      }
      const twice = await push("one");
      await push("two", twice);
      assert.equal(idsOf(await remove({ imageTag: "one" }, { imageTag: "two" })).length, 2);
      assert.deepEqual(await list(), []);
    });

    test("an index and its children may come in any order, however deep", async () => {
      for (const order of [1, -1]) {
        const child = await push();
        const inner = await push(undefined, index([child]));
        const outer = await push("multi", index([inner]));
        const ids = [child, inner, outer].map((it) => ({ imageDigest: it.digest }));
        const { imageIds, failures } = await remove(...(order === 1 ? ids : ids.toReversed()));
        assert.deepEqual([imageIds.length, failures], [3, []]);
      }
    });

    test("what an index that stays holds is not deleted, and the reason names every such index", async () => {
      const child = await push("child");
      const parents = [await push("a", index([child])), await push("b", index([child], { annotations: { b: "b" } }))];
      const id = { imageTag: "child" };
      const named = parents.map((it) => it.digest).toSorted();
      const failureReason = `Requested image referenced by manifest list: [${named.join(", ")}]`;
      const failure = { imageId: id, failureCode: "ImageReferencedByManifestList", failureReason };
      assert.deepEqual(await remove(id), { imageIds: [], failures: [failure] });
      assert.equal((await list()).length, 3);
    });

    test("a tag of an immutable repository can be taken away and pushed again", async () => {
      await ecr.call("PutImageTagMutability", { repositoryName, imageTagMutability: "IMMUTABLE" });
      await push("v1");
      await assert.rejects(push("v1"), { code: "ImageTagAlreadyExistsException" });
      await remove({ imageTag: "v1" });
      await push("v1");
    });
  });

  test("PutImage refuses bytes that are here as another type, and a subject that is not as it is described", async () => {
    const bare = image({ extra: { mediaType: undefined } });
    const as = (imageManifestMediaType: string, imageTag: string) =>
      push(imageTag, { ...bare, mediaType: imageManifestMediaType });
    await as(OCI_MANIFEST, "v1");
    const input = { imageManifest: bare.body.toString(), imageManifestMediaType: DOCKER_MANIFEST, imageTag: "v2" };
    const { message } = await ecr.refusal("PutImage", { repositoryName, ...input });
    for (const type of [OCI_MANIFEST, DOCKER_MANIFEST]) assert.ok(message.includes(`"${type}"`));
    await as(OCI_MANIFEST, "v3");
    const [stored] = (await get([{ imageDigest: bare.digest }])).images;
    assert.equal(stored.imageManifestMediaType, OCI_MANIFEST);
    const subject = { mediaType: OCI_MANIFEST, digest: bare.digest, size: bare.size };
    for (const wrong of [{ size: 7 }, { mediaType: DOCKER_MANIFEST }]) {
      const referrer = image({ extra: { subject: { ...subject, ...wrong } } });
      await assert.rejects(push(undefined, referrer), { code: "InvalidManifestException", message: /the subject sha256:/ });
    }
    await push(undefined, image({ extra: { subject } }));
  });

  test("tags are those of ECR's API, and its words refuse others", async () => {
    for (const tag of ["a".repeat(300), "-dash", ".dot", "_", "1.2.3"]) await push(tag);
    const constraint = "failed to satisfy constraint: 'must satisfy regular expression";
    const of = image();
    for (const tag of ["a+b", "a/b", "ä", " "]) {
      await assert.rejects(push(tag, of), {
        code: "InvalidParameterException",
        message: `Invalid parameter at 'imageTag' ${constraint} '[a-zA-Z0-9-_.]+''`,
      });
    }
    await assert.rejects(push("a".repeat(301), of), { code: "InvalidParameterException" });
    assert.equal((await list()).length, 5);
    const bad = await ecr.refusal("DescribeImages", { repositoryName, imageIds: [{ imageDigest: "nonsense" }] });
    assert.equal(bad.message, `Invalid parameter at 'imageDigest' ${constraint} '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+''`);
    for (const id of [{ imageDigest: "md5:abcd" }, { imageTag: "gone" }, { imageDigest: absent, imageTag: "_" }]) {
      assert.equal((await ecr.refusal("DescribeImages", { repositoryName, imageIds: [id] })).name, "ImageNotFoundException");
    }
  });

  test("a described image says all that ECR's does, and nothing of scans that never were", async () => {
    const child = image({ layers: 3 });
    await push("child", child);
    const subject = { mediaType: child.mediaType, digest: child.digest, size: child.size };
    const referrer = await push(undefined, image({ extra: { subject, artifactType: "text/sbom" } }));
    const parent = await push("multi", index([child]));
    const { imageDetails } = await ecr.call("DescribeImages", { repositoryName });
    const details = new Map(imageDetails.map((it: { imageDigest: string }) => [it.imageDigest, it]));
    const size = child.blobs.reduce((sum, it) => sum + it.length, 0);
    const common = { registryId: "000000000000", repositoryName, imagePushedAt: ecr.clock.now() / 1000, imageStatus: "ACTIVE" };
    assert.deepEqual(details.get(child.digest), {
      ...common,
      imageDigest: child.digest,
      imageTags: ["child"],
      imageSizeInBytes: size,
      imageManifestMediaType: OCI_MANIFEST,
      artifactMediaType: "application/vnd.oci.image.config.v1+json",
    });
    assert.deepEqual(details.get(parent.digest), {
      ...common,
      imageDigest: parent.digest,
      imageTags: ["multi"],
      imageSizeInBytes: size,
      imageManifestMediaType: parent.mediaType,
    });
    assert.deepEqual(details.get(referrer.digest), {
      ...common,
      imageDigest: referrer.digest,
      imageSizeInBytes: referrer.blobs.reduce((sum, it) => sum + it.length, 0),
      imageManifestMediaType: OCI_MANIFEST,
      artifactMediaType: "text/sbom",
      subjectManifestDigest: child.digest,
    });
  });
});
