import assert from "node:assert/strict";
import { request as sendRequest } from "node:http";
import { after, before, describe, test } from "node:test";
import { MANIFEST_SIZE_BYTES_MAX } from "../../kernel/limits.ts";
import { DOCKER_MANIFEST, digestOf, image, index, OCI_INDEX, OCI_MANIFEST, type TestImage } from "../../testing/image.ts";
import { type OciServer, startOciServer, type TestAnswer } from "../../testing/oci-server.ts";

const MISSING = `sha256:${"0".repeat(64)}`;
const code = (answer: TestAnswer): string => answer.json().errors[0].code;

describe("content over the OCI protocol", () => {
  let server: OciServer;
  before(async () => {
    server = await startOciServer();
    for (const name of ["app", "other", "lists"]) await server.createRepository(name);
    await server.createRepository("fixed", { imageTagMutability: "IMMUTABLE" });
  });
  after(() => server[Symbol.asyncDispose]());

  const pushBlob = async (repository: string, bytes: Buffer, algorithm: "sha256" | "sha512" = "sha256"): Promise<string> => {
    const digest = digestOf(bytes, algorithm);
    const answer = await server.send("POST", `/v2/${repository}/blobs/uploads/?digest=${digest}`, { body: bytes });
    assert.equal(answer.status, 201);
    return digest;
  };
  const pushManifest = (repository: string, reference: string, it: TestImage): Promise<TestAnswer> =>
    server.send("PUT", `/v2/${repository}/manifests/${reference}`, { body: it.body, headers: { "content-type": it.mediaType } });
  const pushImage = async (repository: string, reference: string, it: TestImage): Promise<TestAnswer> => {
    for (const bytes of it.blobs) await pushBlob(repository, bytes);
    const answer = await pushManifest(repository, reference, it);
    assert.equal(answer.status, 201, answer.body.toString());
    return answer;
  };
  const startUpload = async (query = ""): Promise<string> => {
    const answer = await server.send("POST", `/v2/app/blobs/uploads/${query}`);
    assert.equal(answer.status, 202);
    return String(answer.headers.location);
  };
  const status = async (location: string): Promise<string | undefined> => {
    const answer = await server.send("GET", location);
    assert.equal(answer.status, 204);
    return answer.headers["range"];
  };

  describe("manifests", () => {
    test("a tag is translated for a client that knows only Docker's kind, a digest never, and GET and HEAD agree", async () => {
      const it = image();
      await pushImage("app", "translated", it);
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
      const pushed = await pushImage("app", "v1", it);
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
      const pushed = await pushImage("app", `${it.digest}?tag=a&tag=b`, it);
      assert.equal(pushed.headers["oci-tag"], "a, b");
      for (const tag of ["a", "b"]) assert.deepEqual((await server.send("GET", `/v2/app/manifests/${tag}`)).body, it.body);
      const many = Array.from({ length: 11 }, (_, at) => `tag=t${at}`).join("&");
      assert.equal((await pushManifest("app", `${it.digest}?${many}`, it)).status, 400);
      assert.equal((await pushManifest("app", `${it.digest}?tag=-`, it)).status, 400);
    });

    test("a push by sha512 is known by sha512", async () => {
      const it = image();
      const digest = digestOf(it.body, "sha512");
      assert.equal((await pushImage("app", digest, it)).headers["docker-content-digest"], digest);
      assert.deepEqual((await server.send("GET", `/v2/app/manifests/${digest}`)).body, it.body);
    });

    test("a subject is acknowledged", async () => {
      const subject = { mediaType: OCI_MANIFEST, digest: MISSING, size: 7 };
      assert.equal((await pushImage("app", "signature", image({ extra: { subject } }))).headers["oci-subject"], MISSING);
    });

    test("parameters of a content type are ignored", async () => {
      const it = image();
      for (const bytes of it.blobs) await pushBlob("app", bytes);
      const headers = { "content-type": `${OCI_MANIFEST}; charset=utf-8` };
      assert.equal((await server.send("PUT", "/v2/app/manifests/typed", { body: it.body, headers })).status, 201);
      assert.equal((await server.send("HEAD", "/v2/app/manifests/typed")).headers["content-type"], OCI_MANIFEST);
    });

    test("what is wrong with a push has its own code", async () => {
      const absent = await pushManifest("app", "v2", image());
      assert.deepEqual([absent.status, code(absent)], [404, "MANIFEST_BLOB_UNKNOWN"]);
      const sparse = await pushManifest("app", "v2", index([image()]));
      assert.deepEqual([sparse.status, code(sparse)], [404, "MANIFEST_BLOB_UNKNOWN"]);
      const garbled = await server.send("PUT", "/v2/app/manifests/v2", { body: "{", headers: { "content-type": OCI_MANIFEST } });
      assert.deepEqual([garbled.status, code(garbled)], [400, "MANIFEST_INVALID"]);
      const otherDigest = await pushManifest("app", MISSING, image());
      assert.deepEqual([otherDigest.status, code(otherDigest)], [400, "DIGEST_INVALID"]);
      const noDigest = await pushManifest("app", "sha256:abc", image());
      assert.deepEqual([noDigest.status, code(noDigest)], [400, "DIGEST_INVALID"]);
      assert.equal((await pushManifest("app", "-no-tag", image())).status, 400);
      const large = await server.send("PUT", "/v2/app/manifests/v2", { body: Buffer.alloc(MANIFEST_SIZE_BYTES_MAX + 1) });
      assert.deepEqual([large.status, code(large)], [413, "SIZE_INVALID"]);
      await pushImage("fixed", "v1", image());
      const second = image();
      for (const bytes of second.blobs) await pushBlob("fixed", bytes);
      const immutable = await pushManifest("fixed", "v1", second);
      assert.deepEqual([immutable.status, code(immutable)], [400, "TAG_INVALID"]);
    });

    test("an image that is not there, or could not be, is unknown", async () => {
      for (const reference of ["none", MISSING, ".none", "a+b"]) {
        const got = await server.send("GET", `/v2/app/manifests/${reference}`);
        assert.deepEqual([got.status, code(got)], [404, "MANIFEST_UNKNOWN"]);
        assert.equal((await server.send("HEAD", `/v2/app/manifests/${reference}`)).status, 404);
        assert.equal((await server.send("DELETE", `/v2/app/manifests/${reference}`)).status, 404);
      }
    });

    test("deleting a tag leaves the image; deleting the image takes its tags", async () => {
      const it = image();
      await pushImage("app", `${it.digest}?tag=x&tag=y`, it);
      assert.equal((await server.send("DELETE", "/v2/app/manifests/x")).status, 202);
      assert.equal((await server.send("GET", "/v2/app/manifests/x")).status, 404);
      assert.equal((await server.send("GET", "/v2/app/manifests/y")).status, 200);
      assert.equal((await server.send("DELETE", `/v2/app/manifests/${it.digest}`)).status, 202);
      assert.equal((await server.send("GET", "/v2/app/manifests/y")).status, 404);
    });
  });

  describe("blobs", () => {
    test("a blob comes back whole, in part, or not again", async () => {
      const bytes = Buffer.from("0123456789");
      const path = `/v2/app/blobs/${await pushBlob("app", bytes)}`;
      const whole = await server.send("GET", path);
      assert.deepEqual([whole.status, whole.body.toString()], [200, "0123456789"]);
      assert.equal(whole.headers["docker-content-digest"], digestOf(bytes));
      assert.equal(whole.headers["content-type"], "application/octet-stream");
      const head = await server.send("HEAD", path);
      assert.deepEqual([head.status, head.headers["content-length"], head.body.length], [200, "10", 0]);

      const etag = String(whole.headers.etag);
      const get = (headers: Record<string, string>): Promise<TestAnswer> => server.send("GET", path, { headers });
      const part = await get({ range: "bytes=2-4" });
      assert.deepEqual([part.status, part.body.toString(), part.headers["content-range"]], [206, "234", "bytes 2-4/10"]);
      assert.equal((await get({ range: "bytes=-3" })).body.toString(), "789");
      assert.equal((await get({ range: "bytes=2-4", "if-range": etag })).status, 206);
      assert.equal((await get({ range: "bytes=2-4", "if-range": '"other"' })).status, 200);
      assert.equal((await get({ range: "bytes=0-1,3-4" })).status, 200);
      const beyond = await get({ range: "bytes=10-" });
      assert.deepEqual([beyond.status, beyond.headers["content-range"]], [416, "bytes */10"]);
      assert.equal((await get({ "if-none-match": etag })).status, 304);
    });

    test("an empty blob is a blob", async () => {
      const digest = await pushBlob("app", Buffer.alloc(0));
      const got = await server.send("GET", `/v2/app/blobs/${digest}`);
      assert.deepEqual([got.status, got.headers["content-length"]], [200, "0"]);
    });

    test("a blob of another repository is unknown", async () => {
      const digest = await pushBlob("app", Buffer.from("of app alone"));
      for (const method of ["GET", "HEAD", "DELETE"]) {
        assert.equal((await server.send(method, `/v2/other/blobs/${digest}`)).status, 404);
      }
      assert.equal(code(await server.send("GET", `/v2/other/blobs/${digest}`)), "BLOB_UNKNOWN");
      assert.equal(code(await server.send("GET", "/v2/app/blobs/md5:abc")), "DIGEST_INVALID");
    });

    test("a blob is deleted only when no image needs it", async () => {
      const it = image();
      await pushImage("app", "keeps", it);
      const needed = await server.send("DELETE", `/v2/app/blobs/${digestOf(it.blobs[0] ?? Buffer.alloc(0))}`);
      assert.deepEqual([needed.status, code(needed)], [409, "DENIED"]);
      const digest = await pushBlob("app", Buffer.from("needed by nobody"));
      assert.equal((await server.send("DELETE", `/v2/app/blobs/${digest}`)).status, 202);
      assert.equal((await server.send("HEAD", `/v2/app/blobs/${digest}`)).status, 404);
    });
  });

  describe("uploads", () => {
    test("POST then PUT", async () => {
      const bytes = Buffer.from("post then put");
      const location = await startUpload();
      assert.equal(await status(location), "0-0");
      const done = await server.send("PUT", `${location}?digest=${digestOf(bytes)}`, { body: bytes });
      assert.deepEqual([done.status, done.headers.location], [201, `/v2/app/blobs/${digestOf(bytes)}`]);
      assert.equal(done.headers["docker-content-digest"], digestOf(bytes));
      assert.equal((await server.send("GET", location)).status, 404);
    });

    test("a streamed PATCH and an empty PUT", async () => {
      const bytes = Buffer.from("streamed");
      const location = await startUpload();
      const sent = await server.send("PATCH", location, { body: bytes, headers: { "transfer-encoding": "chunked" } });
      assert.deepEqual([sent.status, sent.headers["range"], sent.headers.location], [202, "0-7", location]);
      assert.equal((await server.send("PUT", `${location}?digest=${digestOf(bytes)}`)).status, 201);
    });

    test("chunks go in order, and a wrong one is told where it should have been", async () => {
      const location = await startUpload();
      const patch = (range: string, body: string): Promise<TestAnswer> =>
        server.send("PATCH", location, { body, headers: { "content-range": range } });
      assert.equal((await patch("0-2", "abc")).headers["range"], "0-2");
      const ahead = await patch("6-8", "ghi");
      assert.deepEqual([ahead.status, ahead.headers["range"]], [416, "0-2"]);
      assert.equal((await patch("0-2", "abc")).status, 416);
      assert.equal((await patch("3-9", "def")).status, 416);
      assert.equal((await patch("x", "def")).status, 416);
      assert.equal(await status(location), "0-2");
      assert.equal((await patch("3-5", "def")).headers["range"], "0-5");
      const query = `?digest=${digestOf(Buffer.from("abcdefghi"))}`;
      const early = await server.send("PUT", location + query, { body: "ghi", headers: { "content-range": "0-2" } });
      assert.equal(early.status, 416);
      const last = await server.send("PUT", location + query, { body: "ghi", headers: { "content-range": "6-8" } });
      assert.equal(last.status, 201);
    });

    test("an upload in sha512", async () => {
      const bytes = Buffer.from("long digests");
      for (const query of ["?digest-algorithm=sha512", ""]) {
        const location = await startUpload(query);
        const done = await server.send("PUT", `${location}?digest=${digestOf(bytes, "sha512")}`, { body: bytes });
        assert.equal(done.status, 201);
      }
      assert.equal(code(await server.send("POST", "/v2/app/blobs/uploads/?digest-algorithm=md5")), "DIGEST_INVALID");
    });

    test("bytes that are not what the digest says are refused", async () => {
      const wrong = digestOf(Buffer.from("something else"));
      const location = await startUpload();
      const put = await server.send("PUT", `${location}?digest=${wrong}`, { body: "something" });
      assert.deepEqual([put.status, code(put)], [400, "DIGEST_INVALID"]);
      const post = await server.send("POST", `/v2/app/blobs/uploads/?digest=${wrong}`, { body: "something" });
      assert.deepEqual([post.status, code(post)], [400, "DIGEST_INVALID"]);
      for (const query of ["", "?digest=", "?digest=sha256:1"]) {
        assert.equal(code(await server.send("PUT", (await startUpload()) + query)), "DIGEST_INVALID");
      }
      assert.equal((await server.send("HEAD", `/v2/app/blobs/${wrong}`)).status, 404);
    });

    test("a cancelled upload is gone", async () => {
      const location = await startUpload();
      assert.equal((await server.send("DELETE", location)).status, 204);
      const after = await server.send("PATCH", location, { body: "x" });
      assert.deepEqual([after.status, code(after)], [404, "BLOB_UPLOAD_UNKNOWN"]);
      assert.equal((await server.send("DELETE", location)).status, 404);
    });

    test("an upload is known only in the repository that it was begun in", async () => {
      const location = (await startUpload()).replace("/v2/app/", "/v2/other/");
      assert.equal((await server.send("GET", location)).status, 404);
      assert.equal((await server.send("GET", "/v2/app/blobs/uploads/..%2f..%2fescape")).status, 404);
    });

    test("a client that goes away in the middle leaves an upload that can be gone on with", async () => {
      const location = await startUpload();
      await server.send("PATCH", location, { body: "abc" });
      await new Promise<void>((resolve) => {
        const headers = { authorization: `Basic ${Buffer.from("AWS:root").toString("base64")}`, "content-length": 100 };
        const cut = sendRequest({ host: "127.0.0.1", port: server.port, method: "PATCH", path: location, headers });
        cut.on("error", () => resolve());
        cut.write("half of it", () => setTimeout(() => cut.destroy(new Error("gone")), 20));
      });
      // The server may still be busy with noticing; the claim of the lost request must end by itself.
      let range = await status(location);
      for (let tries = 0; tries < 50; tries++) {
        const answer = await server.send("PATCH", location, { body: "", headers: { "content-length": 0 } });
        if (answer.status === 202) break;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      range = await status(location);
      assert.equal(range, "0-2");
      const digest = digestOf(Buffer.from("abcdef"));
      assert.equal((await server.send("PATCH", location, { body: "def", headers: { "content-range": "3-5" } })).status, 202);
      assert.equal((await server.send("PUT", `${location}?digest=${digest}`)).status, 201);
    });
  });

  describe("mounts", () => {
    const mount = (digest: string, from?: string): Promise<TestAnswer> =>
      server.send(
        "POST",
        `/v2/other/blobs/uploads/?mount=${encodeURIComponent(digest)}${from === undefined ? "" : `&from=${from}`}`,
      );

    test("a layer of another repository is mounted, with or without its name", async () => {
      const digest = await pushBlob("app", Buffer.from("mounted by name"));
      const mounted = await mount(digest, "app");
      assert.deepEqual([mounted.status, mounted.headers.location], [201, `/v2/other/blobs/${digest}`]);
      assert.equal((await server.send("GET", `/v2/other/blobs/${digest}`)).body.toString(), "mounted by name");
      const anonymous = await pushBlob("app", Buffer.from("mounted by nobody's name"));
      assert.equal((await mount(anonymous)).status, 201);
    });

    test("a refusal at the source looks like a layer that is not there", async () => {
      const digest = await pushBlob("app", Buffer.from("a secret layer"));
      server.refused.add("ecr:GetDownloadUrlForLayer arn:aws:ecr:us-east-1:000000000000:repository/app");
      const shape = (it: TestAnswer): unknown => [it.status, Object.keys(it.headers).sort(), it.headers["range"], it.body.length];
      const refused = await mount(digest, "app");
      assert.equal(refused.status, 202);
      for (const other of [
        await mount(MISSING, "app"),
        await mount(digest, "no/such"),
        await mount(digest, "NO"),
        await mount(digest),
      ]) {
        assert.deepEqual(shape(other), shape(refused));
      }
      assert.equal((await server.send("HEAD", `/v2/other/blobs/${digest}`)).status, 404);
      server.refused.clear();
    });
  });

  describe("lists", () => {
    before(async () => {
      const it = image();
      await pushImage("lists", `${it.digest}?tag=b&tag=a&tag=B&tag=_&tag=1`, it);
      for (const artifactType of ["application/vnd.a+json", "application/vnd.b"]) {
        const subject = { mediaType: OCI_MANIFEST, digest: it.digest, size: it.size };
        const referrer = image({ extra: { subject, artifactType, annotations: { "org.example": artifactType } } });
        await pushImage("lists", referrer.digest, referrer);
      }
      subjectDigest = it.digest;
    });
    let subjectDigest = "";

    test("tags are in bytewise order, in pages that link to the next", async () => {
      const all = await server.send("GET", "/v2/lists/tags/list");
      assert.deepEqual(all.json(), { name: "lists", tags: ["1", "B", "_", "a", "b"] });
      assert.equal(all.headers["content-type"], "application/json");
      assert.equal(all.headers.link, undefined);

      const first = await server.send("GET", "/v2/lists/tags/list?n=2");
      assert.deepEqual(first.json().tags, ["1", "B"]);
      assert.equal(first.headers.link, '</v2/lists/tags/list?n=2&last=B>; rel="next"');
      assert.deepEqual((await server.send("GET", "/v2/lists/tags/list?n=3&last=B")).json().tags, ["_", "a", "b"]);
      assert.equal((await server.send("GET", "/v2/lists/tags/list?n=3&last=B")).headers.link, undefined);
      assert.deepEqual((await server.send("GET", "/v2/lists/tags/list?last=a")).json().tags, ["b"]);
    });

    test("n may be zero or too large, but must be a number", async () => {
      const none = await server.send("GET", "/v2/lists/tags/list?n=0");
      assert.deepEqual([none.status, none.json().tags, none.headers.link], [200, [], undefined]);
      assert.equal((await server.send("GET", "/v2/lists/tags/list?n=5000")).json().tags.length, 5);
      for (const n of ["-1", "x", "", "1e3"]) assert.equal((await server.send("GET", `/v2/lists/tags/list?n=${n}`)).status, 400);
    });

    test("the catalog lists repositories in pages", async () => {
      assert.deepEqual((await server.send("GET", "/v2/_catalog")).json(), { repositories: ["app", "fixed", "lists", "other"] });
      const page = await server.send("GET", "/v2/_catalog?n=1&last=app");
      assert.deepEqual(page.json().repositories, ["fixed"]);
      assert.equal(page.headers.link, '</v2/_catalog?n=1&last=fixed>; rel="next"');
    });

    test("referrers are an index, also when there are none", async () => {
      const none = await server.send("GET", `/v2/lists/referrers/${MISSING}`);
      assert.deepEqual([none.status, none.headers["content-type"]], [200, OCI_INDEX]);
      assert.deepEqual(none.json(), { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] });
      const all = await server.send("GET", `/v2/lists/referrers/${subjectDigest}`);
      assert.equal(all.json().manifests.length, 2);
      assert.equal(all.headers["oci-filters-applied"], undefined);
      for (const { annotations, artifactType } of all.json().manifests) assert.equal(annotations["org.example"], artifactType);
      const bad = await server.send("GET", "/v2/lists/referrers/sha256:abc");
      assert.deepEqual([bad.status, code(bad)], [400, "DIGEST_INVALID"]);
    });

    test("referrers with large annotations come in pages that a client will read", async () => {
      const subject = { mediaType: OCI_MANIFEST, digest: digestOf(Buffer.from("a large subject")), size: 7 };
      for (let count = 0; count < 8; count++) {
        const it = image({ extra: { subject, annotations: { long: "x".repeat(500_000) } } });
        await pushImage("lists", it.digest, it);
      }
      const digests = new Set<string>();
      let pages = 0;
      for (let path = `/v2/lists/referrers/${subject.digest}`; path !== ""; pages++) {
        const page = await server.send("GET", path);
        assert.ok(page.body.length < 4 * 1024 * 1024);
        for (const { digest } of page.json().manifests) digests.add(digest);
        path = /^<(.*)>; rel="next"$/.exec(String(page.headers.link))?.[1] ?? "";
      }
      assert.deepEqual([digests.size, pages], [8, 2]);
    });

    test("referrers are filtered by type and paged", async () => {
      for (const type of ["application/vnd.a+json", "application/vnd.a%2Bjson"]) {
        const some = await server.send("GET", `/v2/lists/referrers/${subjectDigest}?artifactType=${type}`);
        assert.deepEqual(
          some.json().manifests.map((it: { artifactType: string }) => it.artifactType),
          ["application/vnd.a+json"],
        );
        assert.equal(some.headers["oci-filters-applied"], "artifactType");
      }
      const first = await server.send("GET", `/v2/lists/referrers/${subjectDigest}?n=1`);
      assert.equal(first.json().manifests.length, 1);
      const next = /^<(.*)>; rel="next"$/.exec(String(first.headers.link))?.[1] ?? "";
      const second = await server.send("GET", next);
      assert.equal(second.json().manifests.length, 1);
      assert.notEqual(second.json().manifests[0].digest, first.json().manifests[0].digest);
      assert.equal(second.headers.link, undefined);
    });
  });
});

test("a mount without a source takes the layer from where the caller may read it", async () => {
  await using server = await startOciServer();
  const bytes = Buffer.from("a layer of two");
  const digest = digestOf(bytes);
  for (const name of ["closed", "open", "target"]) await server.createRepository(name);
  for (const name of ["closed", "open"]) {
    assert.equal((await server.send("POST", `/v2/${name}/blobs/uploads/?digest=${digest}`, { body: bytes })).status, 201);
  }
  const mount = async () => (await server.send("POST", `/v2/target/blobs/uploads/?mount=${digest}`)).status;
  const refuse = (name: string) =>
    server.refused.add(`ecr:GetDownloadUrlForLayer arn:aws:ecr:us-east-1:000000000000:repository/${name}`);
  refuse("closed");
  refuse("open");
  assert.equal(await mount(), 202);
  server.refused.clear();
  refuse("closed");
  assert.equal(await mount(), 201);
});
