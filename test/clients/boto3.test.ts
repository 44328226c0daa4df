import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { findPrograms, run } from "../programs.ts";
import { boto3Version } from "./boto3-version.ts";
import { awsEnvironment, type Scene, setScene } from "./scene.ts";

/** Every Python on this machine that has boto3: they may have different versions of it. */
const pythons = [...new Set(findPrograms("python3"))]
  .map((path) => ({ path, version: boto3Version(path) }))
  .filter((it) => it.version !== "");
const versions = [...new Map(pythons.map((it) => [it.version, it.path]))];

describe("boto3", { skip: versions.length > 0 ? false : "not on this machine: a python3 with boto3" }, () => {
  for (const [version, python] of versions) {
    describe(version, () => {
      let scene: Scene;
      before(async () => {
        scene = await setScene();
      });
      after(() => scene[Symbol.asyncDispose]());

      test("an image goes up in parts, comes back as it was, is listed page by page and deleted", async () => {
        const script = [join(import.meta.dirname, "boto3-client.py"), scene.server.url];
        await run(python, script, { env: awsEnvironment(scene) });
      });
    });
  }
});
