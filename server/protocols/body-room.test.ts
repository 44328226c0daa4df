import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { test } from "node:test";
import { createBodyRoom } from "./body-room.ts";

/** A room of 10 bytes, and the names of those that were let in. */
function scene() {
  const room = createBodyRoom(10);
  const started: string[] = [];
  const hold = (name: string, size_bytes: number, who = "one") => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const gone = new AbortController();
    const held = room.hold({ who, size_bytes, signal: gone.signal }, () => {
      started.push(name);
      return promise;
    });
    const end = async (): Promise<void> => {
      resolve();
      await held;
      await setImmediate();
    };
    return { held, end, leave: () => gone.abort(new Error("gone")) };
  };
  return { room, started, hold };
}

test("bodies that do not fit wait, and go in the order in which they came", async () => {
  const { started, hold } = scene();
  const first = hold("first", 6);
  const large = hold("large", 8);
  const small = hold("small", 1);
  await setImmediate();
  assert.deepEqual(started, ["first"]);
  await first.end();
  assert.deepEqual(started, ["first", "large", "small"]);
  await Promise.all([large.end(), small.end()]);
});

test("nobody waits for all that another one has sent", async () => {
  const { started, hold } = scene();
  const many = ["a1", "a2", "a3", "a4"].map((name) => hold(name, 10, "a"));
  const one = hold("b1", 10, "b");
  const byName = [...many.slice(0, 2), one, ...many.slice(2)];
  for (const each of byName) {
    await setImmediate();
    await each.end();
  }
  assert.deepEqual(started, ["a1", "a2", "b1", "a3", "a4"]);
});

test("who has gone waits no more", async () => {
  const { started, hold } = scene();
  const first = hold("first", 6);
  const gone = hold("gone", 10);
  const next = hold("next", 4);
  await setImmediate();
  gone.leave();
  await assert.rejects(gone.held, /gone/);
  await setImmediate();
  assert.deepEqual(started, ["first", "next"]);
  await Promise.all([first.end(), next.end()]);
});

test("work that fails gives its room back", async () => {
  const { room } = scene();
  const asked = { who: "one", size_bytes: 10, signal: new AbortController().signal };
  await assert.rejects(
    room.hold(asked, () => Promise.reject(new Error("no"))),
    /no/,
  );
  assert.equal(await room.hold(asked, async () => "yes"), "yes");
});
