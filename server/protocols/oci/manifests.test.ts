import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { MANIFEST_SIZE_BYTES_MAX } from "../../kernel/limits.ts";
import { DOCKER_MANIFEST, digestOf, image, index, OCI_INDEX, OCI_MANIFEST } from "../../testing/image.ts";
import { codeOf, pushBlob, pushImage, pushManifest } from "../../testing/oci-content.ts";
import { type OciServer, startOciServer } from "../../testing/oci-server.ts";

const MISSING = `sha256:${"0".repeat(64)}`;

describe("manifests over the OCI protocol", () => {
  let server: OciServer;
  before(async () => {
    server = await startOciServer();
    await server.createRepository("app");
    await server.createRepository("fixed", { imageTagMutability: "IMMUTABLE" });
  });
  after(() => server[Symbol.asyncDispose]());

  test("a tag is translated for a client that knows only Docker's kind, a digest never, and GET and HEAD agree", async () => {
    const it = image();
    await pushImage(server, "app", "translated", it);
    const ask = (method: string, reference: string, accept: string) =>
      server.send(method, `/v2/app/manifests/${reference}`, { headers: { accept } });
    const got = await ask("GET", "translated", DOCKER_MANIFEST);
    const head = await ask("HEAD", "translated", DOCKER_MANIFEST);
    assert.equal(got.headers["content-type"], DOCKER_MANIFEST);
    assert.equal(got.headers["docker-content-digest"], digestOf(got.body));
    for (const name of ["content-type", "content-length", "docker-content-digest", "etag"]) {
      assert.equal(head.headers[name], got.headers[name]);
    }
    const asStored = [
      await ask("GET", it.digest, DOCKER_MANIFEST),
      await ask("GET", "translated", `${DOCKER_MANIFEST}, ${OCI_MANIFEST}`),
      await ask("GET", "translated", `${DOCKER_MANIFEST}, */*;q=0.1`),
      await ask("GET", "translated", OCI_INDEX),
    ];
    for (const answer of asStored) assert.deepEqual(answer.body, it.body);
    assert.deepEqual(
      [got, head, ...asStored].map((answer) => answer.headers.vary),
      ["Accept", "Accept", undefined, "Accept", "Accept", "Accept"],
    );
  });

  test("what is pushed by tag comes back byte for byte, by tag and by digest", async () => {
    const it = image();
    const pushed = await pushImage(server, "app", "v1", it);
    assert.equal(pushed.headers.location, `/v2/app/manifests/${it.digest}`);
    assert.equal(pushed.headers["docker-content-digest"], it.digest);
    for (const reference of ["v1", it.digest, it.digest.replace(":", "%3A")]) {
      const got = await server.send("GET", `/v2/app/manifests/${reference}`, { headers: { accept: "application/json" } });
      assert.equal(got.status, 200);
      assert.deepEqual(got.body, it.body);
      assert.equal(got.headers["content-type"], OCI_MANIFEST);
      assert.equal(got.headers["docker-content-digest"], it.digest);
      const head = await server.send("HEAD", `/v2/app/manifests/${reference}`);
      assert.equal(head.status, 200);
      assert.equal(head.headers["content-length"], String(it.size));
      assert.equal(head.headers["docker-content-digest"], it.digest);
      assert.equal(head.body.length, 0);
    }
    const again = await server.send("GET", "/v2/app/manifests/v1", { headers: { "if-none-match": `"${it.digest}"` } });
    assert.equal(again.status, 304);
  });

  test("a push by digest sets the tags that it names", async () => {
    const it = image();
    const pushed = await pushImage(server, "app", `${it.digest}?tag=a&tag=b`, it);
    assert.equal(pushed.headers["oci-tag"], "a, b");
    for (const tag of ["a", "b"]) assert.deepEqual((await server.send("GET", `/v2/app/manifests/${tag}`)).body, it.body);
    const many = Array.from({ length: 11 }, (_, at) => `tag=t${at}`).join("&");
    assert.equal((await pushManifest(server, "app", `${it.digest}?${many}`, it)).status, 400);
    assert.equal((await pushManifest(server, "app", `${it.digest}?tag=-`, it)).status, 400);
  });

  test("a push by sha512 is known by sha512", async () => {
    const it = image();
    const digest = digestOf(it.body, "sha512");
    assert.equal((await pushImage(server, "app", digest, it)).headers["docker-content-digest"], digest);
    assert.deepEqual((await server.send("GET", `/v2/app/manifests/${digest}`)).body, it.body);
  });

  test("a subject is acknowledged", async () => {
    const subject = { mediaType: OCI_MANIFEST, digest: MISSING, size: 7 };
    assert.equal((await pushImage(server, "app", "signature", image({ extra: { subject } }))).headers["oci-subject"], MISSING);
  });

  test("a push is warned of a subject that is not there, in the specification's form, until it is", async () => {
    const absent = image();
    const subject = { mediaType: OCI_MANIFEST, digest: absent.digest, size: absent.size };
    const signature = image({ extra: { subject } });
    const pushed = await pushImage(server, "app", signature.digest, signature);
    const text = `The subject ${absent.digest} is not in the repository 'app': pulls of what this manifest refers to fail until it is.`;
    assert.equal(pushed.headers["warning"], `299 - "${text}"`);
    assert.equal((await pushImage(server, "app", absent.digest, absent)).headers["warning"], undefined);
    assert.equal((await pushImage(server, "app", signature.digest, signature)).headers["warning"], undefined);
  });

  test("a push is warned of layers whose bytes are elsewhere, in a header of its own, unless they are here too", async () => {
    const NONDISTRIBUTABLE = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip";
    const here = await pushBlob(server, "app", Buffer.from("here too"));
    const foreign = (digest: string) => ({ mediaType: NONDISTRIBUTABLE, digest, size: 8, urls: ["https://example.com/a"] });
    const elsewhere = Array.from({ length: 4_000 - 2 }, (_, at) => `sha256:${(at + 1).toString(16).padStart(64, "0")}`);
    const subject = { mediaType: OCI_MANIFEST, digest: MISSING, size: 7 };
    const warningsOf = async (layers: readonly string[], extra: object = {}) => {
      const it = image({ extra: { layers: layers.map(foreign), ...extra } });
      return (await pushImage(server, "app", it.digest, it)).all("warning");
    };
    const text = (which: string) =>
      `299 - "${which} non-distributable and not in the repository 'app': pulls depend on the URLs that the manifest names."`;
    assert.deepEqual(await warningsOf([here]), []);
    assert.deepEqual(await warningsOf([here, elsewhere[0]!]), [text(`The layer ${elsewhere[0]} is`)]);
    const both = await warningsOf([here, ...elsewhere], { subject });
    assert.equal(both.length, 2);
    assert.match(both[0]!, /^299 - "The subject sha256:0+ is not in/);
    assert.equal(both[1], text(`3998 layers, among them ${elsewhere[0]}, are`));
  });

  test("parameters of a content type are ignored", async () => {
    const it = image();
    for (const bytes of it.blobs) await pushBlob(server, "app", bytes);
    const headers = { "content-type": `${OCI_MANIFEST}; charset=utf-8` };
    assert.equal((await server.send("PUT", "/v2/app/manifests/typed", { body: it.body, headers })).status, 201);
    assert.equal((await server.send("HEAD", "/v2/app/manifests/typed")).headers["content-type"], OCI_MANIFEST);
  });

  test("what is wrong with a push has its own code", async () => {
    const absent = await pushManifest(server, "app", "v2", image());
    assert.deepEqual([absent.status, codeOf(absent)], [404, "MANIFEST_BLOB_UNKNOWN"]);
    const sparse = await pushManifest(server, "app", "v2", index([image()]));
    assert.deepEqual([sparse.status, codeOf(sparse)], [404, "MANIFEST_BLOB_UNKNOWN"]);
    const garbled = await server.send("PUT", "/v2/app/manifests/v2", { body: "{", headers: { "content-type": OCI_MANIFEST } });
    assert.deepEqual([garbled.status, codeOf(garbled)], [400, "MANIFEST_INVALID"]);
    const twofold = Buffer.from(image().body.toString().replace('"layers":', '"layers":[],"layers":'));
    const twice = await server.send("PUT", "/v2/app/manifests/v2", { body: twofold, headers: { "content-type": OCI_MANIFEST } });
    assert.deepEqual([twice.status, codeOf(twice)], [400, "MANIFEST_INVALID"]);
    assert.match(twice.json().errors[0].message, /"layers" is named twice/);
    const otherDigest = await pushManifest(server, "app", MISSING, image());
    assert.deepEqual([otherDigest.status, codeOf(otherDigest)], [400, "DIGEST_INVALID"]);
    const noDigest = await pushManifest(server, "app", "sha256:abc", image());
    assert.deepEqual([noDigest.status, codeOf(noDigest)], [400, "DIGEST_INVALID"]);
    const words = "must satisfy regular expression '[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}'";
    for (const reference of ["-no-tag", ".none", "a+b", "t".repeat(129), `${MISSING}?tag=a+b`]) {
      const noTag = await pushManifest(server, "app", reference, image());
      assert.deepEqual([noTag.status, codeOf(noTag)], [400, "TAG_INVALID"]);
      assert.ok(noTag.json().errors[0].message.includes(words));
    }
    const large = await server.send("PUT", "/v2/app/manifests/v2", { body: Buffer.alloc(MANIFEST_SIZE_BYTES_MAX + 1) });
    assert.deepEqual([large.status, codeOf(large)], [413, "SIZE_INVALID"]);
    await pushImage(server, "fixed", "v1", image());
    const second = image();
    for (const bytes of second.blobs) await pushBlob(server, "fixed", bytes);
    const immutable = await pushManifest(server, "fixed", "v1", second);
    assert.deepEqual([immutable.status, codeOf(immutable)], [400, "TAG_INVALID"]);
  });

  test("a subject that is here is as the manifest describes it", async () => {
    const { mediaType, digest, size } = image();
    const absent = image({ extra: { subject: { mediaType, digest, size } } });
    await pushImage(server, "app", "absent", absent);
    const here = { mediaType: absent.mediaType, digest: absent.digest, size: absent.size };
    for (const wrong of [{ size: 7 }, { mediaType: DOCKER_MANIFEST }]) {
      const it = image({ extra: { subject: { ...here, ...wrong } } });
      for (const bytes of it.blobs) await pushBlob(server, "app", bytes);
      const refused = await pushManifest(server, "app", "wrong", it);
      assert.deepEqual([refused.status, codeOf(refused)], [400, "MANIFEST_INVALID"]);
    }
    assert.equal((await server.send("HEAD", "/v2/app/manifests/wrong")).status, 404);
    const right = await pushImage(server, "app", "right", image({ extra: { subject: here } }));
    assert.deepEqual([right.headers["oci-subject"], right.headers["warning"]], [absent.digest, undefined]);
  });

  test("bytes without a mediaType are of the Content-Type that they came with first", async () => {
    const it = image({ extra: { mediaType: undefined } });
    for (const bytes of it.blobs) await pushBlob(server, "app", bytes);
    const pushAs = (type?: string) =>
      server.send("PUT", "/v2/app/manifests/bare", {
        body: it.body,
        headers: type === undefined ? {} : { "content-type": type },
      });
    assert.equal((await pushAs(OCI_MANIFEST)).status, 201);
    const refused = await pushAs(DOCKER_MANIFEST);
    assert.deepEqual([refused.status, codeOf(refused)], [400, "MANIFEST_INVALID"]);
    for (const type of [OCI_MANIFEST, DOCKER_MANIFEST]) assert.ok(refused.json().errors[0].message.includes(`"${type}"`));
    assert.equal((await pushAs()).status, 400);
    assert.equal((await pushAs(OCI_MANIFEST)).status, 201);
    assert.equal((await server.send("HEAD", "/v2/app/manifests/bare")).headers["content-type"], OCI_MANIFEST);
  });

  test("an image that is not there is unknown, and what can be no tag is refused", async () => {
    for (const reference of ["a+b", "%2Bbad", "t".repeat(301)]) {
      for (const method of ["GET", "HEAD", "DELETE"]) {
        const answer = await server.send(method, `/v2/app/manifests/${reference}`);
        assert.equal(answer.status, 400);
        if (method !== "HEAD") assert.equal(codeOf(answer), "TAG_INVALID");
      }
    }
    for (const reference of ["none", MISSING, ".none", "t".repeat(300)]) {
      const got = await server.send("GET", `/v2/app/manifests/${reference}`);
      assert.deepEqual([got.status, codeOf(got)], [404, "MANIFEST_UNKNOWN"]);
      assert.equal((await server.send("HEAD", `/v2/app/manifests/${reference}`)).status, 404);
      assert.equal((await server.send("DELETE", `/v2/app/manifests/${reference}`)).status, 404);
    }
  });

  test("deleting a tag leaves the image; deleting the image takes its tags", async () => {
    const it = image();
    await pushImage(server, "app", `${it.digest}?tag=x&tag=y`, it);
    assert.equal((await server.send("DELETE", "/v2/app/manifests/x")).status, 202);
    assert.equal((await server.send("GET", "/v2/app/manifests/x")).status, 404);
    assert.equal((await server.send("GET", "/v2/app/manifests/y")).status, 200);
    assert.equal((await server.send("DELETE", `/v2/app/manifests/${it.digest}`)).status, 202);
    assert.equal((await server.send("GET", "/v2/app/manifests/y")).status, 404);
  });
});
