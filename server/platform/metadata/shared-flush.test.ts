import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { shareFlush } from "./shared-flush.ts";

/** A disk whose flushes end when they are told to. */
function slowDisk() {
  const flushes: PromiseWithResolvers<void>[] = [];
  const flush = (): Promise<void> => {
    const pending = Promise.withResolvers<void>();
    flushes.push(pending);
    return pending.promise;
  };
  return { flush, flushes };
}

describe("shareFlush", () => {
  test("Who asks during a flush waits for the next one, and all of them share it", async () => {
    const { flush, flushes } = slowDisk();
    const flushed = shareFlush(flush);
    const ended: string[] = [];
    const ask = (name: string) => flushed().then(() => ended.push(name));
    const first = ask("first");
    await nextTurn();
    const rest = [ask("second"), ask("third"), ask("fourth")];
    await nextTurn();
    assert.equal(flushes.length, 1);
    flushes[0]?.resolve();
    await first;
    await nextTurn();
    assert.deepEqual(ended, ["first"]);
    assert.equal(flushes.length, 2);
    flushes[1]?.resolve();
    await Promise.all(rest);
    assert.equal(flushes.length, 2);
  });

  test("A failure reaches those who shared the flush, and not those who share the next one", async () => {
    const { flush, flushes } = slowDisk();
    const flushed = shareFlush(flush);
    const first = flushed();
    await nextTurn();
    const second = flushed();
    flushes[0]?.reject(new Error("disk"));
    await assert.rejects(first, /disk/);
    await nextTurn();
    flushes[1]?.resolve();
    await second;
  });
});
