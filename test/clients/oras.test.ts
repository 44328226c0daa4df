import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { run, without } from "../programs.ts";
import { login, type Scene, setScene } from "./scene.ts";

const ARTIFACT = "application/vnd.example.thing";
const SIGNATURE = "application/vnd.example.signature";
const FILE_BYTES = 300_000;

describe("oras", { skip: without("oras") }, () => {
  let scene: Scene;
  let env: Record<string, string>;

  before(async () => {
    scene = await setScene();
    env = { DOCKER_CONFIG: await scene.folder("auth") };
    await login(scene, "oras", ["login", "--plain-http"], env);
  });
  after(() => scene[Symbol.asyncDispose]());

  test("an artifact is pushed, another attached to it and discovered, and both come back as they were", async () => {
    await scene.createRepository("oras/thing");
    const cwd = await scene.folder("thing");
    const oras = (command: string, ...args: string[]) =>
      run("oras", [...command.split(" "), "--plain-http", ...args], { env, cwd });
    const [thing, signature] = [randomBytes(FILE_BYTES), randomBytes(FILE_BYTES)];
    await writeFile(join(cwd, "thing.bin"), thing);
    await writeFile(join(cwd, "thing.sig"), signature);
    const remote = `${scene.host}/oras/thing`;
    await oras("push", `${remote}:v1`, "--artifact-type", ARTIFACT, "thing.bin:application/octet-stream");
    await oras("attach", `${remote}:v1`, "--artifact-type", SIGNATURE, "thing.sig:application/octet-stream");

    const found = JSON.parse(await oras("discover", "--format", "json", "--artifact-type", SIGNATURE, `${remote}:v1`));
    const referrers = found.referrers ?? found.manifests;
    assert.equal(referrers.length, 1);
    const pulled = await scene.folder("pulled");
    await oras("pull", "--output", pulled, `${remote}:v1`);
    await oras("pull", "--output", pulled, `${remote}@${referrers[0].digest}`);
    assert((await readFile(join(pulled, "thing.bin"))).equals(thing), "the artifact differs");
    assert((await readFile(join(pulled, "thing.sig"))).equals(signature), "what was attached differs");
    await oras("manifest delete", "--force", `${remote}@${referrers[0].digest}`);
    await assert.rejects(oras("manifest fetch", `${remote}@${referrers[0].digest}`), /not found/);
  });
});

describe("oras-go, the library of oras", { skip: without("go") }, () => {
  let scene: Scene;

  before(async () => {
    scene = await setScene();
  });
  after(() => scene[Symbol.asyncDispose]());

  test("an artifact is pushed, others attached to it and discovered, pulled by tag and digest, and deleted", async () => {
    await scene.createRepository("oras/library");
    const program = join(await scene.folder("program"), "oras-go");
    await run("go", ["build", "-o", program, "."], { cwd: join(import.meta.dirname, "oras-go") });
    await run(program, [scene.host, "oras/library", await scene.server.password()]);
  });
});
