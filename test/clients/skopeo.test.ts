import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { CreateRepositoryCreationTemplateCommand, DescribeRepositoriesCommand } from "@aws-sdk/client-ecr";
import { after, before, describe, test } from "node:test";
import { run, without } from "../programs.ts";
import { assertSameBlobs, makeLayout } from "./image-layout.ts";
import { type Scene, setScene } from "./scene.ts";
import { setSkopeo, type Skopeo } from "./skopeo.ts";

describe("skopeo", { skip: without("skopeo", "tar") }, () => {
  let scene: Scene;
  let skopeo: Skopeo;

  before(async () => {
    scene = await setScene();
    skopeo = await setSkopeo(scene);
  });
  after(() => scene[Symbol.asyncDispose]());

  const copy: Skopeo["copy"] = (...args) => skopeo.copy(...args);

  test("an image is pushed, and pulled by tag and by digest as it was", async () => {
    await scene.createRepository("skopeo/one");
    const layout = await makeLayout(await scene.folder("one"), ["amd64"]);
    const remote = `docker://${scene.host}/skopeo/one`;
    await copy(`oci:${layout.folder}:v1`, `${remote}:v1`);
    for (const reference of [":v1", `@${layout.root.digest}`]) {
      const pulled = await scene.folder(`one-pulled${reference.length}`);
      await copy(remote + reference, `oci:${pulled}:v1`);
      await assertSameBlobs(pulled, layout.folder);
    }
  });

  test("an index of two architectures goes up and comes back whole", async () => {
    await scene.createRepository("skopeo/many");
    const layout = await makeLayout(await scene.folder("many"), ["amd64", "arm64"]);
    const remote = `docker://${scene.host}/skopeo/many:v1`;
    await copy(`oci:${layout.folder}:v1`, remote, "--all");
    const pulled = await scene.folder("many-pulled");
    await copy(remote, `oci:${pulled}:v1`, "--all");
    await assertSameBlobs(pulled, layout.folder);
  });

  test("a Docker schema 2 image is stored as it was sent", async () => {
    await scene.createRepository("skopeo/docker");
    const layout = await makeLayout(await scene.folder("docker"), ["amd64"]);
    const source = await scene.folder("docker-dir");
    await run("skopeo", ["copy", "--format", "v2s2", `oci:${layout.folder}:v1`, `dir:${source}`]);
    const remote = `docker://${scene.host}/skopeo/docker:v1`;
    await copy(`dir:${source}`, remote);
    const pulled = await scene.folder("docker-pulled");
    await copy(remote, `dir:${pulled}`);
    assert((await readFile(join(pulled, "manifest.json"))).equals(await readFile(join(source, "manifest.json"))));
  });

  test("the first push to a repository creates it where a template says so, and nowhere else", async () => {
    const { ecr } = scene.server;
    await ecr.send(
      new CreateRepositoryCreationTemplateCommand({
        prefix: "skopeo/made",
        imageTagMutability: "IMMUTABLE",
        appliedFor: ["CREATE_ON_PUSH"],
      }),
    );
    const layout = await makeLayout(await scene.folder("made"), ["amd64", "arm64"]);
    const remote = `docker://${scene.host}/skopeo/made/by/push:v1`;
    await copy(`oci:${layout.folder}:v1`, remote, "--all");
    const pulled = await scene.folder("made-pulled");
    await copy(remote, `oci:${pulled}:v1`, "--all");
    await assertSameBlobs(pulled, layout.folder);
    const repositoryNames = ["skopeo/made/by/push"];
    const { repositories } = await ecr.send(new DescribeRepositoriesCommand({ repositoryNames }));
    assert.equal(repositories?.[0]?.imageTagMutability, "IMMUTABLE");
    await assert.rejects(copy(`oci:${layout.folder}:v1`, remote, "--all"), "the tag is immutable");
    await assert.rejects(copy(`oci:${layout.folder}:v1`, `docker://${scene.host}/skopeo/made-not:v1`, "--all"), /does not exist/);
  });

  test("tags are listed, an image is inspected and deleted", async () => {
    await scene.createRepository("skopeo/gone");
    const layout = await makeLayout(await scene.folder("gone"), ["amd64"]);
    const remote = `docker://${scene.host}/skopeo/gone`;
    await copy(`oci:${layout.folder}:v1`, `${remote}:v1`);
    const tags = async () => JSON.parse(await skopeo.ask("list-tags", remote)).Tags;
    assert.deepEqual(await tags(), ["v1"]);
    assert.equal(JSON.parse(await skopeo.ask("inspect", `${remote}:v1`)).Digest, layout.root.digest);
    await skopeo.ask("delete", `${remote}:v1`);
    assert.deepEqual(await tags(), []);
  });
});
