import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { run, withoutRoot } from "../programs.ts";
import { FILE_NAME, makeRootfs } from "./image-layout.ts";
import { login, type Scene, setScene } from "./scene.ts";

describe("buildah", { skip: withoutRoot("buildah", "tar") }, () => {
  let scene: Scene;
  let flags: string[];
  let env: Record<string, string>;

  before(async () => {
    scene = await setScene();
    const [root, runroot, auth] = [await scene.folder("root"), await scene.folder("run"), await scene.folder("auth")];
    flags = ["--root", root, "--runroot", runroot, "--storage-driver", "vfs"];
    env = { REGISTRY_AUTH_FILE: join(auth, "auth.json"), BUILDAH_ISOLATION: "chroot" };
    await login(scene, "buildah", [...flags, "login", "--tls-verify=false"], env);
  });
  after(() => scene[Symbol.asyncDispose]());

  const buildah = async (...args: string[]) => (await run("buildah", [...flags, ...args], { env })).trim();

  test("an image is built and pushed, and pulled by tag and by digest as it was", async () => {
    await scene.createRepository("buildah/one");
    const folder = await scene.folder("one");
    const { file } = await makeRootfs(folder);
    const remote = `${scene.host}/buildah/one`;
    const container = await buildah("from", "scratch");
    await buildah("copy", container, join(folder, "root", FILE_NAME), `/${FILE_NAME}`);
    const id = await buildah("commit", "--quiet", "--rm", container, `${remote}:v1`);
    const digestfile = join(folder, "digest");
    await buildah("push", "--tls-verify=false", "--digestfile", digestfile, `${remote}:v1`, `docker://${remote}:v1`);
    const digest = await readFile(digestfile, "utf8");
    for (const reference of [`${remote}:v1`, `${remote}@${digest}`]) {
      await buildah("rmi", "--all", "--force");
      assert.equal(await buildah("pull", "--quiet", "--tls-verify=false", reference), id);
      const pulled = await buildah("from", "--pull-never", reference);
      const mounted = await buildah("mount", pulled);
      assert((await readFile(join(mounted, FILE_NAME))).equals(file), `the file in ${reference} differs`);
      await buildah("rm", pulled);
    }
  });
});
