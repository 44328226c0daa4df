import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { canonicalPath, canonicalQuery, canonicalRequest } from "./canonical-request.ts";
import { groupHeaders } from "./signed-headers.ts";
import { deriveSigningKey, sign } from "./signing-key.ts";

test("the example of AWS's documentation gives the documented key and signature", () => {
  const scope = { date: "20150830", region: "us-east-1", service: "iam" };
  const key = deriveSigningKey("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", scope);
  assert.equal(key.toString("hex"), "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9");
  const type = "application/x-www-form-urlencoded; charset=utf-8";
  const canonical = canonicalRequest({
    method: "GET",
    path: "/",
    query: "Action=ListUsers&Version=2010-05-08",
    headers: groupHeaders(["Content-Type", type, "Host", "iam.amazonaws.com", "X-Amz-Date", "20150830T123600Z"]),
    signedHeaders: ["content-type", "host", "x-amz-date"],
    payloadHash: createHash("sha256").digest("hex"),
  });
  assert.equal(
    sign(key, "20150830T123600Z", scope, canonical ?? "").toString("hex"),
    "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
  );
});

test("a path loses its dot segments and empty segments and is encoded once more", () => {
  const paths: readonly [sent: string, canonical: string][] = [
    ["", "/"],
    ["/", "/"],
    ["//", "/"],
    ["/./", "/"],
    ["/a/../..", "/"],
    ["//example//", "/example/"],
    ["/a/./b/../c", "/a/c"],
    ["/a%20b", "/a%2520b"],
    ["/a b/", "/a%20b/"],
    ["/-._~0AZaz", "/-._~0AZaz"],
    ["/\xe1\x88\xb4", "/%E1%88%B4"],
    ["/a:b*c", "/a%3Ab%2Ac"],
  ];
  for (const [sent, canonical] of paths) assert.equal(canonicalPath(sent), canonical, sent);
});

test("a query is decoded, encoded in one way and sorted by name and value", () => {
  const queries: readonly [sent: string, canonical: string][] = [
    ["", ""],
    ["b=1&a=2", "a=2&b=1"],
    ["a=2&a=10&A=1", "A=1&a=10&a=2"],
    ["a", "a="],
    ["a=&&b", "a=&b="],
    ["a=x+y", "a=x%20y"],
    ["a=%2b", "a=%2B"],
    ["a=%zz", "a=%25zz"],
    ["a=b=c", "a=b%3Dc"],
    ["a-b=1&a=2", "a=2&a-b=1"],
    ["a=1&X-Amz-Signature=00", "a=1"],
    ["%61=1", "a=1"],
    ["a=%E1%88%B4&a=\xe1\x88\xb4", "a=%E1%88%B4&a=%E1%88%B4"],
  ];
  for (const [sent, canonical] of queries) assert.equal(canonicalQuery(sent), canonical, sent);
});

test("header values are trimmed, their spaces made one, and duplicates joined in the order of arrival", () => {
  const canonical = canonicalRequest({
    method: "GET",
    path: "/",
    query: "",
    headers: groupHeaders(["Host", "h", "My-A", "  b   c\t ", "my-a", "a", "MY-A", "caf\xc3\xa0"]),
    signedHeaders: ["host", "my-a"],
    payloadHash: "0",
  });
  assert.equal(canonical, "GET\n/\n\nhost:h\nmy-a:b c,a,caf\xc3\xa0\n\nhost;my-a\n0");
});

test("a header that is said to be signed but was not sent has no canonical form", () => {
  const headers = groupHeaders(["Host", "h"]);
  const parts = { method: "GET", path: "/", query: "", headers, signedHeaders: ["host", "x-empty"], payloadHash: "0" };
  assert.equal(canonicalRequest(parts), undefined);
});
