import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { finish, sort } from "./steps.ts";

test("sorting in steps is sorting: equal items keep their order", () => {
  const items = fc.array(fc.record({ key: fc.integer({ min: 0, max: 40 }), is: fc.nat() }), { size: "max", maxLength: 3_000 });
  fc.assert(
    fc.property(items, (all) => {
      const byKey = (a: (typeof all)[number], b: (typeof all)[number]): number => a.key - b.key;
      assert.deepEqual(finish(sort(all, byKey)), all.toSorted(byKey));
    }),
    { numRuns: 200 },
  );
});

test("a step of it is small, however many items there are", () => {
  const steps = sort(
    Array.from({ length: 10_000 }, (_, i) => (i * 7_919) % 10_000),
    (a, b) => a - b,
  );
  let count = 0;
  while (steps.next().done !== true) count++;
  assert.ok(count >= 20, String(count));
});
