import assert from "node:assert/strict";
import { beforeEach, afterEach, describe, test } from "node:test";
import type { Call } from "../kernel/call.ts";
import { type ErrorCode, RegistryError } from "../kernel/errors.ts";
import type { Digest, Tag } from "../kernel/names.ts";
import type { Metadata } from "../platform/metadata/metadata.ts";
import type { RepositoryRow } from "../platform/metadata/schema.ts";
import { findRepository } from "../repositories/find-repository.ts";
import { testCall, repositoryName } from "../testing/call.ts";
import { fakeClock } from "../testing/fake-clock.ts";
import { DOCKER_MANIFEST, addLayers, image, index, OCI_MANIFEST, type TestImage } from "../testing/image.ts";
import { openTestMetadata } from "../testing/metadata.ts";
import { addRepositoryRow } from "../testing/rows.ts";
import { batchDeleteImage } from "./batch-delete-image.ts";
import { batchGetImage } from "./batch-get-image.ts";
import { deleteImage, deleteTag } from "./delete-image.ts";
import { describeImages, describeNamedImages } from "./describe-images.ts";
import { getImage } from "./get-image.ts";
import { listImages } from "./list-images.ts";
import { listReferrers } from "./list-referrers.ts";
import { listTags } from "./list-tags.ts";
import { putImage } from "./put-image.ts";
import { insertManifest, upsertTag } from "./rows.ts";
import { updateImageStorageClass } from "./update-image-storage-class.ts";

const name = repositoryName("team/app");
const locked = repositoryName("team/locked");
const tags = (...texts: string[]) => texts as Tag[];
const fails = (code: ErrorCode, message?: RegExp) => (error: unknown) =>
  error instanceof RegistryError && error.code === code && (message === undefined || message.test(error.message));

