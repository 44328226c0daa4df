import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { RegistryError } from "../kernel/errors.ts";
import type { Tag } from "../kernel/names.ts";
import { findRepository } from "../repositories/find-repository.ts";
import { repositoryName, testCall } from "../testing/call.ts";
import { openTestEcr, pushImage, type TestEcr } from "../testing/ecr.ts";
import { digestOf, image, index, type TestImage } from "../testing/image.ts";
import { getImage } from "./get-image.ts";
import { imageJobs } from "./jobs.ts";
import { listTags } from "./list-tags.ts";
import { activateImages } from "./storage-class.ts";

const name = repositoryName("app");
const repository = { repositoryName: name };
const NOT_SUPPORTED = "ImageStorageClassUpdateNotSupportedException";

describe("UpdateImageStorageClass", () => {
  let ecr: TestEcr;
  beforeEach(async () => {
    ecr = await openTestEcr();
    await ecr.call("CreateRepository", repository);
  });
  afterEach(() => ecr[Symbol.asyncDispose]());

  const push = async (of: TestImage, tag?: string): Promise<TestImage> => {
    await pushImage(ecr, name, of, tag);
    return of;
  };
  const update = async (of: TestImage, targetStorageClass: "ARCHIVE" | "STANDARD"): Promise<string> => {
    const input = { ...repository, imageId: { imageDigest: of.digest }, targetStorageClass };
    const answer = await ecr.call("UpdateImageStorageClass", input).catch((error: unknown) => error);
    return answer instanceof RegistryError ? answer.code : answer.imageStatus;
  };
  const describeOne = async (of: TestImage) =>
    (await ecr.call("DescribeImages", { ...repository, imageIds: [{ imageDigest: of.digest }] })).imageDetails[0];
  const statuses = (...of: TestImage[]) => Promise.all(of.map(async (it) => (await describeOne(it)).imageStatus));
  const runJob = async () => {
    const [job] = imageJobs(ecr);
    const { id } = await ecr.metadata.read(testCall().registry, (tx) => findRepository(tx, name));
    await job?.run({ repository_id: id }, new AbortController().signal);
  };
  const referrerOf = ({ mediaType, digest, size }: TestImage, extra: object = {}) =>
    image({ extra: { subject: { mediaType, digest, size }, artifactType: "text/sbom", ...extra } });

  test("archives at once, and restores by a job, with the times of both", async () => {
    const pushed = await push(image(), "v1");
    const input = { ...repository, imageId: { imageTag: "v1" }, targetStorageClass: "ARCHIVE" };
    assert.deepEqual(await ecr.call("UpdateImageStorageClass", input), {
      registryId: "000000000000",
      repositoryName: name,
      imageId: { imageTag: "v1", imageDigest: pushed.digest },
      imageStatus: "ARCHIVED",
    });
    const archivedAt = ecr.clock.now() / 1000;
    assert.equal((await describeOne(pushed)).lastArchivedAt, archivedAt);
    assert.equal((await describeOne(pushed)).lastActivatedAt, undefined);
    ecr.clock.advance(5000);
    assert.equal(await update(pushed, "ARCHIVE"), "ARCHIVED");
    assert.equal((await describeOne(pushed)).lastArchivedAt, archivedAt);

    assert.equal(await update(pushed, "STANDARD"), "ACTIVATING");
    assert.equal(await update(pushed, "STANDARD"), "ACTIVATING");
    assert.equal(await update(pushed, "ARCHIVE"), NOT_SUPPORTED);
    assert.deepEqual([await statuses(pushed), (await describeOne(pushed)).lastActivatedAt], [["ACTIVATING"], undefined]);
    await runJob();
    const { imageStatus, lastArchivedAt, lastActivatedAt } = await describeOne(pushed);
    assert.deepEqual([imageStatus, lastArchivedAt, lastActivatedAt], ["ACTIVE", archivedAt, ecr.clock.now() / 1000]);
    assert.equal(await update(pushed, "STANDARD"), "ACTIVE");
  });

  test("an image that is not there is not found", async () => {
    assert.equal(await update(image(), "ARCHIVE"), "ImageNotFoundException");
  });

  test("an archived image, and one on its way back, is hidden from lists and cannot be pulled", async () => {
    const pushed = await push(image(), "v1");
    const subject = await push(image(), "subject");
    await push(referrerOf(subject));
    const listed = async (filter?: object) => ({
      described: (await ecr.call("DescribeImages", { ...repository, filter })).imageDetails.length,
      listed: (await ecr.call("ListImages", { ...repository, filter })).imageIds.length,
    });
    assert.deepEqual(await listed(), { described: 3, listed: 3 });
    for (const imageStatus of ["ARCHIVED", "ACTIVATING"] as const) {
      for (const it of [pushed, subject]) await update(it, imageStatus === "ARCHIVED" ? "ARCHIVE" : "STANDARD");
      assert.deepEqual(await listed(), { described: 0, listed: 0 });
      assert.deepEqual(await listed({ imageStatus, tagStatus: "TAGGED" }), { described: 2, listed: 2 });
      assert.deepEqual(await listed({ imageStatus: "ANY" }), { described: 3, listed: 3 });
      const referrers = { ...repository, subjectId: { imageDigest: subject.digest } };
      assert.deepEqual((await ecr.call("ListImageReferrers", referrers)).referrers, []);
      const withStatus = { ...referrers, filter: { artifactStatus: imageStatus } };
      assert.equal((await ecr.call("ListImageReferrers", withStatus)).referrers[0].artifactStatus, imageStatus);
      for (const reference of [{ tag: "v1" as Tag }, { digest: pushed.digest }]) {
        await assert.rejects(getImage(ecr, testCall(), { name, reference }), { code: "ImageNotFoundException" });
      }
      const batch = await ecr.call("BatchGetImage", { ...repository, imageIds: [{ imageTag: "v1" }] });
      assert.deepEqual([batch.images, batch.failures[0].failureCode], [[], "ImageNotFound"]);
      assert.deepEqual((await listTags(ecr, testCall(), { name, size: 10 })).items, []);
    }
    await runJob();
    assert.deepEqual(await listed(), { described: 3, listed: 3 });
    assert.deepEqual((await listTags(ecr, testCall(), { name, size: 10 })).items, ["subject", "v1"]);
  });

  test("referrers go with their subject and not alone, whatever refers to them too", async () => {
    const subject = await push(image(), "v1");
    const referrer = await push(referrerOf(subject), "tagged");
    const further = await push(referrerOf(referrer));
    assert.equal(await update(referrer, "ARCHIVE"), NOT_SUPPORTED);
    await update(subject, "ARCHIVE");
    assert.deepEqual(await statuses(subject, referrer, further), ["ARCHIVED", "ARCHIVED", "ARCHIVED"]);
    assert.equal(await update(referrer, "STANDARD"), NOT_SUPPORTED);
    await update(subject, "STANDARD");
    await runJob();
    assert.deepEqual(await statuses(subject, referrer, further), ["ACTIVE", "ACTIVE", "ACTIVE"]);
    const orphan = await push(referrerOf(image()));
    assert.equal(await update(orphan, "ARCHIVE"), "ARCHIVED");
  });

  test("what is still on its way back goes into the archive again with what has arrived", async () => {
    const subject = await push(image());
    const referrer = await push(referrerOf(subject), "sbom");
    await update(subject, "ARCHIVE");
    await update(subject, "STANDARD");
    const { id } = await ecr.metadata.read(testCall().registry, (tx) => findRepository(tx, name));
    await ecr.metadata.writeGlobal((tx) => activateImages(tx, { repository: id, digests: [subject.digest] }, ecr.clock.now()));
    assert.deepEqual(await statuses(subject, referrer), ["ACTIVE", "ACTIVATING"]);
    await update(subject, "ARCHIVE");
    await runJob();
    assert.deepEqual(await statuses(subject, referrer), ["ARCHIVED", "ARCHIVED"]);
  });

  test("a referrer that an index holds stays with that, so that the index can still be pulled", async () => {
    const subject = await push(image());
    const referrer = await push(referrerOf(subject));
    const holder = await push(index([referrer]), "sboms");
    await update(subject, "ARCHIVE");
    assert.deepEqual(await statuses(subject, referrer, holder), ["ARCHIVED", "ACTIVE", "ACTIVE"]);
    assert.equal(await update(holder, "ARCHIVE"), "ARCHIVED");
    assert.deepEqual(await statuses(referrer), ["ARCHIVED"]);
  });

  test("an index takes the children along that are only its own, and a child alone stays", async () => {
    const [own, shared, tagged] = [await push(image()), await push(image()), await push(image(), "child")];
    const first = await push(index([own, shared, tagged]), "first");
    const second = await push(index([shared], { annotations: { second: "yes" } }), "second");
    assert.equal(await update(own, "ARCHIVE"), NOT_SUPPORTED);
    await update(first, "ARCHIVE");
    assert.deepEqual(await statuses(first, own, shared, tagged), ["ARCHIVED", "ARCHIVED", "ACTIVE", "ACTIVE"]);
    assert.equal(await update(tagged, "ARCHIVE"), "ARCHIVED");
    await update(second, "ARCHIVE");
    assert.deepEqual(await statuses(second, shared), ["ARCHIVED", "ARCHIVED"]);
    await update(first, "STANDARD");
    await runJob();
    assert.deepEqual(await statuses(first, own, shared, tagged, second), ["ACTIVE", "ACTIVE", "ACTIVE", "ACTIVE", "ARCHIVED"]);
  });

  test("pushing an archived image again restores it and all that it needs at once, also where its tag is immutable", async () => {
    await ecr.call("PutImageTagMutability", { ...repository, imageTagMutability: "IMMUTABLE" });
    const child = await push(image());
    const both = await push(index([child]), "multi");
    for (const tag of ["multi", undefined]) {
      await update(both, "ARCHIVE");
      ecr.clock.advance(1000);
      await push(both, tag);
      assert.deepEqual(await statuses(both, child), ["ACTIVE", "ACTIVE"]);
      assert.equal((await describeOne(both)).lastActivatedAt, ecr.clock.now() / 1000);
    }
    await assert.rejects(push(both), { code: "ImageAlreadyExistsException" });
    await update(both, "ARCHIVE");
    await push(index([child], { annotations: { another: "index" } }), "other");
    assert.deepEqual(await statuses(both, child), ["ARCHIVED", "ACTIVE"]);
  });

  test("a layer that only archived images need is ARCHIVED, and has no download URL", async () => {
    const one = await push(image());
    const layerDigests = one.blobs.map((it) => digestOf(it));
    const ask = async () => {
      const answer = await ecr.call("BatchCheckLayerAvailability", { ...repository, layerDigests });
      return new Set(answer.layers.map((it: { layerAvailability: string }) => it.layerAvailability));
    };
    const url = { ...repository, layerDigest: layerDigests[0] };
    assert.deepEqual(await ask(), new Set(["AVAILABLE"]));
    await update(one, "ARCHIVE");
    assert.deepEqual(await ask(), new Set(["ARCHIVED"]));
    const refusal = await ecr.refusal("GetDownloadUrlForLayer", url);
    assert.equal(refusal.name, "LayerInaccessibleException");
    assert.match(refusal.message, /archived/);
    const manifest = JSON.parse(one.body.toString());
    const body = Buffer.from(JSON.stringify({ ...manifest, annotations: { second: "user" } }));
    await push({ ...one, body, digest: digestOf(body), size: body.length });
    assert.deepEqual(await ask(), new Set(["AVAILABLE"]));
    await ecr.call("GetDownloadUrlForLayer", url);
  });

  test("an archived image can be deleted, and comes back without a past", async () => {
    const pushed = await push(image(), "v1");
    await update(pushed, "ARCHIVE");
    const { failures } = await ecr.call("BatchDeleteImage", { ...repository, imageIds: [{ imageTag: "v1" }] });
    assert.deepEqual(failures, []);
    await push(pushed, "v1");
    const { imageStatus, lastArchivedAt } = await describeOne(pushed);
    assert.deepEqual([imageStatus, lastArchivedAt], ["ACTIVE", undefined]);
  });
});
