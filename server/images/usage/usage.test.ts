import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import fc from "fast-check";
import { findRepository } from "../../repositories/find-repository.ts";
import { repositoryName, testRegistry } from "../../testing/call.ts";
import { openTestEcr, type TestEcr } from "../../testing/ecr.ts";
import { addLayers, digestOf, index, OCI_MANIFEST, type TestImage } from "../../testing/image.ts";

/** Sizes that are all different in sum: no two sets of these layers weigh the same. */
const POOL = Array.from({ length: 8 }, (_, at) => Buffer.alloc(2 ** (at + 4), at));
const RUNS = 12;

/** A repository as the naive model has it: what it has, and what each image needs, as positions in the pool. */
interface ModelRepository {
  readonly name: string;
  readonly layers: ReadonlySet<number>;
  readonly images: readonly ModelImage[];
}
interface ModelImage {
  readonly of: TestImage;
  readonly needs: ReadonlySet<number>;
}

const bytes = (layers: Iterable<number>): number => [...layers].reduce((sum, at) => sum + (POOL[at] as Buffer).length, 0);
const union = (sets: Iterable<ReadonlySet<number>>): Set<number> => new Set([...sets].flatMap((it) => [...it]));
const total = (numbers: readonly number[]): number => numbers.reduce((sum, it) => sum + it, 0);
const manifestBytes = (images: readonly ModelImage[]): number => total(images.map((it) => it.of.size));

/** An image of layers of the pool; `nonce` makes its manifest one of its own. */
function imageOf(needs: ReadonlySet<number>, nonce: string): ModelImage {
  const blobs = [...needs].map((at) => POOL[at] as Buffer);
  const [config = Buffer.alloc(0), ...layers] = blobs.map((it) => ({
    digest: digestOf(it),
    size: it.length,
    mediaType: "text/x",
  }));
  const body = Buffer.from(
    JSON.stringify({ schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers, annotations: { nonce: nonce } }),
  );
  return { of: { body, mediaType: OCI_MANIFEST, digest: digestOf(body), size: body.length, blobs }, needs };
}

const layerSet = (minLength: number) =>
  fc.uniqueArray(fc.nat({ max: POOL.length - 1 }), { minLength, maxLength: 5 }).map((it) => new Set(it));
const repositories = fc.array(fc.record({ extra: layerSet(0), images: fc.array(layerSet(1), { maxLength: 6 }) }), {
  minLength: 1,
  maxLength: 4,
});

