import assert from "node:assert/strict";
import { test } from "node:test";
import { createIntake, type Incoming } from "./intake.ts";

/** An intake of 100 bytes, a clock, and the names of those that were given up. */
function scene() {
  const at = { now_ms: 0, givenUp: [] as string[] };
  const intake = createIntake(100, () => at.now_ms);
  const begin = (name: string): Incoming =>
    intake.begin((error) => {
      assert.equal(error.code, "RequestTimeoutException");
      at.givenUp.push(name);
    });
  return { at, begin };
}

test("whoever has been slowest is given up when there is too much, and nobody before", () => {
  const { at, begin } = scene();
  const idle = begin("idle");
  idle.take(60);
  at.now_ms = 1_000;
  const busy = begin("busy");
  at.now_ms = 1_010;
  busy.take(40);
  assert.deepEqual(at.givenUp, []);
  busy.take(1);
  assert.deepEqual(at.givenUp, ["idle"]);
  busy.take(59);
  assert.deepEqual(at.givenUp, ["idle"]);
});

test("those that have sent nothing are not in anybody's way", () => {
  const { at, begin } = scene();
  begin("silent");
  at.now_ms = 10;
  begin("first").take(50);
  at.now_ms = 20;
  begin("second").take(60);
  assert.deepEqual(at.givenUp, ["first"]);
});

test("what is whole counts, and stays", () => {
  const { at, begin } = scene();
  const whole = begin("whole");
  whole.take(90);
  whole.complete();
  at.now_ms = 1_000;
  const late = begin("late");
  late.take(20);
  assert.deepEqual(at.givenUp, ["late"]);
  whole[Symbol.dispose]();
  begin("later").take(100);
  assert.deepEqual(at.givenUp, ["late"]);
});

test("a share is given back once", () => {
  const { at, begin } = scene();
  const over = begin("over");
  over.take(50);
  over[Symbol.dispose]();
  over[Symbol.dispose]();
  // What comes after the end counts no more.
  over.take(1_000);
  begin("next").take(100);
  assert.deepEqual(at.givenUp, []);
  begin("last").take(1);
  assert.deepEqual(at.givenUp.length, 1);
});
