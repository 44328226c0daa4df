import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, test } from "node:test";
import {
  BatchDeleteImageCommand,
  BatchGetImageCommand,
  DeleteRepositoryCommand,
  type ECRClient,
  GetDownloadUrlForLayerCommand,
  paginateDescribeImages,
  paginateDescribeRepositories,
  PutImageCommand,
  PutImageTagMutabilityCommand,
} from "@aws-sdk/client-ecr";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { without } from "../programs.ts";
import { blobPath, makeLayout } from "./image-layout.ts";
import { pushLayout } from "./push-layout.ts";
import { type Scene, setScene } from "./scene.ts";

describe("the AWS SDK for JavaScript", { skip: without("tar") }, () => {
  let scene: Scene;
  let ecr: ECRClient;

  before(async () => {
    scene = await setScene();
    ecr = scene.server.ecr;
  });
  after(() => scene[Symbol.asyncDispose]());

  test("an index of two architectures goes up and comes back as it was, and is deleted", async () => {
    const repositoryName = "sdk/many";
    await scene.createRepository(repositoryName);
    const layout = await makeLayout(await scene.folder("many"), ["amd64", "arm64"]);
    await pushLayout(ecr, repositoryName, { layout, imageTag: "v1" });
    const index = await readFile(blobPath(layout.folder, layout.root.digest), "utf8");

    for (const imageId of [{ imageTag: "v1" }, { imageDigest: layout.root.digest }]) {
      const { images } = await ecr.send(new BatchGetImageCommand({ repositoryName, imageIds: [imageId] }));
      assert.equal(images?.[0]?.imageManifest, index);
    }
    for (const layerDigest of layout.images.map((it) => it.layer.digest)) {
      const { downloadUrl } = await ecr.send(new GetDownloadUrlForLayerCommand({ repositoryName, layerDigest }));
      const layer = Buffer.from(await (await fetch(downloadUrl ?? "")).arrayBuffer());
      assert(layer.equals(await readFile(blobPath(layout.folder, layerDigest))), `${layerDigest} differs`);
    }
    const found: string[] = [];
    for await (const page of paginateDescribeImages({ client: ecr, pageSize: 1 }, { repositoryName })) {
      found.push(...(page.imageDetails ?? []).map((it) => it.imageDigest ?? ""));
    }
    assert.deepEqual(
      found.toSorted(),
      [layout.root, ...layout.images.map((it) => it.descriptor)].map((it) => it.digest).toSorted(),
    );

    const { failures } = await ecr.send(
      new BatchDeleteImageCommand({ repositoryName, imageIds: [{ imageDigest: layout.root.digest }] }),
    );
    assert.deepEqual(failures, []);
    await assert.rejects(ecr.send(new DeleteRepositoryCommand({ repositoryName })), { name: "RepositoryNotEmptyException" });
    await ecr.send(new DeleteRepositoryCommand({ repositoryName, force: true }));
  });

  test("a tag that is immutable does not move", async () => {
    const repositoryName = "sdk/immutable";
    await scene.createRepository(repositoryName);
    await ecr.send(new PutImageTagMutabilityCommand({ repositoryName, imageTagMutability: "IMMUTABLE" }));
    const layout = await makeLayout(await scene.folder("immutable"), ["amd64", "arm64"]);
    await pushLayout(ecr, repositoryName, { layout });
    const [first, second] = await Promise.all(
      layout.images.map((it) => readFile(blobPath(layout.folder, it.descriptor.digest), "utf8")),
    );
    await ecr.send(new PutImageCommand({ repositoryName, imageManifest: first, imageTag: "v1" }));
    const moving = new PutImageCommand({ repositoryName, imageManifest: second, imageTag: "v1" });
    await assert.rejects(ecr.send(moving), { name: "ImageTagAlreadyExistsException" });
  });

  test("repositories come in pages", async () => {
    for (const name of ["sdk/pages/a", "sdk/pages/b", "sdk/pages/c"]) await scene.createRepository(name);
    const names: string[] = [];
    for await (const page of paginateDescribeRepositories({ client: ecr, pageSize: 2 }, {})) {
      names.push(...(page.repositories ?? []).map((it) => it.repositoryName ?? ""));
    }
    assert.deepEqual(
      names.filter((it) => it.startsWith("sdk/pages/")),
      ["sdk/pages/a", "sdk/pages/b", "sdk/pages/c"],
    );
  });

  test("STS says who it is", async () => {
    const sts = new STSClient({ region: "us-east-1", endpoint: scene.server.url, credentials: scene.server.credentials });
    assert.equal((await sts.send(new GetCallerIdentityCommand({}))).Account, "000000000000");
    sts.destroy();
  });
});
