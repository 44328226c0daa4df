import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, test } from "node:test";
import { parseManifest } from "./manifest.ts";
import { parseAccept, type ServedManifest, translateManifest } from "./translate-manifest.ts";

const DOCKER = "application/vnd.docker.distribution.manifest.v2+json";
const OCI = "application/vnd.oci.image.manifest.v1+json";
const INDEX = "application/vnd.oci.image.index.v1+json";
const digestOf = (bytes: Uint8Array | string) => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

const descriptor = (mediaType: string, extra: object = {}) => ({ mediaType, size: 3, digest: digestOf(mediaType), ...extra });

function served(mediaType: string, members: object): ServedManifest {
  const body = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...members }));
  return { digest: digestOf(body), mediaType, body };
}

const url = { urls: ["https://example.com/layer"] };
const oci = served(OCI, {
  config: descriptor("application/vnd.oci.image.config.v1+json"),
  layers: [
    descriptor("application/vnd.oci.image.layer.v1.tar"),
    descriptor("application/vnd.oci.image.layer.v1.tar+gzip", { annotations: { a: "b" } }),
    descriptor("application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", url),
  ],
  annotations: { "org.opencontainers.image.title": "lost" },
});

const typesOf = ({ body, mediaType }: ServedManifest) => parseManifest(body, mediaType).layers.map((it) => it.mediaType);
const bodyOf = ({ body }: ServedManifest) => JSON.parse(Buffer.from(body).toString());

describe("translating manifests", () => {
  test("OCI becomes Docker's schema 2 for a client that knows only that", () => {
    const docker = translateManifest(oci, [DOCKER]);
    assert.equal(docker.mediaType, DOCKER);
    assert.equal(docker.digest, digestOf(docker.body));
    assert.deepEqual(typesOf(docker), [
      "application/vnd.docker.container.image.v1+json",
      "application/vnd.docker.image.rootfs.diff.tar",
      "application/vnd.docker.image.rootfs.diff.tar.gzip",
      "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
    ]);
    const { annotations, layers } = bodyOf(docker);
    assert.deepEqual([annotations, layers[1].annotations, layers[2].urls], [undefined, undefined, url.urls]);
    assert.deepEqual(
      layers.map((it: { digest: string }) => it.digest),
      bodyOf(oci).layers.map((it: { digest: string }) => it.digest),
    );
  });

  test("there and back again is the same but for annotations, and the same each time", () => {
    const docker = translateManifest(oci, [DOCKER]);
    const back = translateManifest(docker, [OCI]);
    assert.deepEqual(typesOf(back), typesOf(oci));
    assert.deepEqual(translateManifest(back, [DOCKER]), docker);
  });

  test("what a client knows is served as it is", () => {
    const lists = [[], ["*/*"], ["application/*"], [DOCKER, OCI], [DOCKER, "*/*"], ["text/html"], [INDEX], [OCI]];
    for (const accepted of lists) assert.equal(translateManifest(oci, accepted), oci);
  });

  test("what has no equal is served as it is", () => {
    const config = descriptor("application/vnd.oci.image.config.v1+json");
    const layers = [descriptor("application/vnd.oci.image.layer.v1.tar+gzip")];
    const alone = [
      served(INDEX, { manifests: [] }),
      served(OCI, { config: descriptor("application/vnd.cncf.helm.config.v1+json"), layers }),
      served(OCI, { config, layers: [descriptor("application/vnd.oci.image.layer.v1.tar+zstd")] }),
      served(OCI, { config, layers, artifactType: "text/sbom" }),
      served(OCI, { config, layers, subject: descriptor(OCI) }),
      served("application/vnd.docker.distribution.manifest.list.v2+json", { manifests: [] }),
    ];
    for (const it of alone) assert.equal(translateManifest(it, [DOCKER, "application/vnd.oci.unknown"]), it);
  });

  test("an Accept header names media types, with or without parameters", () => {
    assert.deepEqual(parseAccept(`${DOCKER};q=0.5, ${INDEX} ,text/html`, OCI), [DOCKER, INDEX, "text/html"]);
  });

  test("an Accept header that allows what is stored is not looked at further", () => {
    for (const header of [undefined, "*/*", `${DOCKER}, */*;q=0.1`, `${DOCKER},${OCI}`])
      assert.deepEqual(parseAccept(header, OCI), []);
  });
});
