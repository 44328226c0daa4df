import assert from "node:assert/strict";
import { test } from "node:test";
import { timedId } from "./timed-id.ts";

test("An id of a later millisecond sorts behind, in this century and after it", () => {
  const times = [0, 31, 32, 1_700_000_000_000, 1_700_000_000_001, 4_102_444_800_000, 30_000_000_000_000];
  const ids = times.map((it) => timedId(it));
  assert.ok(ids.every((it, at) => at === 0 || it > ids[at - 1]!));
  assert.ok(ids.every((it) => /^[0-9a-z]{20}$/.test(it)));
});

test("Ids of one millisecond differ", () => {
  assert.equal(new Set(Array.from({ length: 1_000 }, () => timedId(1_700_000_000_000))).size, 1_000);
});
