import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { after, before, describe, test } from "node:test";
import { type Scene, setScene } from "./clients/scene.ts";
import { findProgram, without } from "./programs.ts";

/** The conformance program of the OCI distribution specification, built from its repository under this name. */
const PROGRAM = "oci-conformance";
const OUTPUT_CHARACTERS_MAX = 200_000;

const APIS = [
  "PING",
  "PULL",
  "PUSH",
  "BLOBS_ATOMIC",
  "BLOBS_DELETE",
  "BLOBS_DIGEST_HEADER",
  "BLOBS_MOUNT_ANONYMOUS",
  "BLOBS_UPLOAD_CANCEL",
  "MANIFESTS_ATOMIC",
  "MANIFESTS_DELETE",
  "MANIFESTS_DIGEST_HEADER",
  "MANIFESTS_TAG_PARAM",
  "TAGS_ATOMIC",
  "TAGS_DELETE",
  "TAGS_LIST",
  "REFERRER",
];
/** ECR: an index needs its children, so sparse ones are off. (API reference, ReferencedImagesNotFoundException) */
const DATA = [
  "IMAGE",
  "INDEX",
  "INDEX_LIST",
  "ARTIFACT",
  "SUBJECT",
  "SUBJECT_MISSING",
  "ARTIFACT_LIST",
  "SUBJECT_LIST",
  "DATA_FIELD",
  "NONDISTRIBUTABLE",
  "CUSTOM_FIELDS",
  "NO_LAYERS",
  "EMPTY_BLOB",
  "SHA512",
];
const ALL_ON = Object.fromEntries([
  ...APIS.map((it) => [`OCI_API_${it}`, "true"]),
  ...DATA.map((it) => [`OCI_DATA_${it}`, "true"]),
]);

describe("the conformance suite of the OCI distribution specification", { skip: without(PROGRAM) }, () => {
  let scene: Scene;
  before(async () => {
    scene = await setScene();
  });
  after(() => scene[Symbol.asyncDispose]());

  for (const version of ["stable", "dev"]) {
    test(`passes whole for the version '${version}'`, async () => {
      const { code, output } = await runSuite(scene, version);
      assert.equal(code, 0, output);
      // The program also calls a run good in which something was skipped; we do not.
      const lines = [...output.matchAll(/^ +(Disabled|Skip|Pass|FAIL|Error|Total)\.*: +([0-9]+)$/gm)];
      const { Pass, Total, ...others } = Object.fromEntries(lines.map((it) => [it[1], Number(it[2])]));
      assert.ok(Total > 0, output);
      assert.equal(Pass, Total);
      assert.deepEqual(others, { Disabled: 0, Skip: 0, FAIL: 0, Error: 0 });
    });
  }
});

/** Runs the suite with everything on, between two new repositories. */
async function runSuite(scene: Scene, version: string): Promise<{ code: number | null; output: string }> {
  const repositories = [`conformance/${version}-one`, `conformance/${version}-two`];
  for (const name of repositories) await scene.createRepository(name);
  const folder = await scene.folder(`conformance-${version}`);
  const env = {
    ...ALL_ON,
    OCI_VERSION: version,
    OCI_REGISTRY: scene.host,
    OCI_TLS: "disabled",
    OCI_USERNAME: "AWS",
    OCI_PASSWORD: await scene.server.password(),
    OCI_REPO1: repositories[0],
    OCI_REPO2: repositories[1],
    OCI_RESULTS_DIR: folder,
  };
  return new Promise((resolve, reject) => {
    const child = spawn(findProgram(PROGRAM) ?? PROGRAM, [], { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const keep = (chunk: Buffer): void => {
      output = (output + chunk.toString()).slice(-OUTPUT_CHARACTERS_MAX);
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, output }));
  });
}
