import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { test } from "node:test";
import { createBodyRoom } from "./body-room.ts";

test("bodies that do not fit wait, and go in the order in which they came", async () => {
  const room = createBodyRoom(10);
  const started: string[] = [];
  const hold = (name: string, size_bytes: number) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const held = room.hold(size_bytes, () => {
      started.push(name);
      return promise;
    });
    return { held, end: resolve };
  };
  const first = hold("first", 6);
  const large = hold("large", 8);
  const small = hold("small", 1);
  await setImmediate();
  assert.deepEqual(started, ["first"]);
  first.end();
  await first.held;
  await setImmediate();
  assert.deepEqual(started, ["first", "large", "small"]);
  large.end();
  small.end();
  await Promise.all([large.held, small.held]);
});

test("work that fails gives its room back", async () => {
  const room = createBodyRoom(1);
  await assert.rejects(room.hold(1, () => Promise.reject(new Error("no"))));
  assert.equal(await room.hold(1, async () => "yes"), "yes");
});
