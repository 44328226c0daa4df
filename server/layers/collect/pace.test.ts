import assert from "node:assert/strict";
import { test } from "node:test";
import { adaptPace } from "./pace.ts";

/** Work that takes so long, whatever else the machine does. */
const spin = (duration_ms: number) => async () => {
  const end_ms = performance.now() + duration_ms;
  while (performance.now() < end_ms);
  return "done";
};

test("batches become smaller when they take longer than they may, and larger when they do not, within bounds", async () => {
  const pace = adaptPace(2);
  const first = pace.rows;
  assert.equal(await pace.measure(spin(8)), "done");
  assert.ok(pace.rows < first);
  for (let batch = 0; batch < 10; batch++) await pace.measure(spin(8));
  assert.equal(pace.rows, 10);
  const quick = adaptPace(10_000);
  for (let batch = 0; batch < 20; batch++) await quick.measure(spin(0));
  assert.equal(quick.rows, 2_000);
});

test("a batch that fails is a failure, and the pace goes on", async () => {
  const pace = adaptPace(2);
  const { rows } = pace;
  await assert.rejects(
    pace.measure(() => Promise.reject(new Error("no"))),
    /no/,
  );
  assert.equal(pace.rows, rows);
  await pace.rest();
});
