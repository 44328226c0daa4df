import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { DescribeImagesCommand, DescribeRepositoriesCommand, GetAuthorizationTokenCommand } from "@aws-sdk/client-ecr";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { stopProcess } from "../processes.ts";
import { run, without, withoutRoot } from "../programs.ts";
import { startDockerd } from "./dockerd.ts";
import { digestOf, FILE_NAME, makeRootfs } from "./image-layout.ts";
import { awsEnvironment, login, type Scene, setScene } from "./scene.ts";

/** dockerd starts the containerd that is on PATH, so that must be there too. */
describe("docker", { skip: withoutRoot("docker", "dockerd", "containerd", "tar") }, () => {
  let scene: Scene;
  let dockerd: ChildProcess;
  let env: Record<string, string>;

  before(async () => {
    scene = await setScene();
    const socket = join(await scene.folder("run"), "docker.sock");
    env = { DOCKER_HOST: `unix://${socket}`, DOCKER_CONFIG: await scene.folder("config") };
    dockerd = await startDockerd((name) => scene.folder(name), socket, env);
    await login(scene, "docker", ["login"], env);
  });
  after(async () => {
    await stopProcess(dockerd);
    await scene[Symbol.asyncDispose]();
  });

  const docker = async (...args: string[]) => (await run("docker", args, { env })).trim();
  const idOf = (image: string) => docker("inspect", "--format", "{{.Id}}", image);

  /** The file as it lies in a container of the image. */
  async function assertHolds(image: string, file: Buffer): Promise<void> {
    const container = await docker("create", image, "/none");
    const target = join(await scene.folder("copied"), container);
    await docker("cp", `${container}:/${FILE_NAME}`, target);
    await docker("rm", container);
    assert((await readFile(target)).equals(file), `the file in ${image} differs`);
  }

  test("an image is pushed, and pulled by tag and by digest as it was", async () => {
    await scene.createRepository("docker/one");
    const { tar, file } = await makeRootfs(await scene.folder("one"));
    const remote = `${scene.host}/docker/one`;
    await docker("import", tar, `${remote}:v1`);
    const id = await idOf(`${remote}:v1`);
    const digest = /digest: (sha256:[0-9a-f]{64})/.exec(await docker("push", `${remote}:v1`))?.[1];
    for (const reference of [`${remote}:v1`, `${remote}@${digest}`]) {
      await docker("image", "prune", "--all", "--force");
      await docker("pull", "--quiet", reference);
      assert.equal(await idOf(reference), id);
      await assertHolds(reference, file);
    }
  });

  test("an image that is built on another mounts the other's layers", async () => {
    await scene.createRepository("docker/base");
    await scene.createRepository("docker/derived");
    const folder = await scene.folder("derived");
    const { tar } = await makeRootfs(folder);
    await docker("import", tar, `${scene.host}/docker/base:v1`);
    await docker("push", `${scene.host}/docker/base:v1`);
    await docker("tag", `${scene.host}/docker/base:v1`, `${scene.host}/docker/derived:v1`);
    assert.match(await docker("push", `${scene.host}/docker/derived:v1`), /Mounted from docker\/base/);
    assert.match(await docker("push", `${scene.host}/docker/derived:v1`), /Layer already exists/);
  });

  test("a manifest list of two architectures goes up, and each is pulled from it", async () => {
    await scene.createRepository("docker/many");
    const remote = `${scene.host}/docker/many`;
    const files: Record<string, Buffer> = {};
    for (const architecture of ["amd64", "arm64"]) {
      const { tar, file } = await makeRootfs(await scene.folder(architecture));
      files[architecture] = file;
      await docker("import", tar, `${remote}:${architecture}`);
      await docker("push", `${remote}:${architecture}`);
    }
    await docker("manifest", "create", "--insecure", `${remote}:all`, `${remote}:amd64`, `${remote}:arm64`);
    // `docker import` makes images of this machine's architecture, whatever it is told.
    for (const architecture of Object.keys(files)) {
      await docker("manifest", "annotate", "--arch", architecture, `${remote}:all`, `${remote}:${architecture}`);
    }
    await docker("manifest", "push", "--insecure", "--purge", `${remote}:all`);
    for (const [architecture, file] of Object.entries(files)) {
      await docker("image", "prune", "--all", "--force");
      await docker("pull", "--quiet", "--platform", `linux/${architecture}`, `${remote}:all`);
      await assertHolds(`${remote}:all`, file);
    }
  });

  test("pushing to a repository that is not there says that it is not", async () => {
    const remote = `${scene.host}/docker/absent:v1`;
    const { tar } = await makeRootfs(await scene.folder("absent"));
    await docker("import", tar, remote);
    await assert.rejects(docker("push", remote), /repository with name 'docker\/absent' does not exist/i);
  });

  test("docker logs in with what `aws ecr get-login-password` prints", { skip: without("aws") }, async () => {
    const config = { DOCKER_CONFIG: await scene.folder("by-cli"), ENDPOINT: scene.server.url, REGISTRY: scene.host };
    const line =
      'aws --endpoint-url "$ENDPOINT" ecr get-login-password | docker login --username AWS --password-stdin "$REGISTRY"';
    const answer = await run("sh", ["-c", line], { env: { ...env, ...awsEnvironment(scene), ...config } });
    assert.match(answer, /Login Succeeded/);
  });

  test("an asset is published as the CDK does it: asked for, missing, built, pushed, and there", async () => {
    const { ecr, credentials, url } = scene.server;
    const repositoryName = "cdk-hnb659fds-container-assets-000000000000-us-east-1";
    const imageTag = "6c7e0a6f9c3b4d5e8f";
    const sts = new STSClient({ region: "us-east-1", endpoint: url, credentials });
    assert.equal((await sts.send(new GetCallerIdentityCommand({}))).Account, "000000000000");
    sts.destroy();
    const describe_ = new DescribeRepositoriesCommand({ repositoryNames: [repositoryName] });
    await assert.rejects(ecr.send(describe_), { name: "RepositoryNotFoundException" });
    await scene.createRepository(repositoryName);
    const repositoryUri = (await ecr.send(describe_)).repositories?.[0]?.repositoryUri ?? "";
    const exists = new DescribeImagesCommand({ repositoryName, imageIds: [{ imageTag }] });
    await assert.rejects(ecr.send(exists), { name: "ImageNotFoundException" });

    const { authorizationData } = await ecr.send(new GetAuthorizationTokenCommand({}));
    const { authorizationToken = "", proxyEndpoint = "" } = authorizationData?.[0] ?? {};
    const domain = proxyEndpoint.replace(/^https?:\/\//, "");
    // The two must agree: docker looks for its login under the host that stands in the image's name.
    assert.equal(repositoryUri, `${domain}/${repositoryName}`);
    const [user = "", password = ""] = Buffer.from(authorizationToken, "base64").toString().split(":");
    const login_ = ["login", "--username", user, "--password-stdin", domain];
    await run("docker", login_, { env: { ...env, DOCKER_CONFIG: await scene.folder("cdk") }, input: password });

    const { tar } = await makeRootfs(await scene.folder("asset"));
    await docker("import", tar, "cdkasset");
    await docker("tag", "cdkasset", `${repositoryUri}:${imageTag}`);
    await docker("push", `${repositoryUri}:${imageTag}`);
    assert.deepEqual((await ecr.send(exists)).imageDetails?.[0]?.imageTags, [imageTag]);
  });

  test("what is pulled after a login with a wrong password is refused", async () => {
    const config = await scene.folder("wrong");
    const wrong = { ...env, DOCKER_CONFIG: config };
    await mkdir(config, { recursive: true });
    const password = digestOf(Buffer.from("wrong"));
    await assert.rejects(
      run("docker", ["login", "-u", "AWS", "--password-stdin", scene.host], { env: wrong, input: password }),
      /unauthorized|401|400|403/i,
    );
  });
});
