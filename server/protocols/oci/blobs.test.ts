import assert from "node:assert/strict";
import { request as sendRequest } from "node:http";
import { after, before, describe, test } from "node:test";
import { digestOf, image } from "../../testing/image.ts";
import { codeOf, pushBlob, pushImage } from "../../testing/oci-content.ts";
import { type OciServer, startOciServer, type TestAnswer } from "../../testing/oci-server.ts";

const MISSING = `sha256:${"0".repeat(64)}`;

describe("blobs over the OCI protocol", () => {
  let server: OciServer;
  before(async () => {
    server = await startOciServer();
    for (const name of ["app", "other"]) await server.createRepository(name);
  });
  after(() => server[Symbol.asyncDispose]());

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

  describe("blobs", () => {
    test("a blob comes back whole, in part, or not again", async () => {
      const bytes = Buffer.from("0123456789");
      const path = `/v2/app/blobs/${await pushBlob(server, "app", bytes)}`;
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
      const digest = await pushBlob(server, "app", Buffer.alloc(0));
      const got = await server.send("GET", `/v2/app/blobs/${digest}`);
      assert.deepEqual([got.status, got.headers["content-length"]], [200, "0"]);
    });

    test("a blob of another repository is unknown", async () => {
      const digest = await pushBlob(server, "app", Buffer.from("of app alone"));
      for (const method of ["GET", "HEAD", "DELETE"]) {
        assert.equal((await server.send(method, `/v2/other/blobs/${digest}`)).status, 404);
      }
      assert.equal(codeOf(await server.send("GET", `/v2/other/blobs/${digest}`)), "BLOB_UNKNOWN");
      assert.equal(codeOf(await server.send("GET", "/v2/app/blobs/md5:abc")), "DIGEST_INVALID");
    });

    test("a blob is deleted only when no image needs it", async () => {
      const it = image();
      await pushImage(server, "app", "keeps", it);
      const needed = await server.send("DELETE", `/v2/app/blobs/${digestOf(it.blobs[0] ?? Buffer.alloc(0))}`);
      assert.deepEqual([needed.status, codeOf(needed)], [409, "DENIED"]);
      const digest = await pushBlob(server, "app", Buffer.from("needed by nobody"));
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
      assert.equal(codeOf(await server.send("POST", "/v2/app/blobs/uploads/?digest-algorithm=md5")), "DIGEST_INVALID");
    });

    test("bytes that are not what the digest says are refused", async () => {
      const wrong = digestOf(Buffer.from("something else"));
      const location = await startUpload();
      const put = await server.send("PUT", `${location}?digest=${wrong}`, { body: "something" });
      assert.deepEqual([put.status, codeOf(put)], [400, "DIGEST_INVALID"]);
      const post = await server.send("POST", `/v2/app/blobs/uploads/?digest=${wrong}`, { body: "something" });
      assert.deepEqual([post.status, codeOf(post)], [400, "DIGEST_INVALID"]);
      for (const query of ["", "?digest=", "?digest=sha256:1"]) {
        assert.equal(codeOf(await server.send("PUT", (await startUpload()) + query)), "DIGEST_INVALID");
      }
      assert.equal((await server.send("HEAD", `/v2/app/blobs/${wrong}`)).status, 404);
    });

    test("a cancelled upload is gone", async () => {
      const location = await startUpload();
      assert.equal((await server.send("DELETE", location)).status, 204);
      const after = await server.send("PATCH", location, { body: "x" });
      assert.deepEqual([after.status, codeOf(after)], [404, "BLOB_UPLOAD_UNKNOWN"]);
      assert.equal((await server.send("DELETE", location)).status, 404);
    });

    test("an upload is completed again by who completed it, and one that never was or was cancelled is not", async () => {
      const bytes = Buffer.from("completed twice");
      const query = `?digest=${digestOf(bytes)}`;
      const location = await startUpload();
      for (const body of [bytes, bytes, ""]) assert.equal((await server.send("PUT", location + query, { body })).status, 201);
      const cancelled = await startUpload();
      await server.send("DELETE", cancelled);
      for (const gone of [cancelled, "/v2/app/blobs/uploads/00000000-0000-4000-8000-000000000000"]) {
        const answer = await server.send("PUT", gone + query, { body: "whatever" });
        assert.deepEqual([answer.status, codeOf(answer)], [404, "BLOB_UPLOAD_UNKNOWN"]);
      }
    });

    test("an upload is known only in the repository that it was begun in", async () => {
      const location = (await startUpload()).replace("/v2/app/", "/v2/other/");
      assert.equal((await server.send("GET", location)).status, 404);
      assert.equal((await server.send("GET", "/v2/app/blobs/uploads/..%2f..%2fescape")).status, 404);
    });

    test("a request that finds another one writing is told when to come again", async () => {
      const location = await startUpload();
      const headers = { authorization: `Basic ${Buffer.from("AWS:root").toString("base64")}`, "content-length": 100 };
      const writing = sendRequest({ host: "127.0.0.1", port: server.port, method: "PATCH", path: location, headers });
      const cut = new Promise((resolve) => writing.on("error", resolve));
      writing.write("half of it");
      const query = `?digest=${digestOf(Buffer.alloc(0))}`;
      let answer: TestAnswer;
      // An empty PATCH changes nothing, should it come before the other one.
      do answer = await server.send("PATCH", location, { body: "", headers: { "content-length": 0 } });
      while (answer.status === 202);
      for (const busy of [answer, await server.send("PUT", location + query)]) {
        assert.equal(busy.status, 503);
        assert.match(String(busy.headers["retry-after"]), /^(1[0-9]|20)$/);
        assert.equal(busy.headers["range"], undefined);
      }
      writing.destroy(new Error("gone"));
      await cut;
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
      const digest = await pushBlob(server, "app", Buffer.from("mounted by name"));
      const mounted = await mount(digest, "app");
      assert.deepEqual([mounted.status, mounted.headers.location], [201, `/v2/other/blobs/${digest}`]);
      assert.equal((await server.send("GET", `/v2/other/blobs/${digest}`)).body.toString(), "mounted by name");
      const anonymous = await pushBlob(server, "app", Buffer.from("mounted by nobody's name"));
      assert.equal((await mount(anonymous)).status, 201);
    });

    test("a refusal at the source looks like a layer that is not there", async () => {
      const digest = await pushBlob(server, "app", Buffer.from("a secret layer"));
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
