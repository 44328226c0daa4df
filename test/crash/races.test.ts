import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { BatchDeleteImageCommand, CreateRepositoryCommand, PutImageCommand } from "@aws-sdk/client-ecr";
import { digestOf, MANIFEST_TYPE } from "../clients/image-layout.ts";
import { type Installation, install } from "../installation.ts";
import { type RunningLongshore, startLongshore } from "../longshore.ts";
import { assertBlobWhole, assertWhole, expectStatus, makeImage, type OciClient, ociClient } from "./oci-client.ts";

const ROUNDS = 20;
const CLIENTS = 8;
const LAYER_BYTES = 50_000;

describe("two workers and many clients", () => {
  let installation: Installation;
  let server: RunningLongshore;
  let client: OciClient;

  before(async () => {
    installation = await install();
    server = await startLongshore(installation, { workers: 2 });
    client = await ociClient(server);
  });
  after(async () => {
    await server.stop();
    await installation[Symbol.asyncDispose]();
  });

  const createRepository = (repositoryName: string, imageTagMutability: "MUTABLE" | "IMMUTABLE" = "MUTABLE") =>
    server.ecr.send(new CreateRepositoryCommand({ repositoryName, imageTagMutability }));
  const manifestStatus = async (repository: string, reference: string): Promise<number> =>
    (await client.send("HEAD", `/v2/${repository}/manifests/${reference}`, undefined, { accept: MANIFEST_TYPE })).status;

  async function pushLayersOf(repository: string, count: number) {
    const images = Array.from({ length: count }, () => makeImage(LAYER_BYTES));
    await Promise.all(images.flatMap((it) => [client.pushBlob(repository, it.config), client.pushBlob(repository, it.layer)]));
    return images;
  }

  test("a tag that all of them push leads to one of their images, and every image is there", async () => {
    const repository = "races/tag";
    await createRepository(repository);
    const images = await pushLayersOf(repository, CLIENTS);
    for (let round = 0; round < ROUNDS; round++) {
      const answers = await Promise.all(images.map((it) => client.pushManifest(repository, `v${round}`, it.manifest)));
      for (const it of answers) expectStatus(it, 201);
      const head = expectStatus(await client.send("HEAD", `/v2/${repository}/manifests/v${round}`), 200);
      const winner = images.find((it) => it.digest === head.headers.get("docker-content-digest"));
      assert(winner !== undefined);
      await assertWhole(client, repository, `v${round}`, winner);
    }
    for (const it of images) await assertWhole(client, repository, it.digest, it);
  });

  test("a layer that all of them push is stored once and whole", async () => {
    const repository = "races/layer";
    await createRepository(repository);
    for (let round = 0; round < ROUNDS; round++) {
      const { layer } = makeImage(LAYER_BYTES);
      await Promise.all(Array.from({ length: CLIENTS }, () => client.pushBlob(repository, layer)));
      await assertBlobWhole(client, repository, layer);
    }
  });

  test("an immutable tag that all of them push goes to exactly one, and nothing of the others is stored", async () => {
    const repository = "races/immutable";
    await createRepository(repository, "IMMUTABLE");
    for (let round = 0; round < ROUNDS; round++) {
      const images = await pushLayersOf(repository, CLIENTS);
      const answers = await Promise.all(images.map((it) => client.pushManifest(repository, `v${round}`, it.manifest)));
      const won = images.filter((_, index) => answers[index]?.status === 201);
      assert.deepEqual(won.length, 1, answers.map((it) => it.status).join(" "));
      for (const it of answers) assert(it.status === 201 || (it.status >= 400 && it.status < 500), it.body.toString());
      for (const it of images) assert.equal(await manifestStatus(repository, it.digest), won.includes(it) ? 200 : 404);
      const [winner] = won;
      assert(winner !== undefined);
      await assertWhole(client, repository, `v${round}`, winner);
    }
  });

  test("an immutable tag goes to exactly one whichever protocol it is pushed by", async () => {
    const repositoryName = "races/protocols";
    await createRepository(repositoryName, "IMMUTABLE");
    for (let round = 0; round < ROUNDS; round++) {
      const images = await pushLayersOf(repositoryName, CLIENTS);
      const outcomes = await Promise.all(
        images.map(async ({ manifest }, index) => {
          if (index % 2 === 0) return (await client.pushManifest(repositoryName, `v${round}`, manifest)).status === 201;
          const put = new PutImageCommand({ repositoryName, imageTag: `v${round}`, imageManifest: manifest.toString() });
          return server.ecr.send(put).then(
            () => true,
            (error: Error) => {
              assert.equal(error.name, "ImageTagAlreadyExistsException");
              return false;
            },
          );
        }),
      );
      assert.equal(outcomes.filter(Boolean).length, 1);
    }
  });

  test("an image that is deleted while it is pushed is afterwards whole or gone", async () => {
    const repositoryName = "races/delete";
    await createRepository(repositoryName);
    const [image] = await pushLayersOf(repositoryName, 1);
    assert(image !== undefined);
    const remove = () =>
      server.ecr.send(new BatchDeleteImageCommand({ repositoryName, imageIds: [{ imageDigest: image.digest }] }));
    for (let round = 0; round < ROUNDS; round++) {
      const push = () => client.pushManifest(repositoryName, "v1", image.manifest);
      const [first, , second] = await Promise.all([push(), remove(), push(), remove()]);
      for (const it of [first, second]) expectStatus(it, 201);
      const byTag = await manifestStatus(repositoryName, "v1");
      const byDigest = await manifestStatus(repositoryName, image.digest);
      assert.equal(byTag, byDigest, "the tag and the image disagree");
      if (byTag === 200) await assertWhole(client, repositoryName, "v1", image);
    }
  });

  test("a layer that is deleted while an image needs it is refused, or the image is", async () => {
    const repository = "races/layer-delete";
    await createRepository(repository);
    for (let round = 0; round < ROUNDS; round++) {
      const [image] = await pushLayersOf(repository, 1);
      assert(image !== undefined);
      const remove = () => client.send("DELETE", `/v2/${repository}/blobs/${digestOf(image.layer)}`);
      const [pushed] = await Promise.all([client.pushManifest(repository, `v${round}`, image.manifest), remove()]);
      if (pushed.status === 201) await assertWhole(client, repository, `v${round}`, image);
      else assert.equal(await manifestStatus(repository, `v${round}`), 404);
    }
  });
});
