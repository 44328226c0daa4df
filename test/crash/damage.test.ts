import assert from "node:assert/strict";
import { once } from "node:events";
import { rm, truncate } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { flipBit } from "../../server/testing/disk-layers.ts";
import { type ImageLayout, makeLayout } from "../clients/image-layout.ts";
import { type Scene, setScene } from "../clients/scene.ts";
import { setSkopeo, type Skopeo } from "../clients/skopeo.ts";
import { spawnCommand, tryLongshore } from "../installation.ts";
import { until } from "../patience.ts";
import { without } from "../programs.ts";
import { makeImage, type OciClient, ociClient } from "./oci-client.ts";

describe("a layer whose bytes are damaged", { skip: without("skopeo", "tar") }, () => {
  let scene: Scene;
  let client: OciClient;
  let skopeo: Skopeo;
  before(async () => {
    scene = await setScene();
    client = await ociClient(scene.server);
    skopeo = await setSkopeo(scene);
    for (const name of ["damage/one", "damage/two"]) await scene.createRepository(name);
  });
  after(() => scene[Symbol.asyncDispose]());

  /** A command of ours, beside the server. */
  const longshore = (...args: string[]) => tryLongshore(scene, args);

  const copy: Skopeo["copy"] = (...args) => skopeo.copy(...args);
  const push = (layout: ImageLayout, name: string) => copy(`oci:${layout.folder}:v1`, `docker://${scene.host}/${name}:v1`);
  const pull = async (name: string, folder: string) =>
    copy(`docker://${scene.host}/${name}:v1`, `oci:${await scene.folder(folder)}:v1`);
  const fileOf = (digest: string) => join(scene.data, "blobs/sha256", digest.slice(7, 9), digest.slice(7));
  const statusOf = async (method: string, name: string, digest: string) =>
    (await client.send(method, `/v2/${name}/blobs/${digest}`)).status;

  /** What happens to a blob's file, and what then notices it. */
  const damages: Readonly<Record<string, readonly [(path: string) => Promise<void>, (digest: string) => Promise<void>]>> = {
    "flipped, found by longshore scrub,": [
      flipBit,
      async () => {
        const { code, output } = await longshore("scrub");
        assert.equal(code, 1, output);
        assert.match(output, / 1 damaged/);
      },
    ],
    "flipped, found by longshore fsck,": [
      flipBit,
      async (digest) => {
        const { code, output } = await longshore("fsck", "--repair", "--read-bytes");
        assert.equal(code, 1, output);
        assert.ok(output.includes(digest), output);
      },
    ],
    "cut off, found by a pull,": [
      (path) => truncate(path, 1_000),
      async (digest) => assert.equal(await statusOf("GET", "damage/two", digest), 404),
    ],
    "removed, found by a pull,": [
      (path) => rm(path),
      async (digest) => assert.equal(await statusOf("GET", "damage/one", digest), 404),
    ],
  };
  for (const [what, [damage, notice]] of Object.entries(damages)) {
    test(`${what} is refused everywhere, and a push to one repository heals it in all`, async () => {
      const layout = await makeLayout(await scene.folder(what.replaceAll(/\W/g, "-")), ["amd64"]);
      const { digest } = layout.images[0]?.layer ?? { digest: "" };
      for (const name of ["damage/one", "damage/two"]) await push(layout, name);
      await damage(fileOf(digest));
      await notice(digest);
      for (const name of ["damage/one", "damage/two"]) {
        assert.equal(await statusOf("HEAD", name, digest), 404);
        await assert.rejects(pull(name, "refused"));
      }
      const status = await longshore("scrub", "--status");
      assert.match(status.output, /1 layer is damaged until/);
      const found = await longshore("fsck", "--json");
      assert.equal(found.code, 1, found.output);
      assert.ok(found.output.includes(`"kind":"known-damage","what":"${digest}"`), found.output);

      await push(layout, "damage/one");
      await pull("damage/two", `healed-${digest.slice(7, 15)}`);
      const healed = await longshore("fsck", "--read-bytes");
      assert.deepEqual(healed.code, 0, healed.output);
    });
  }

  test("a scrub that is killed goes on where it was", async () => {
    for (let number = 0; number < 20; number++) {
      const { layer } = makeImage(500_000);
      await client.pushBlob("damage/one", layer);
    }
    // One that takes its time.
    const child = spawnCommand(scene, ["scrub", "--scrub-rate", "1MiB"]);
    await until("a blob has been verified", async () => ((await passes())?.current?.blobs ?? 0) > 0);
    child.kill("SIGKILL");
    await once(child, "exit");
    const { current } = (await passes()) ?? {};
    assert.ok(current !== undefined && current.cursor !== "");
    const { code, output } = await longshore("scrub", "--continue", "--json");
    assert.equal(code, 0, output);
    const ended = JSON.parse(output) as Pass;
    assert.equal(ended.started_ms, current.started_ms);
    const whole = JSON.parse((await longshore("scrub", "--json")).output) as Pass;
    assert.equal(ended.blobs, whole.blobs);
  });

  interface Pass {
    readonly started_ms: number;
    readonly cursor: string;
    readonly blobs: number;
  }
  const passes = async () =>
    JSON.parse((await longshore("scrub", "--status", "--json")).output) as { readonly current?: Pass } | undefined;
});
