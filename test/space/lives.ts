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

/** How long a step waits, in turns of the event loop: mostly for a short time, now and then longer than others take for all they do. */
const TURNS = 4;
const ROW_TURNS = 20;
const BLOB_TURNS = 200;
const SLOW_ONE_IN = 6;

interface Life {
  steps: number;
}

/** `random` decides who waits for how long, and so who comes first. */
export function createLives(random: () => number): Lives {
  const lives = new AsyncLocalStorage<Life>();
  const step = async (turns_max: number): Promise<void> => {
    const isSlow = random() < 1 / SLOW_ONE_IN;
    await turns(random() * (isSlow ? turns_max : TURNS));
    const life = lives.getStore();
    if (life !== undefined && life.steps-- <= 0) throw new Killed("This process was killed.");
  };
  /** A kill may also come when a step was taken, before anybody hears of it. */
  const around = async <T>(work: () => Promise<T>, turns_max = BLOB_TURNS): Promise<T> => {
    await step(turns_max);
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
      read: (registry, fn) => around(() => of.read(registry, fn), ROW_TURNS),
      write: (registry, fn) => around(() => of.write(registry, fn), ROW_TURNS),
      readGlobal: (fn) => around(() => of.readGlobal(fn), ROW_TURNS),
      writeGlobal: (fn) => around(() => of.writeGlobal(fn), ROW_TURNS),
    }),
    blobs: (of) => ({
      ...of,
      append: (...all) => around(() => of.append(...all)),
      // What was committed has no row yet: the moment in which a collector must not take it for nobody's.
      commit: (...all) => around(() => of.commit(...all).then(() => turns(random() * BLOB_TURNS))),
      takeOver: (...all) => around(() => of.takeOver(...all)),
      discard: (...all) => around(() => of.discard(...all)),
      open: (digest) => around(() => of.open(digest)),
      size: (digest) => around(() => of.size(digest)),
      delete: (digest) => around(() => of.delete(digest)),
      // What is to be deleted was marked before: the moment in which somebody may push it.
      deleteWithin: (...all) => around(() => turns(random() * BLOB_TURNS).then(() => of.deleteWithin(...all))),
      setAside: (...all) => around(() => of.setAside(...all)),
    }),
  };
}

/** Lets others have so many turns. */
export async function turns(count: number): Promise<void> {
  for (let left = Math.floor(count); left > 0; left--) await setImmediate();
}
