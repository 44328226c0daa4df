import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { run, runBytes, without } from "../programs.ts";
import { assertHasBlobs, assertSameBlobs, blobPath, makeLayout } from "./image-layout.ts";
import { login, type Scene, setScene } from "./scene.ts";

describe("crane", { skip: without("crane", "tar") }, () => {
  let scene: Scene;
  let env: Record<string, string>;

  before(async () => {
    scene = await setScene();
    env = { DOCKER_CONFIG: await scene.folder("auth") };
    await login(scene, "crane", ["auth", "login"], env);
  });
  after(() => scene[Symbol.asyncDispose]());

  const crane = async (...args: string[]) => (await run("crane", args, { env })).trim();

  test("an image is pushed, and pulled by tag and by digest as it was", async () => {
    await scene.createRepository("crane/one");
    const layout = await makeLayout(await scene.folder("one"), ["amd64"]);
    const remote = `${scene.host}/crane/one`;
    assert.equal(await crane("push", layout.folder, `${remote}:v1`), `${remote}@${layout.root.digest}`);
    assert.equal(await crane("digest", `${remote}:v1`), layout.root.digest);
    for (const reference of [":v1", `@${layout.root.digest}`]) {
      const pulled = join(await scene.folder("pulled"), `one${reference.length}`);
      await crane("pull", "--format", "oci", remote + reference, pulled);
      await assertSameBlobs(pulled, layout.folder);
    }
  });

  test("an index of two architectures goes up and comes back whole", async () => {
    await scene.createRepository("crane/many");
    const layout = await makeLayout(await scene.folder("many"), ["amd64", "arm64"]);
    const remote = `${scene.host}/crane/many:v1`;
    await crane("push", "--index", layout.folder, remote);
    // What crane pushes is the layout's own index, which names the index of the two.
    const bytes = await readFile(join(layout.folder, "index.json"));
    assert((await runBytes("crane", ["manifest", remote], { env })).equals(bytes));
    const pulled = join(await scene.folder("pulled"), "many");
    await crane("pull", "--format", "oci", remote, pulled);
    await assertHasBlobs(pulled, layout.folder);
  });

  test("an image is copied to another repository, where its layers are mounted", async () => {
    await scene.createRepository("crane/source");
    await scene.createRepository("crane/target");
    const layout = await makeLayout(await scene.folder("copied"), ["amd64"]);
    await crane("push", layout.folder, `${scene.host}/crane/source:v1`);
    await crane("copy", `${scene.host}/crane/source:v1`, `${scene.host}/crane/target:v1`);
    const [image] = layout.images;
    assert(image !== undefined);
    const blob = await runBytes("crane", ["blob", `${scene.host}/crane/target@${image.layer.digest}`], { env });
    assert(blob.equals(await readFile(blobPath(layout.folder, image.layer.digest))));
  });

  test("repositories and tags are listed; an image is deleted by digest", async () => {
    await scene.createRepository("crane/gone");
    const layout = await makeLayout(await scene.folder("gone"), ["amd64"]);
    const remote = `${scene.host}/crane/gone`;
    await crane("push", layout.folder, `${remote}:v1`);
    await crane("tag", `${remote}:v1`, "v2");
    assert.equal(await crane("ls", remote), "v1\nv2");
    assert((await crane("catalog", scene.host)).split("\n").includes("crane/gone"));
    await crane("delete", `${remote}@${layout.root.digest}`);
    assert.equal(await crane("ls", remote), "");
    await assert.rejects(crane("manifest", `${remote}:v1`), /MANIFEST_UNKNOWN/);
  });
});