describe("what is stored adds up", () => {
  let ecr: TestEcr;
  before(async () => (ecr = await openTestEcr()));
  after(() => ecr[Symbol.asyncDispose]());

  async function make(name: string, extra: ReadonlySet<number>, needs: readonly ReadonlySet<number>[]): Promise<ModelRepository> {
    await ecr.call("CreateRepository", { repositoryName: name });
    const images = needs.map((it, at) => imageOf(it, `${name} ${at}`));
    const layers = union([extra, ...needs]);
    const all = imageOf(layers, name).of;
    await ecr.metadata.write(testRegistry, async (tx) => addLayers(tx, (await findRepository(tx, repositoryName(name))).id, all));
    for (const { of } of images) {
      const input = { imageManifest: of.body.toString(), imageManifestMediaType: of.mediaType, imageTag: of.digest.slice(7) };
      await ecr.call("PutImage", { repositoryName: name, ...input });
    }
    return { name, layers, images };
  }

  /** All pages, by ones and twos. */
  async function allUsage(maxResults: number): Promise<{ repositories: any[]; total: any }> {
    const found: any[] = [];
    for (let nextToken: string | undefined; ; ) {
      const page = await ecr.call("DescribeStorageUsage", { maxResults, nextToken });
      found.push(...page.repositories);
      nextToken = page.nextToken;
      if (nextToken === undefined) return { repositories: found, total: page.total };
    }
  }

  test("in random repositories, of images, repositories and the registry, as a naive count has it", async () => {
    const model: ModelRepository[] = [];
    let run = 0;
    await fc.assert(
      fc.asyncProperty(repositories, fc.nat({ max: 63 }), async (drawn, chosen) => {
        run++;
        for (const [at, { extra, images }] of drawn.entries()) {
          const made = await make(`run-${run}-${at}`, extra, images);
          await assertImages(made, chosen);
          model.push(made);
        }
        for (const made of model.slice(-drawn.length)) await assertFreed(made, model, chosen);
        await assertRegistry(model, 1 + (chosen % 3));
      }),
      { numRuns: RUNS },
    );
  });

  async function assertImages({ name, images }: ModelRepository, chosen: number): Promise<void> {
    if (images.length === 0) return;
    const imageIds = images.map((it) => ({ imageDigest: it.of.digest }));
    const answer = await ecr.call("DescribeImageStorageUsage", { repositoryName: name, imageIds });
    const expected = images.map(({ of, needs }) => {
      const others = union(images.filter((it) => it.of !== of).map((it) => it.needs));
      const unique = of.size + bytes(needs.difference(others));
      const shared = bytes(needs.intersection(others));
      return { imageDigest: of.digest, sizeInBytes: unique + shared, uniqueSizeInBytes: unique, sharedSizeInBytes: shared };
    });
    assert.deepEqual(answer.images, expected);
    // Whatever images have alone, and whatever they share, counted once, is what the repository needs.
    const shared = union(
      images.flatMap((one) => images.filter((it) => it !== one).map((it) => one.needs.intersection(it.needs))),
    );
    const unique = total(answer.images.map((it: { uniqueSizeInBytes: number }) => it.uniqueSizeInBytes));
    const [usage] = (await ecr.call("DescribeStorageUsage", { repositoryName: name })).repositories;
    assert.equal(unique + bytes(shared), usage.neededSizeInBytes + usage.manifestSizeInBytes, `with ${chosen}`);
  }

  async function assertFreed(
    { name, images }: ModelRepository,
    model: readonly ModelRepository[],
    chosen: number,
  ): Promise<void> {
    const [going, staying] = [images.filter((_, at) => chosen & (1 << at)), images.filter((_, at) => !(chosen & (1 << at)))];
    if (going.length === 0) return;
    const imageIds = going.map((it) => ({ imageTag: it.of.digest.slice(7) }));
    const answer = await ecr.call("DescribeImageStorageUsage", { repositoryName: name, imageIds });
    const free = union(going.map((it) => it.needs)).difference(union(staying.map((it) => it.needs)));
    const elsewhere = union(model.filter((it) => it.name !== name).map((it) => it.layers));
    assert.equal(answer.freedSizeInBytes, bytes(free) + manifestBytes(going));
    assert.equal(answer.freedInRegistrySizeInBytes, bytes(free.difference(elsewhere)) + manifestBytes(going));
  }

  async function assertRegistry(model: readonly ModelRepository[], maxResults: number): Promise<void> {
    const found = await allUsage(maxResults);
    const sorted = model.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    const expected = sorted.map(({ name, layers, images }, at) => {
      const needed = union(images.map((it) => it.needs));
      const others = union(sorted.filter((it) => it.name !== name).map((it) => it.layers));
      return {
        repositoryName: name,
        imageCount: images.length,
        tagCount: images.length,
        layerCount: layers.size,
        manifestSizeInBytes: manifestBytes(images),
        layerSizeInBytes: bytes(layers),
        neededSizeInBytes: bytes(needed),
        reclaimableSizeInBytes: bytes(layers.difference(needed)),
        leasedSizeInBytes: 0,
        archivedSizeInBytes: 0,
        uniqueSizeInBytes: bytes(layers.difference(others)),
        storedSizeInBytes: bytes(layers.difference(union(sorted.slice(0, at).map((it) => it.layers)))),
      };
    });
    assert.deepEqual(found.repositories, expected);
    assert.equal(found.total.storedSizeInBytes, bytes(union(model.map((it) => it.layers))));
    assert.equal(found.total.layerSizeInBytes, total(expected.map((it) => it.layerSizeInBytes)));
    assert.equal(found.total.imageCount, total(expected.map((it) => it.imageCount)));
  }

  test("an index takes its manifest, and what it lists are images of their own", async () => {
    const { name, images } = await make("indexed", new Set(), [new Set([0, 1])]);
    const listed = images.map((it) => it.of);
    const parent = index(listed);
    await ecr.call("PutImage", { repositoryName: name, imageManifest: parent.body.toString(), imageTag: "all" });
    const usage = await ecr.call("DescribeImageStorageUsage", { repositoryName: name, imageIds: [{ imageTag: "all" }] });
    assert.deepEqual(usage.images, [
      { imageDigest: parent.digest, sizeInBytes: parent.size, uniqueSizeInBytes: parent.size, sharedSizeInBytes: 0 },
    ]);
    const { imageDetails } = await ecr.call("DescribeImages", { repositoryName: name, imageIds: [{ imageTag: "all" }] });
    assert.equal(imageDetails[0].imageSizeInBytes, bytes([0, 1]));
  });
});
