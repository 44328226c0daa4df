import { RegistryError } from "../../kernel/errors.ts";
import type { StageId } from "./blobs.ts";

/** Lets one request at a time write to a stage. */
export interface Turns {
  /**
   * Does `work` when nobody else writes to the stage. Whoever was writing is stopped: as a rule that is a connection which
   * is dead without our knowing, and the client trying again. If it comes to its end before it could be stopped, this is refused.
   */
  take<T>(stage: StageId, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T>;
  /** Stops who writes to the stage, and waits until it has. */
  end(stage: StageId): Promise<void>;
  endAll(): Promise<void>;
}

interface Turn {
  readonly stop: AbortController;
  /** True if it came to its end. */
  readonly ended: Promise<boolean>;
}

export function createTurns(): Turns {
  const turns = new Map<StageId, Turn>();

  const end = async (stage: StageId): Promise<boolean> => {
    const turn = turns.get(stage);
    turn?.stop.abort(new RegistryError("InvalidLayerPartException", "Another request has taken over this upload."));
    return (await turn?.ended) ?? false;
  };
  return {
    async take(stage, signal, work) {
      while (turns.has(stage)) {
        if (await end(stage)) {
          throw new RegistryError("InvalidLayerPartException", "Another request has added to this upload in the meantime.");
        }
      }
      const stop = new AbortController();
      const working = work(AbortSignal.any([signal, stop.signal]));
      const ended = working
        .then(
          () => true,
          () => false,
        )
        .finally(() => turns.delete(stage));
      turns.set(stage, { stop, ended });
      return await working;
    },
    async end(stage) {
      await end(stage);
    },
    async endAll() {
      await Promise.all([...turns.keys()].map(end));
    },
  };
}
