import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { run, withoutRoot } from "../programs.ts";
import { FILE_NAME, makeRootfs } from "./image-layout.ts";
import { login, type Scene, setScene } from "./scene.ts";

describe("podman", { skip: withoutRoot("podman", "tar") }, () => {
  let scene: Scene;
  let flags: string[];
  let env: Record<string, string>;

  before(async () => {
    scene = await setScene();
    const [root, runroot, auth] = [await scene.folder("root"), await scene.folder("run"), await scene.folder("auth")];
    flags = ["--root", root, "--runroot", runroot, "--storage-driver", "vfs"];
    env = { REGISTRY_AUTH_FILE: join(auth, "auth.json") };
    await login(scene, "podman", [...flags, "login", "--tls-verify=false"], env);
  });
  after(() => scene[Symbol.asyncDispose]());

  const podman = async (...args: string[]) => (await run("podman", [...flags, ...args], { env })).trim();

  async function assertHolds(image: string, file: Buffer): Promise<void> {
    const mounted = await podman("image", "mount", image);
    assert((await readFile(join(mounted, FILE_NAME))).equals(file), `the file in ${image} differs`);
    await podman("image", "unmount", image);
  }

  test("an image is pushed, and pulled by tag and by digest as it was", async () => {
    await scene.createRepository("podman/one");
    const { tar, file } = await makeRootfs(await scene.folder("one"));
    const remote = `${scene.host}/podman/one`;
    await podman("import", tar, `${remote}:v1`);
    const id = await podman("inspect", "--format", "{{.Id}}", `${remote}:v1`);
    const digestfile = join(await scene.folder("one"), "digest");
    await podman("push", "--tls-verify=false", "--digestfile", digestfile, `${remote}:v1`);
    const digest = await readFile(digestfile, "utf8");
    for (const reference of [`${remote}:v1`, `${remote}@${digest}`]) {
      await podman("rmi", "--all", "--force");
      assert.equal(await podman("pull", "--quiet", "--tls-verify=false", reference), id);
      await assertHolds(reference, file);
    }
  });

  test("a manifest list of two architectures goes up and comes back", async () => {
    await scene.createRepository("podman/many");
    const remote = `${scene.host}/podman/many`;
    await podman("manifest", "create", `${remote}:all`);
    const files: Record<string, Buffer> = {};
    for (const architecture of ["amd64", "arm64"]) {
      const { tar, file } = await makeRootfs(await scene.folder(architecture));
      files[architecture] = file;
      await podman("import", "--arch", architecture, tar, `${remote}:${architecture}`);
      await podman("manifest", "add", `${remote}:all`, `containers-storage:${remote}:${architecture}`);
    }
    await podman("manifest", "push", "--all", "--tls-verify=false", `${remote}:all`, `docker://${remote}:all`);
    await podman("manifest", "rm", `${remote}:all`);
    for (const [architecture, file] of Object.entries(files)) {
      await podman("rmi", "--all", "--force");
      await podman("pull", "--quiet", "--tls-verify=false", "--arch", architecture, `${remote}:all`);
      await assertHolds(`${remote}:all`, file);
    }
  });
});
