import assert from "node:assert/strict";
import { test } from "node:test";
import { postpone } from "./postponed.ts";

test("work that is asked for many times is done once, after a while", async () => {
  const done = Promise.withResolvers<void>();
  let times = 0;
  await using postponed = postpone(async () => {
    times++;
    done.resolve();
  }, 1);
  for (let i = 0; i < 5; i++) postponed.soon();
  assert.equal(times, 0);
  // The wait itself keeps no process alive.
  const alive = setInterval(() => {}, 1_000);
  await done.promise;
  clearInterval(alive);
  assert.equal(times, 1);
});

test("work never runs twice at once, and a last time at the end, after which nobody can ask for it", async () => {
  let running = 0;
  let times = 0;
  const postponed = postpone(async () => {
    assert.equal(++running, 1);
    times++;
    postponed.soon();
    await new Promise(setImmediate);
    running--;
  }, 60_000);
  await Promise.all([postponed.flush(), postponed.flush()]);
  await postponed[Symbol.asyncDispose]();
  assert.equal(times, 3);
  postponed.soon();
});
