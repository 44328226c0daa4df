import assert from "node:assert/strict";
import { test } from "node:test";
import { isTimedId, timedId } from "./timed-id.ts";

test("An id of a later millisecond sorts behind, in this century and after it", () => {
  const times = [0, 31, 32, 1_700_000_000_000, 1_700_000_000_001, 4_102_444_800_000, 30_000_000_000_000];
  const ids = times.map((it) => timedId(it));
  assert.ok(ids.every((it, at) => at === 0 || it > ids[at - 1]!));
  assert.ok(ids.every(isTimedId));
});

test("Ids of one millisecond differ", () => {
  assert.equal(new Set(Array.from({ length: 1_000 }, () => timedId(1_700_000_000_000))).size, 1_000);
});

test("What has another length or other characters is no id", () => {
  for (const text of ["", "0123", `${timedId(1)}0`, timedId(1).toUpperCase().replace("0", "O"), "u".repeat(20)]) {
    assert.equal(isTimedId(text), false, text);
  }
});
