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

test("a cache of a bounded size forgets sooner what is large, and holds one value that is too large alone", () => {
  const cache = createBoundedCache<string>(1_000, { size_max: 100, sizeOf: (value) => value.length });
  const held = (names: readonly string[]) => names.filter((it) => cache.get(it) !== undefined);
  const small = Array.from({ length: 50 }, (_, count) => `small-${count}`);
  for (const name of small) cache.set(name, "a");
  assert.deepEqual(held(small), small);
  const large = Array.from({ length: 50 }, (_, count) => `large-${count}`);
  for (const name of large) cache.set(name, "a".repeat(25));
  assert.deepEqual(held(small), []);
  assert.ok(held(large).length <= 4);
  for (let count = 0; count < 100; count++) cache.set("large-49", "a".repeat(25));
  cache.set("beside", "b");
  assert.equal(cache.get("large-49"), "a".repeat(25));
  cache.set("too large", "a".repeat(1_000));
  assert.equal(cache.get("too large")?.length, 1_000);
  for (let count = 0; count < 100; count++) cache.set(`more-${count}`, "a");
  assert.equal(cache.get("too large"), undefined);
});
