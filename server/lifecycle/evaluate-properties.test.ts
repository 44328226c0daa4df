import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { anyImages, anyPolicy, decideNaively } from "../testing/naive-lifecycle.ts";
import { evaluate } from "./evaluate.ts";

const NOW_MS = Date.UTC(2026, 0, 1);

test("it agrees with a second evaluator about any images and rules", () => {
  fc.assert(
    fc.property(anyPolicy, anyImages(NOW_MS), fc.boolean(), (policy, ordered, reversed) => {
      const images = reversed ? ordered.toReversed() : ordered;
      const found = evaluate(policy, images, NOW_MS).flatMap(({ digest, action }) => (action ? [[digest, action] as const] : []));
      assert.deepEqual(new Map(found), decideNaively(policy, images, NOW_MS));
    }),
    { numRuns: 30_000 },
  );
});
