import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { access, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { until } from "../patience.ts";
import { endWithUs, stopProcess } from "../processes.ts";
import { findProgram, run, runBytes, withoutRoot } from "../programs.ts";
import { blobPath, type ImageLayout, makeLayout } from "./image-layout.ts";
import { type Scene, setScene } from "./scene.ts";

describe("containerd's ctr", { skip: withoutRoot("ctr", "containerd", "tar") }, () => {
  let scene: Scene;
  let containerd: ChildProcess;
  let socket: string;
  let user: string;

  before(async () => {
    scene = await setScene();
    user = `AWS:${await scene.server.password()}`;
    socket = join(await scene.folder("run"), "containerd.sock");
    containerd = await startContainerd(scene, socket);
  });
  after(async () => {
    await stopProcess(containerd);
    await scene[Symbol.asyncDispose]();
  });

  const ctr = (...args: string[]) => run("ctr", ["--address", socket, "--namespace", "test", ...args]);
  const images = (...args: string[]) => ctr("images", ...args);
  const remoteFlags = () => ["--plain-http", "--user", user];

  async function load(layout: ImageLayout, name: string): Promise<void> {
    const tar = `${layout.folder}.tar`;
    await run("tar", ["-cf", tar, "-C", layout.folder, "."]);
    await images("import", "--no-unpack", "--all-platforms", "--index-name", name, tar);
  }

  async function assertHolds(layout: ImageLayout): Promise<void> {
    const blobs = layout.images.flatMap((it) => [it.descriptor, it.config, it.layer]);
    for (const { digest } of [layout.root, ...blobs]) {
      const bytes = await runBytes("ctr", ["--address", socket, "--namespace", "test", "content", "get", digest]);
      assert(bytes.equals(await readFile(blobPath(layout.folder, digest))), `${digest} differs`);
    }
  }

  test("an index of two architectures goes up, and comes back by tag and by digest", async () => {
    await scene.createRepository("ctr/many");
    const layout = await makeLayout(await scene.folder("many"), ["amd64", "arm64"]);
    const remote = `${scene.host}/ctr/many`;
    await load(layout, "local");
    await images("push", ...remoteFlags(), `${remote}:v1`, await rootOf(layout));
    for (const reference of [`${remote}:v1`, `${remote}@${layout.root.digest}`]) {
      await removeAll();
      await images("pull", ...remoteFlags(), "--snapshotter", "native", "--all-platforms", reference);
      await assertHolds(layout);
    }
  });

  /** ctr pushes what an image of its own names: the one whose target is the layout's root. */
  async function rootOf(layout: ImageLayout): Promise<string> {
    const rows = (await images("list")).split("\n").map((it) => it.split(/\s+/));
    const name = rows.find((it) => it[2] === layout.root.digest)?.[0];
    assert(name !== undefined, "the layout was not imported");
    return name;
  }

  async function removeAll(): Promise<void> {
    const names = (await images("list", "--quiet")).split("\n").filter((it) => it !== "");
    await images("remove", "--sync", ...names);
  }
});

/** A containerd of this test's own, which shares nothing with one that may run on the machine. */
async function startContainerd(scene: Scene, socket: string): Promise<ChildProcess> {
  const [root, state] = [await scene.folder("root"), await scene.folder("state")];
  const configuration = join(root, "config.toml");
  await writeFile(
    configuration,
    `version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n[grpc]\n  address = "${socket}"\n`,
  );
  const args = ["--config", configuration, "--root", root, "--state", state, "--log-level", "error"];
  const child = endWithUs(spawn(findProgram("containerd") ?? "containerd", args, { stdio: "ignore", detached: true }));
  await until("containerd has its socket", () =>
    access(socket).then(
      () => true,
      () => false,
    ),
  );
  return child;
}