describe("images", () => {
  const clock = fakeClock();
  let metadata: Metadata;
  const pulls = { note: () => undefined };
  let deps: { metadata: Metadata; clock: typeof clock; pulls: typeof pulls };
  let call: Call;

  beforeEach(async () => {
    metadata = await openTestMetadata();
    deps = { metadata, clock, pulls };
    call = testCall();
    await metadata.write(call.registry, async (tx) => {
      await addRepositoryRow(tx, { id: 1, ...call.registry, name });
      await addRepositoryRow(tx, { id: 2, ...call.registry, name: locked, tag_mutability: "IMMUTABLE" });
    });
  });
  afterEach(() => metadata[Symbol.asyncDispose]());

  const upload = (of: TestImage, to = name) =>
    metadata.write(call.registry, async (tx) => {
      const repository: RepositoryRow = await findRepository(tx, to);
      await addLayers(tx, repository.id, of);
    });
  const put = (of: TestImage, ...names: string[]) =>
    putImage(deps, call, { name, body: of.body, mediaType: of.mediaType, tags: tags(...names), onIdentical: "succeed" });
  const push = async (of: TestImage, ...names: string[]) => {
    await upload(of);
    return put(of, ...names);
  };

  test("what was pushed comes back byte for byte, by tag and by digest", async () => {
    const pushed = image();
    const { digest } = await push(pushed, "v1");
    assert.equal(digest, pushed.digest);
    for (const reference of [{ tag: "v1" as Tag }, { digest }]) {
      const pulled = await getImage(deps, call, { name, reference });
      assert.deepEqual(Buffer.from(pulled.body), pushed.body);
      assert.equal(pulled.mediaType, pushed.mediaType);
    }
  });

  test("a manifest whose layers are absent is refused, and nothing is left of it", async () => {
    const absent = image();
    await assert.rejects(put(absent, "v1"), fails("LayersNotFoundException", /Layers with digests '\[sha256:/));
    await assert.rejects(getImage(deps, call, { name, reference: { tag: "v1" as Tag } }), fails("ImageNotFoundException"));
    assert.deepEqual((await listImages(deps, call, { name, filter: {}, size: 10 })).items, []);
  });

  test("layers of another repository do not count", async () => {
    const pushed = image();
    await upload(pushed, locked);
    await assert.rejects(put(pushed, "v1"), fails("LayersNotFoundException"));
  });

  test("a layer whose size is not the one that the manifest gives is refused", async () => {
    const honest = image();
    await upload(honest);
    const manifest = JSON.parse(honest.body.toString()) as { layers: { size: number }[] };
    if (manifest.layers[0] !== undefined) manifest.layers[0].size += 1;
    const lie = { ...honest, body: Buffer.from(JSON.stringify(manifest)) };
    await assert.rejects(put(lie, "v1"), fails("InvalidManifestException", /a size of 65 bytes, but it has 64/));
  });

  test("a non-distributable layer need not be there", async () => {
    const layer = {
      mediaType: "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
      digest: `sha256:${"0".repeat(64)}`,
      size: 9,
    };
    const foreign = image({ extra: { layers: [layer] } });
    await push(foreign, "win");
    assert.equal(
      (await describeNamedImages(deps, call, { name, ids: [{ imageTag: "win" }] }))[0]?.image_size,
      foreign.blobs[0]?.length,
    );
  });

  test("an index needs its children, with the sizes that it gives, and counts as its largest child", async () => {
    const [small, large] = [image({ layers: 1 }), image({ layers: 5 })];
    const both = index([small, large]);
    await push(small);
    await assert.rejects(put(both, "multi"), fails("ReferencedImagesNotFoundException", new RegExp(large.digest)));
    await push(large);
    await put(both, "multi");
    const [detail] = await describeNamedImages(deps, call, { name, ids: [{ imageTag: "multi" }] });
    assert.equal(
      detail?.image_size,
      large.blobs.reduce((sum, it) => sum + it.length, 0),
    );
  });

  test("an index that gives a child another media type or size than it has is refused", async () => {
    const child = image();
    await push(child);
    const wrongType = index([{ ...child, mediaType: DOCKER_MANIFEST }]);
    await assert.rejects(
      put(wrongType, "wrong"),
      fails(
        "InvalidManifestException",
        /the media type ".*docker.*", but it was pushed as "application\/vnd\.oci\.image\.manifest/,
      ),
    );
    await assert.rejects(put(index([{ ...child, size: 7 }]), "wrong"), fails("InvalidManifestException", /a size of 7 bytes/));
    await put(index([child]), "right");
  });

  test("a referrer that gives its subject another media type or size than it has is refused", async () => {
    const subject = image();
    const { mediaType, digest, size } = subject;
    const referrer = (extra: object) => image({ extra: { subject: { mediaType, digest, size, ...extra } } });
    const [wrongType, wrongSize] = [referrer({ mediaType: DOCKER_MANIFEST }), referrer({ size: 7 })];
    const early = referrer({ size: 8 });
    assert.equal((await push(early, "early")).warnings.length, 1);
    await push(subject);
    await assert.rejects(
      push(wrongType, "wrong"),
      fails(
        "InvalidManifestException",
        new RegExp(`the subject ${digest} the media type ".*docker.*", but it was pushed as ".*oci`),
      ),
    );
    await assert.rejects(
      push(wrongSize, "wrong"),
      fails("InvalidManifestException", new RegExp(`the subject ${digest} a size of 7 bytes, but it has ${size}`)),
    );
    assert.deepEqual((await push(referrer({}), "right")).warnings, []);
    // What was taken while its subject was absent is there, and may be pushed and tagged again.
    await put(early, "again");
    const { items } = await listTags(deps, call, { name, size: 10 });
    assert.deepEqual(items, ["again", "early", "right"]);
  });

  test("a manifest without a mediaType stays what it was pushed as first, archived or not", async () => {
    const bare = image({ extra: { mediaType: undefined } });
    const as = (mediaType: string | undefined, tag: string) =>
      putImage(deps, call, { name, body: bare.body, mediaType, tags: tags(tag), onIdentical: "succeed" });
    const isRefused = () =>
      assert.rejects(
        as(DOCKER_MANIFEST, "docker"),
        fails("InvalidManifestException", /was pushed as ".*oci.*" before and cannot be ".*docker.*" too/),
      );
    await upload(bare);
    await assert.rejects(as(undefined, "none"), fails("InvalidManifestException", /has no mediaType/));
    await as(OCI_MANIFEST, "v1");
    await isRefused();
    await updateImageStorageClass(deps, call, { name, id: { imageDigest: bare.digest }, target: "ARCHIVE" });
    await isRefused();
    assert.equal((await describeNamedImages(deps, call, { name, ids: [{ imageDigest: bare.digest }] }))[0]?.status, "ARCHIVED");
    await as(OCI_MANIFEST, "v2");
    assert.equal((await getImage(deps, call, { name, reference: { digest: bare.digest } })).mediaType, OCI_MANIFEST);
    await deleteImage(deps, call, { name, digest: bare.digest });
    assert.equal((await as(DOCKER_MANIFEST, "docker")).mediaType, DOCKER_MANIFEST);
  });

  test("a digest that the bytes do not have is refused", async () => {
    const pushed = image();
    await upload(pushed);
    const digest = `sha256:${"0".repeat(64)}` as Digest;
    const refused = putImage(deps, call, { name, body: pushed.body, tags: [], digest, onIdentical: "succeed" });
    await assert.rejects(refused, fails("ImageDigestDoesNotMatchException"));
  });

  test("a moved tag leaves the old image untagged", async () => {
    const [first, second] = [image(), image()];
    await push(first, "latest");
    await push(second, "latest");
    const page = await listImages(deps, call, { name, filter: {}, size: 10 });
    assert.deepEqual(
      page.items.map((it) => ({ ...it })),
      // By digest, and those are random.
      [{ digest: second.digest, tag: "latest" }, { digest: first.digest }].sort((a, b) => (a.digest < b.digest ? -1 : 1)),
    );
  });

  test("pushing the same again fails on ECR's API and succeeds on OCI's", async () => {
    const pushed = image();
    await push(pushed, "v1");
    await put(pushed, "v1");
    const again = putImage(deps, call, { name, body: pushed.body, tags: tags("v1"), onIdentical: "fail" });
    await assert.rejects(again, fails("ImageAlreadyExistsException", /with digest 'sha256:.*' and tag 'v1' already exists/));
    await putImage(deps, call, { name, body: pushed.body, tags: tags("v2"), onIdentical: "fail" });
  });

  test("an immutable tag never moves, whoever races for it", async () => {
    const contenders = [image(), image(), image(), image()];
    for (const it of contenders) await upload(it, locked);
    const results = await Promise.allSettled(
      contenders.map((it) => putImage(deps, call, { name: locked, body: it.body, tags: tags("v1"), onIdentical: "succeed" })),
    );
    const won = results.findIndex((it) => it.status === "fulfilled");
    assert.equal(results.filter((it) => it.status === "fulfilled").length, 1);
    for (const it of results) {
      if (it.status === "rejected") assert.ok(fails("ImageTagAlreadyExistsException", /because the tag is immutable/)(it.reason));
    }
    const stored = await getImage(deps, call, { name: locked, reference: { tag: "v1" as Tag } });
    assert.equal(stored.digest, contenders[won]?.digest);
    // A refused push leaves no image behind either.
    assert.equal((await listImages(deps, call, { name: locked, filter: {}, size: 10 })).items.length, 1);
  });

  test("deleting an image by digest takes its tags; one that an index holds stays", async () => {
    const child = image();
    await push(child, "a", "b");
    const parent = index([child]);
    await put(parent, "multi");
    await assert.rejects(
      deleteImage(deps, call, { name, digest: child.digest }),
      fails("ImageReferencedByManifestListException"),
    );
    await deleteImage(deps, call, { name, digest: parent.digest });
    await deleteImage(deps, call, { name, digest: child.digest });
    assert.deepEqual((await listTags(deps, call, { name, size: 10 })).items, []);
    await assert.rejects(deleteImage(deps, call, { name, digest: child.digest }), fails("ImageNotFoundException"));
  });

  test("on OCI deleting a tag leaves the image; on ECR's API the last tag takes it along", async () => {
    const pushed = image();
    await push(pushed, "a", "b");
    await deleteTag(deps, call, { name, tag: "a" as Tag });
    assert.deepEqual((await listTags(deps, call, { name, size: 10 })).items, ["b"]);
    const batch = await batchDeleteImage(deps, call, { name, ids: [{ imageTag: "b" }] });
    assert.deepEqual(batch, { items: [{ imageTag: "b", imageDigest: pushed.digest }], failures: [] });
    await assert.rejects(getImage(deps, call, { name, reference: { digest: pushed.digest } }), fails("ImageNotFoundException"));
  });

  test("a batch does what it can and says what it could not", async () => {
    const pushed = image();
    await push(pushed, "v1");
    const other = `sha256:${"0".repeat(64)}`;
    const ids = [
      { imageTag: "v1" },
      { imageTag: "v1" },
      { imageTag: "gone" },
      {},
      { imageDigest: "nonsense" },
      { imageTag: "v1", imageDigest: other },
      { imageDigest: other },
    ];
    const batch = await batchGetImage(deps, call, { name, ids });
    assert.deepEqual(
      batch.items.map((it) => it.imageId),
      [{ imageTag: "v1", imageDigest: pushed.digest }],
    );
    assert.deepEqual(
      batch.failures.map((it) => it.failureCode),
      ["ImageNotFound", "MissingDigestAndTag", "InvalidImageDigest", "ImageTagDoesNotMatchDigest", "ImageNotFound"],
    );
  });

  test("one answer does not hold more manifests than memory has room for", async () => {
    const ids = Array.from({ length: 5 }, (_, at) => ({ imageTag: `t${at}` }));
    await push(index([], { annotations: { padding: "x".repeat(4_000_000) } }), ...ids.map((it) => it.imageTag));
    await assert.rejects(batchGetImage(deps, call, { name, ids }), fails("LimitExceededException", /16777216 bytes/));
    assert.equal((await batchGetImage(deps, call, { name, ids: ids.slice(1) })).items.length, 4);
  });

  test("pages of images and tags join up, whatever the filter", async () => {
    for (let i = 0; i < 7; i++) await push(image(), ...(i % 2 === 0 ? [`t${i}`, `x${i}`] : []));
    const walk = async (filter: { tagStatus?: "TAGGED" | "UNTAGGED" }) => {
      const [listed, described]: [string[], string[]] = [[], []];
      let after: string | undefined;
      do {
        const page = await listImages(deps, call, { name, filter, after, size: 2 });
        listed.push(...page.items.map((it) => it.tag ?? it.digest));
        after = page.next;
      } while (after !== undefined);
      do {
        const page = await describeImages(deps, call, { name, filter, after, size: 2 });
        described.push(...page.items.map((it) => it.digest));
        after = page.next;
      } while (after !== undefined);
      return { listed: new Set(listed).size, described: new Set(described).size };
    };
    assert.deepEqual(await walk({}), { listed: 11, described: 7 });
    assert.deepEqual(await walk({ tagStatus: "TAGGED" }), { listed: 8, described: 4 });
    assert.deepEqual(await walk({ tagStatus: "UNTAGGED" }), { listed: 3, described: 3 });
  });

  test("referrers are found by subject, though the subject is absent, and filtered by type", async () => {
    const subject = image();
    const descriptor = { mediaType: subject.mediaType, digest: subject.digest, size: subject.size };
    const sbom = image({ extra: { artifactType: "text/sbom", subject: descriptor, annotations: { by: "us" } } });
    const signature = image({ extra: { artifactType: "text/signature", subject: descriptor } });
    await push(sbom);
    assert.equal((await push(signature)).subject, subject.digest);
    const all = await listReferrers(deps, call, { name, subject: subject.digest, size: 10 });
    assert.deepEqual(new Set(all.items.map((it) => it.digest)), new Set([sbom.digest, signature.digest]));
    const some = await listReferrers(deps, call, { name, subject: subject.digest, artifactTypes: ["text/sbom"], size: 10 });
    assert.deepEqual(
      some.items.map((it) => [it.artifactType, it.annotations]),
      [["text/sbom", { by: "us" }]],
    );
    const first = await listReferrers(deps, call, { name, subject: subject.digest, size: 1 });
    const second = await listReferrers(deps, call, { name, subject: subject.digest, after: first.next, size: 1 });
    assert.equal(new Set([...first.items, ...second.items].map((it) => it.digest)).size, 2);
    assert.equal(second.next, undefined);
  });

  test("a filter that few referrers pass makes short pages and not long ones, and misses none", async () => {
    const subject = image().digest;
    const digests = Array.from({ length: 2100 }, (_, at) => `sha256:${String(at).padStart(64, "0")}`);
    const row = { repository_id: 1, media_type: OCI_MANIFEST, body: Buffer.alloc(1), body_size: 1, image_size: 1, subject };
    const rest = { annotations: null, pushed_ms: 0, pulled_ms: null, status: "ACTIVE", tagged: 0 };
    await metadata.write(call.registry, async (tx) => {
      for (const [at, digest] of digests.entries())
        await tx.run(insertManifest, { ...row, ...rest, digest, artifact_type: at === 1500 ? "text/rare" : "text/common" });
    });
    const sizes: number[] = [];
    let after: string | undefined;
    do {
      const page = await listReferrers(deps, call, { name, subject, artifactTypes: ["text/rare"], after, size: 10 });
      sizes.push(page.items.length);
      after = page.next;
    } while (after !== undefined);
    assert.deepEqual(sizes, [0, 1, 0]);
  });

  test("another account's repository of the same name is another repository", async () => {
    await push(image(), "v1");
    const foreign = testCall({ registry: { ...call.registry, account: "111111111111" as typeof call.registry.account } });
    await assert.rejects(
      getImage(deps, foreign, { name, reference: { tag: "v1" as Tag } }),
      fails("RepositoryNotFoundException"),
    );
  });

  test("a page of described images ends early when their tags are too many for it, and the next one goes on", async () => {
    const images = Array.from({ length: 12 }, () => image());
    for (const it of images) await push(it, "x" + it.digest.slice(7, 20));
    await metadata.write(call.registry, async (tx) => {
      for (const { digest } of images.slice(1)) {
        for (let n = 1; n < 1000; n++) {
          await tx.run(upsertTag, { repository_id: 1, tag: `${digest.slice(7, 20)}-${n}`, manifest: digest, moved_ms: 0 });
        }
      }
    });
    const counts = new Map<string, number>();
    let after: string | undefined;
    do {
      const page = await describeImages(deps, call, { name, filter: {}, after, size: 1000 });
      assert.ok(page.items.reduce((sum, it) => sum + it.tags.length, 0) <= 10_000);
      for (const { digest, tags: found } of page.items) counts.set(digest, found.length);
      after = page.next;
    } while (after !== undefined);
    assert.deepEqual(counts, new Map(images.map((it, at) => [it.digest as string, at === 0 ? 1 : 1000])));
  });

  test("an artifact type with a character that not every database keeps is refused, and nothing is found by one", async () => {
    for (const bad of ["\0", "a/\u0000b", "\ud800", "\n"]) {
      const of = image({ extra: { artifactType: bad } });
      await assert.rejects(push(of), fails("InvalidManifestException", /artifactType/));
      const page = await listReferrers(deps, call, { name, subject: of.digest, artifactTypes: [bad], size: 10 });
      assert.deepEqual(page.items, []);
    }
  });
});
