import assert from "node:assert/strict";
import { test } from "node:test";
import { createBoundedCache } from "./bounded-cache.ts";

test("a cache forgets what was used least lately, and never what is used all the time", () => {
  const cache = createBoundedCache<number>(10);
  cache.set("used", 1);
  cache.set("unused", 2);
  for (let count = 0; count < 100; count++) {
    cache.set(`other-${count}`, count);
    assert.equal(cache.get("used"), 1);
  }
  assert.equal(cache.get("unused"), undefined);
  const held = Array.from({ length: 100 }, (_, count) => cache.get(`other-${count}`)).filter((it) => it !== undefined);
  assert.ok(held.length < 10);
});

test("what was deleted is gone, whichever generation it was in", () => {
  const cache = createBoundedCache<number>(4);
  for (const name of ["a", "b", "c"]) cache.set(name, 1);
  for (const name of ["a", "b", "c"]) cache.delete(name);
  for (const name of ["a", "b", "c"]) assert.equal(cache.get(name), undefined);
});
