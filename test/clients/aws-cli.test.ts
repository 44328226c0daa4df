import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, test } from "node:test";
import { run, without } from "../programs.ts";
import { findCli } from "./aws-cli.ts";
import { blobPath, type Descriptor, makeLayout } from "./image-layout.ts";
import { awsEnvironment, type Scene, setScene } from "./scene.ts";

const MAJORS = [2, 1];

for (const major of MAJORS) {
  const path = findCli(major);
  const absent = path === undefined ? `not on this machine: version ${major} of the AWS CLI` : false;

  describe(`the AWS CLI, version ${major}`, { skip: absent || without("tar") }, () => {
    let scene: Scene;
    let env: Record<string, string>;

    before(async () => {
      scene = await setScene();
      env = awsEnvironment(scene);
    });
    after(() => scene[Symbol.asyncDispose]());

    const aws = async (...args: string[]) =>
      (await run(path ?? "aws", ["--endpoint-url", scene.server.url, ...args], { env })).trim();
    const ask = async (...args: string[]) => JSON.parse(await aws(...args, "--output", "json"));

    async function pushLayer(repository: string, folder: string, { digest, size }: Descriptor): Promise<void> {
      const about = ["--repository-name", repository];
      const { uploadId } = await ask("ecr", "initiate-layer-upload", ...about);
      const range = ["--upload-id", uploadId, "--part-first-byte", "0", "--part-last-byte", String(size - 1)];
      await ask("ecr", "upload-layer-part", ...about, ...range, "--layer-part-blob", `fileb://${blobPath(folder, digest)}`);
      const done = await ask("ecr", "complete-layer-upload", ...about, "--upload-id", uploadId, "--layer-digests", digest);
      assert.equal(done.layerDigest, digest);
    }

    test("the credentials file that the server wrote makes it root", async () => {
      assert.equal((await ask("sts", "get-caller-identity")).Arn, "arn:aws:iam::000000000000:root");
    });

    test("the password of get-login-password opens the registry, and a wrong one does not", async () => {
      const status = async (password: string) => {
        const authorization = `Basic ${Buffer.from(`AWS:${password}`).toString("base64")}`;
        return (await fetch(`${scene.server.url}/v2/`, { headers: { authorization } })).status;
      };
      assert.equal(await status(await aws("ecr", "get-login-password")), 200);
      assert.notEqual(await status("wrong"), 200);
    });

    test("a repository is created, an image goes up and comes back as it was, and all of it is deleted", async () => {
      const repository = "cli/one";
      const about = ["--repository-name", repository];
      const created = await ask("ecr", "create-repository", ...about, "--tags", "Key=team,Value=a");
      assert.equal(created.repository.repositoryUri, `${scene.host}/${repository}`);

      const layout = await makeLayout(await scene.folder("one"), ["amd64"]);
      const [image] = layout.images;
      assert(image !== undefined);
      for (const blob of [image.config, image.layer]) await pushLayer(repository, layout.folder, blob);
      const manifest = `file://${blobPath(layout.folder, layout.root.digest)}`;
      const put = await ask("ecr", "put-image", ...about, "--image-tag", "v1", "--image-manifest", manifest);
      assert.equal(put.image.imageId.imageDigest, layout.root.digest);

      const bytes = await readFile(blobPath(layout.folder, layout.root.digest), "utf8");
      for (const id of ["imageTag=v1", `imageDigest=${layout.root.digest}`]) {
        const { images } = await ask("ecr", "batch-get-image", ...about, "--image-ids", id);
        assert.equal(images[0].imageManifest, bytes);
      }
      const { downloadUrl } = await ask("ecr", "get-download-url-for-layer", ...about, "--layer-digest", image.layer.digest);
      const layer = Buffer.from(await (await fetch(downloadUrl)).arrayBuffer());
      assert(layer.equals(await readFile(blobPath(layout.folder, image.layer.digest))), "the layer differs");

      const { imageDetails } = await ask("ecr", "describe-images", ...about);
      assert.deepEqual(imageDetails[0].imageTags, ["v1"]);
      assert.equal(imageDetails[0].imageSizeInBytes, image.config.size + image.layer.size);
      assert.deepEqual((await ask("ecr", "list-images", ...about)).imageIds, [
        { imageDigest: layout.root.digest, imageTag: "v1" },
      ]);

      const deleted = await ask("ecr", "batch-delete-image", ...about, "--image-ids", "imageTag=v1");
      assert.deepEqual(deleted.failures, []);
      await ask("ecr", "delete-repository", ...about, "--force");
      await assert.rejects(ask("ecr", "describe-repositories", "--repository-names", repository), /RepositoryNotFoundException/);
    });
  });
}
