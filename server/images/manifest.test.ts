import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { RegistryError } from "../kernel/errors.ts";
import { MANIFEST_ANNOTATIONS_BYTES_MAX } from "../kernel/limits.ts";
import { image, index, OCI_INDEX, OCI_MANIFEST } from "../testing/image.ts";
import { parseManifest, refuseDuplicateMembers } from "./manifest.ts";

const parse = (value: object, declared?: string) => parseManifest(Buffer.from(JSON.stringify(value)), declared);
const manifestOf = (from: { body: Buffer }) => JSON.parse(from.body.toString()) as Record<string, unknown>;
const refused = (pattern: RegExp) => (error: unknown) =>
  error instanceof RegistryError && error.code === "InvalidManifestException" && pattern.test(error.message);

test("an image's config counts as its first layer and gives it its artifact type", () => {
  const parsed = parseManifest(image({ layers: 2 }).body, OCI_MANIFEST);
  assert.equal(parsed.kind, "image");
  assert.equal(parsed.layers.length, 3);
  assert.equal(parsed.artifactType, "application/vnd.oci.image.config.v1+json");
});

test("an artifactType of its own wins over the config's media type", () => {
  assert.equal(parseManifest(image({ extra: { artifactType: "text/sbom" } }).body, undefined).artifactType, "text/sbom");
});

test("an index has children, and no artifact type unless it says so", () => {
  const parsed = parseManifest(index([image(), image()]).body, OCI_INDEX);
  assert.equal(parsed.children.length, 2);
  assert.equal(parsed.artifactType, undefined);
});

test("a body that is two kinds at once is refused", () => {
  assert.throws(() => parse({ ...manifestOf(image()), manifests: [] }), refused(/must not have the member "manifests"/));
  assert.throws(() => parse({ ...manifestOf(index([])), layers: [] }), refused(/must not have the member "layers"/));
  assert.throws(() => parse({ ...manifestOf(index([])), config: {} }), refused(/must not have the member "config"/));
});

test("a member that is named twice, at any depth and however it is written, is refused by its name", () => {
  const text = image({ extra: { annotations: { a: "1" } } }).body.toString();
  refuseDuplicateMembers(Buffer.from(text));
  for (const [found, put, name] of [
    ['"layers":', '"layers":[],"layers":', "layers"],
    ['"layers":', String.raw`"layers":[],"layers":`, "layers"],
    ['"size":', '"size":1,"size":', "size"],
    ['"a":', '"a":"0","a":', "a"],
  ] as const) {
    const doubled = Buffer.from(text.replace(found, put));
    assert.doesNotThrow(() => parseManifest(doubled, undefined), "what is stored already stays readable");
    assert.throws(
      () => refuseDuplicateMembers(doubled),
      refused(new RegExp(`the member "${name}" is named twice in one object`)),
    );
  }
});

test("a member that differs from a known one only in its case is refused, since Go's readers take it for that", () => {
  const plain = manifestOf(image());
  assert.throws(() => parse({ ...plain, Layers: [] }), refused(/"Layers" is not "layers"/));
  assert.throws(() => parse({ ...plain, MANIFESTS: [] }), refused(/"MANIFESTS" is not "manifests"/));
  assert.throws(
    () => parse({ ...plain, config: { ...(plain["config"] as object), Digest: "x" } }),
    refused(/"Digest" is not "digest"/),
  );
  assert.equal(parse({ ...plain, "org.example.Layers": [] }).kind, "image");
});

test("a mediaType that is not the one it was sent as is refused", () => {
  assert.throws(() => parseManifest(image().body, OCI_INDEX), refused(/is not the media type it was sent as/));
});

test("a manifest without any media type is refused, one with a declared type is read", () => {
  const { mediaType: _, ...bare } = manifestOf(image());
  assert.throws(() => parse(bare), refused(/has no mediaType/));
  assert.equal(parse(bare, OCI_MANIFEST).mediaType, OCI_MANIFEST);
});

test("what is not a manifest is refused with ECR's words", () => {
  assert.throws(() => parseManifest(Buffer.from("{"), undefined), refused(/Invalid JSON syntax/));
  assert.throws(() => parseManifest(Buffer.from("[]"), undefined), refused(/Invalid JSON syntax/));
  assert.throws(() => parseManifest(Buffer.from([0x7b, 0xff, 0x7d]), undefined), refused(/Invalid JSON syntax/));
  assert.throws(() => parse({ schemaVersion: 2, mediaType: "text/plain" }), refused(/Unsupported manifest type: "text\/plain"/));
  assert.throws(() => parse({ ...manifestOf(image()), schemaVersion: 1 }), refused(/schemaVersion must be 2/));
});

test("each broken descriptor is named by where it stands", () => {
  const broken = { mediaType: "a/b", digest: "sha256:short", size: 1 };
  assert.throws(() => parse({ ...manifestOf(image()), layers: [broken] }), refused(/layers\[0\]\.digest/));
  const size = { ...(manifestOf(image())["config"] as object), size: -1 };
  assert.throws(() => parse({ ...manifestOf(image()), config: size }), refused(/config\.size/));
  const type = { ...(manifestOf(image())["config"] as object), mediaType: "nonsense" };
  assert.throws(() => parse({ ...manifestOf(image()), config: type }), refused(/config\.mediaType/));
  assert.throws(() => parse({ ...manifestOf(index([])), manifests: "no" }), refused(/manifests must be a list/));
});

test("annotations may fill a manifest, but not one that a list of referrers repeats them for", () => {
  const annotations = { long: "x".repeat(MANIFEST_ANNOTATIONS_BYTES_MAX) };
  assert.equal(parse({ ...manifestOf(image()), annotations }).annotations, undefined);
  const { mediaType, digest, size } = image();
  const subject = { mediaType, digest, size };
  assert.throws(() => parse({ ...manifestOf(image()), annotations, subject }), refused(/at most/));
  assert.equal(parse({ ...manifestOf(image()), annotations: { a: "b" }, subject }).annotations, '{"a":"b"}');
});

test("annotations are a map of strings", () => {
  assert.throws(() => parse({ ...manifestOf(image()), annotations: { a: 1 } }), refused(/map of strings/));
});

test("a manifest nested beyond reason is refused before it is parsed", () => {
  const deep = `{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`;
  assert.throws(() => parseManifest(Buffer.from(deep), OCI_MANIFEST), refused(/Invalid JSON syntax/));
});

test("no bytes make the parser fail in any way but its own", () => {
  const member = fc.constantFrom(
    "schemaVersion",
    "mediaType",
    "config",
    "layers",
    "manifests",
    "subject",
    "annotations",
    "artifactType",
  );
  fc.assert(
    fc.property(fc.dictionary(member, fc.jsonValue()), fc.option(fc.constantFrom(OCI_MANIFEST, OCI_INDEX)), (value, declared) => {
      try {
        parse(value, declared ?? undefined);
      } catch (error) {
        assert.ok(error instanceof RegistryError, String(error));
      }
    }),
    { numRuns: 2_000 },
  );
});
