import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { digestOf, image, OCI_INDEX, OCI_MANIFEST } from "../../testing/image.ts";
import { codeOf, pushImage } from "../../testing/oci-content.ts";
import { type OciServer, startOciServer } from "../../testing/oci-server.ts";

const MISSING = `sha256:${"0".repeat(64)}`;

describe("lists over the OCI protocol", () => {
  let server: OciServer;
  let subjectDigest = "";
  before(async () => {
    server = await startOciServer();
    for (const name of ["app", "other", "lists"]) await server.createRepository(name);
    await server.createRepository("fixed", { imageTagMutability: "IMMUTABLE" });
    const it = image();
    await pushImage(server, "lists", `${it.digest}?tag=b&tag=a&tag=B&tag=_&tag=1`, it);
    for (const artifactType of ["application/vnd.a+json", "application/vnd.b"]) {
      const subject = { mediaType: OCI_MANIFEST, digest: it.digest, size: it.size };
      const referrer = image({ extra: { subject, artifactType, annotations: { "org.example": artifactType } } });
      await pushImage(server, "lists", referrer.digest, referrer);
    }
    subjectDigest = it.digest;
  });
  after(() => server[Symbol.asyncDispose]());

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
    assert.deepEqual([bad.status, codeOf(bad)], [400, "DIGEST_INVALID"]);
  });

  test("referrers with large annotations come in pages that a client will read", async () => {
    const subject = { mediaType: OCI_MANIFEST, digest: digestOf(Buffer.from("a large subject")), size: 7 };
    for (let count = 0; count < 8; count++) {
      const it = image({ extra: { subject, annotations: { long: "x".repeat(500_000) } } });
      await pushImage(server, "lists", it.digest, it);
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
