import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { finish, sort } from "./steps.ts";

test("sorting in steps is sorting: equal items keep their order", () => {
  const items = fc.array(fc.record({ key: fc.integer({ min: 0, max: 40 }), is: fc.nat() }), { size: "max", maxLength: 3_000 });
  fc.assert(
    fc.property(items, (all) => {
      type Item = (typeof all)[number];
      const byKey = (a: Item, b: Item): number => a.key - b.key;
      assert.deepEqual(finish(sort(all, (it) => it.key)), all.toSorted(byKey));
      const byIs = (a: Item, b: Item): number => (a.is % 5) - (b.is % 5);
      assert.deepEqual(
        finish(sort(all, (it) => -it.key, byIs)),
        all.toSorted((a, b) => byKey(b, a) || byIs(a, b)),
      );
    }),
    { numRuns: 200 },
  );
});

test("a step of it is small, however many items there are", () => {
  const steps = sort(
    Array.from({ length: 10_000 }, (_, i) => (i * 7_919) % 10_000),
    (it) => it,
  );
  let count = 0;
  while (steps.next().done !== true) count++;
  assert.ok(count >= 20, String(count));
});
