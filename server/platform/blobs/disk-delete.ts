import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { renameSync, statSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { errorCode } from "./disk-errors.ts";

/** Files that are to be removed. */
export interface Removal {
  readonly files: readonly string[];
  /** The folder of stages: what is found there, and is none, is reaped. */
  readonly staging: string;
  /** Milliseconds since the epoch. */
  readonly until_ms: number;
}

/** What became of each of them; a text says what went wrong. */
export type Outcome = "gone" | "kept" | { readonly error: string };

/** Removes files in a thread of its own: a large one may take a disk long, and those who push and pull are not to wait for that. */
export interface Remover {
  remove(removal: Removal): Promise<readonly Outcome[]>;
  stop(): Promise<void>;
}

/** How long the thread stays when there is nothing to do. */
const IDLE_MS = 5_000;

export function createRemover(): Remover {
  const stopping = new AbortController();
  let worker: Worker | undefined;
  let idle: NodeJS.Timeout | undefined;
  let turn: Promise<unknown> = Promise.resolve();

  const end = () => {
    void worker?.terminate();
    worker = undefined;
  };
  async function ask(removal: Removal): Promise<readonly Outcome[]> {
    stopping.signal.throwIfAborted();
    clearTimeout(idle);
    worker ??= new Worker(new URL("./delete-thread.ts", import.meta.url));
    const asked = worker;
    asked.ref();
    try {
      asked.postMessage(removal);
      const [outcomes] = (await once(asked, "message", { signal: stopping.signal })) as [readonly Outcome[]];
      return outcomes;
    } catch (error) {
      end();
      throw error;
    } finally {
      asked.unref();
      idle = setTimeout(end, IDLE_MS).unref();
    }
  }
  return {
    remove(removal) {
      const asked = turn.then(() => ask(removal));
      turn = asked.catch(() => undefined);
      return asked;
    },
    async stop() {
      stopping.abort(new Error("The store is being closed."));
      await turn;
      end();
    },
  };
}

/**
 * Removes a file unless `isLate` says that it is too late for that. Between looking at the time and the removal a process may sleep, and what it
 * removed then would be what somebody has stored anew. So the file is first moved to where nobody else finds it; if it is too
 * late by then, it goes back.
 */
export function removeFile(file: string, staging: string, isLate: () => boolean): "gone" | "kept" {
  if (isLate()) return "kept";
  // Named like a stage, so that it is reaped when we die.
  const moved = join(staging, randomUUID());
  try {
    renameSync(file, moved);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return "gone";
    throw error;
  }
  const late = isLate();
  if (late && statSync(file, { throwIfNoEntry: false }) === undefined) renameSync(moved, file);
  else unlinkSync(moved);
  return late ? "kept" : "gone";
}
