import assert from "node:assert/strict";
import { test } from "node:test";
import { matchesEntityTag, parseContentRange, parseRange } from "./byte-range.ts";

test("a single range is cut to the blob", () => {
  assert.deepEqual(parseRange("bytes=500-1499", 2000), { first: 500, last: 1499 });
  assert.deepEqual(parseRange("bytes=500-", 2000), { first: 500, last: 1999 });
  assert.deepEqual(parseRange("bytes=-500", 2000), { first: 1500, last: 1999 });
  assert.deepEqual(parseRange("bytes=-5000", 2000), { first: 0, last: 1999 });
  assert.deepEqual(parseRange("bytes=1000-9000", 2000), { first: 1000, last: 1999 });
  assert.deepEqual(parseRange("bytes=0-9223372036854775807", 2000), { first: 0, last: 1999 });
  assert.deepEqual(parseRange(`bytes=-${"9".repeat(400)}`, 2000), { first: 0, last: 1999 });
  assert.deepEqual(parseRange("Bytes=0-4", 2000), { first: 0, last: 4 });
});

test("a range outside of the blob, backwards or garbled is unsatisfiable", () => {
  for (const header of [
    "bytes=2000-",
    "bytes=9223372036854775807-",
    "bytes=5000-10000",
    "bytes=500-0",
    "bytes=-0",
    "bytes=-",
    "bytes=a-b",
    "bytes=1-2x",
  ]) {
    assert.equal(parseRange(header, 2000), "unsatisfiable", header);
  }
  assert.equal(parseRange("bytes=0-", 0), "unsatisfiable");
});

test("several ranges and other units are answered whole", () => {
  for (const header of [undefined, "bytes=0-1,3-4", "lines=1-2"]) assert.equal(parseRange(header, 2000), "whole");
});

test("a chunk's place is read in either notation", () => {
  for (const header of ["5-9", "bytes 5-9/10", "bytes 5-9/*"])
    assert.deepEqual(parseContentRange(header), { offset: 5, length: 5 });
  for (const header of ["", "9-5", "-5", "5-", "bytes=5-9", "5-9,11-12", "99999999999999999999-1"]) {
    assert.throws(() => parseContentRange(header), { code: "InvalidLayerPartException" }, header);
  }
});

test("entity tags are compared weakly", () => {
  assert.equal(matchesEntityTag('"a", W/"b"', '"b"'), true);
  assert.equal(matchesEntityTag("*", '"b"'), true);
  assert.equal(matchesEntityTag('"a"', '"b"'), false);
  assert.equal(matchesEntityTag(undefined, '"b"'), false);
});
