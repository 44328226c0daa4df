import assert from "node:assert/strict";
import { test } from "node:test";
import { parseRepositoryName } from "../../kernel/names.ts";
import { parseTarget } from "./parse-target.ts";

test("each form of path is its own kind", () => {
  const target = (path: string) => parseTarget(path);
  assert.equal(target("/v2/")?.kind, "base");
  assert.equal(target("/v2")?.kind, "base");
  assert.equal(target("/v2/_catalog")?.kind, "catalog");
  assert.deepEqual(target("/v2/team/app/manifests/v1"), { kind: "manifest", name: "team/app", reference: "v1" });
  assert.deepEqual(target("/v2/app/blobs/sha256:ab"), { kind: "blob", name: "app", reference: "sha256:ab" });
  assert.deepEqual(target("/v2/app/blobs/uploads/"), { kind: "uploads", name: "app", reference: "" });
  assert.deepEqual(target("/v2/app/blobs/uploads"), { kind: "uploads", name: "app", reference: "uploads" });
  assert.deepEqual(target("/v2/app/blobs/uploads/7e"), { kind: "upload", name: "app", reference: "7e" });
  assert.deepEqual(target("/v2/app/tags/list"), { kind: "tags", name: "app", reference: "" });
  assert.deepEqual(target("/v2/app/referrers/sha256:ab"), { kind: "referrers", name: "app", reference: "sha256:ab" });
});

test("a name may hold the words that routes are made of", () => {
  assert.deepEqual(parseTarget("/v2/a/manifests/manifests/x"), { kind: "manifest", name: "a/manifests", reference: "x" });
  assert.deepEqual(parseTarget("/v2/a/blobs/uploads/manifests/x"), { kind: "manifest", name: "a/blobs/uploads", reference: "x" });
  assert.deepEqual(parseTarget("/v2/a/manifests/tags/list"), { kind: "tags", name: "a/manifests", reference: "" });
});

test("an escaped colon in a digest is a colon", () => {
  assert.equal(parseTarget("/v2/app/blobs/sha256%3Aab")?.reference, "sha256:ab");
  assert.equal(parseTarget("/v2/app/manifests/%zz")?.reference, "%zz");
});

test("no trick with a path makes a repository's name", () => {
  for (const path of [
    "/v2/a%2Fb/manifests/x",
    "/v2/a//b/manifests/x",
    "/v2//ab/manifests/x",
    "/v2/../ab/manifests/x",
    "/v2/ab/../cd/manifests/x",
    "/v2/./ab/manifests/x",
    "/v2/AB/manifests/x",
    "/v2/ab/%2e%2e/manifests/x",
    "/v2/ab\\cd/manifests/x",
    "/v2/_catalog/manifests/x",
  ]) {
    assert.equal(parseRepositoryName(parseTarget(path)?.name ?? ""), undefined, path);
  }
  for (const path of [
    "/v2/manifests/x",
    "/v2//manifests/x",
    "/v2/ab",
    "/v2/ab/tags/lists",
    "/v3/ab/manifests/x",
    "/v2ab/manifests/x",
  ]) {
    assert.equal(parseTarget(path), undefined, path);
  }
});
