import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type OciServer, startOciServer } from "../server/testing/oci-server.ts";

/** The conformance program of the OCI distribution specification: the one that is named here, or the one on the PATH. */
const PROGRAM = process.env["OCI_CONFORMANCE"] ?? "oci-conformance";
const isThere = spawnSync(PROGRAM, ["--help"], { env: { OCI_CONFIGURATION: "/nonexistent" } }).error === undefined;
const skip = isThere ? false : `${PROGRAM} is not there: set OCI_CONFORMANCE to the specification's conformance program`;

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

describe("the conformance suite of the OCI distribution specification", { skip }, () => {
  let server: OciServer;
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "longshore-conformance-"));
    server = await startOciServer();
  });
  after(async () => {
    await server[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  for (const version of ["stable", "dev"]) {
    test(`passes whole for the version '${version}'`, async () => {
      for (const name of ["one", "two"]) await server.createRepository(`conformance/${version}-${name}`);
      const { code, output } = await run(version, server.port, folder);
      assert.equal(code, 0, output);
      // The program also calls a run good in which something was skipped; we do not.
      const counts = [...output.matchAll(/^ +(Disabled|Skip|Pass|FAIL|Error|Total)\.*: +([0-9]+)$/gm)].map((it) => [
        it[1],
        Number(it[2]),
      ]);
      const { Pass, Total, ...others } = Object.fromEntries(counts);
      assert.ok(Total > 0, output);
      assert.equal(Pass, Total);
      assert.deepEqual(others, { Disabled: 0, Skip: 0, FAIL: 0, Error: 0 });
    });
  }
});

/** Runs the suite against a server of this machine, with everything on. */
function run(version: string, port: number, folder: string): Promise<{ code: number | null; output: string }> {
  const env = {
    ...ALL_ON,
    HOME: folder,
    OCI_VERSION: version,
    OCI_REGISTRY: `127.0.0.1:${port}`,
    OCI_TLS: "disabled",
    OCI_USERNAME: "AWS",
    OCI_PASSWORD: "root",
    OCI_REPO1: `conformance/${version}-one`,
    OCI_REPO2: `conformance/${version}-two`,
    OCI_RESULTS_DIR: join(process.env["OCI_RESULTS_DIR"] ?? folder, version),
  };
  return new Promise((resolve, reject) => {
    const child = spawn(PROGRAM, [], { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const keep = (chunk: Buffer): void => {
      output = (output + chunk.toString()).slice(-100_000);
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, output }));
  });
}
