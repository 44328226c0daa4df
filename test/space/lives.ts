import { AsyncLocalStorage } from "node:async_hooks";
import { setImmediate } from "node:timers/promises";
import type { Blobs } from "../../server/platform/blobs/blobs.ts";
import type { Metadata } from "../../server/platform/metadata/metadata.ts";

/** What a process does after it was killed: nothing. */
class Killed extends Error {
  override readonly name = "Killed";
}

/**
 * Lets work in one process stand for work in many that can be killed: everything that runs under one life waits for a moment before
 * each step that touches the database or the bytes, and when the life is over none of its steps happens any more, not even those that
 * would clean up.
 */
export interface Lives {
  /** Runs `work` under a life of so many steps. Returns whether it came to its end. */
  run(steps: number, work: () => Promise<void>): Promise<boolean>;
  metadata(of: Metadata): Metadata;
  blobs(of: Blobs): Blobs;
}

interface Life {
  steps: number;
}

/** `random` decides who waits for how long, and so who comes first. */
export function createLives(random: () => number): Lives {
  const lives = new AsyncLocalStorage<Life>();
  const step = async (): Promise<void> => {
    for (let turns = Math.floor(random() * 4); turns > 0; turns--) await setImmediate();
    const life = lives.getStore();
    if (life !== undefined && life.steps-- <= 0) throw new Killed("This process was killed.");
  };
  /** A kill may also come when a step was taken, before anybody hears of it. */
  const around = async <T>(work: () => Promise<T>): Promise<T> => {
    await step();
    const result = await work();
    const life = lives.getStore();
    if (life !== undefined && life.steps <= 0) throw new Killed("This process was killed.");
    return result;
  };
  return {
    async run(steps, work) {
      const life = { steps };
      try {
        await lives.run(life, work);
        return true;
      } catch (error) {
        // Whatever the dead one says is heard by nobody.
        if (life.steps <= 0) return false;
        throw error;
      }
    },
    metadata: (of) => ({
      ...of,
      read: (registry, fn) => around(() => of.read(registry, fn)),
      write: (registry, fn) => around(() => of.write(registry, fn)),
      readGlobal: (fn) => around(() => of.readGlobal(fn)),
      writeGlobal: (fn) => around(() => of.writeGlobal(fn)),
    }),
    blobs: (of) => ({
      ...of,
      append: (...all) => around(() => of.append(...all)),
      commit: (...all) => around(() => of.commit(...all)),
      takeOver: (...all) => around(() => of.takeOver(...all)),
      discard: (...all) => around(() => of.discard(...all)),
      open: (digest) => around(() => of.open(digest)),
      size: (digest) => around(() => of.size(digest)),
      delete: (digest) => around(() => of.delete(digest)),
      setAside: (...all) => around(() => of.setAside(...all)),
    }),
  };
}
