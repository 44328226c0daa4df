import type { Clock } from "../../kernel/clock.ts";
import { READ_BELIEVED_S } from "../../kernel/limits.ts";
import type { Metadata } from "./metadata.ts";

/** A state of the database, as far as this process can tell one from another. */
export interface Moment {
  readonly generation: number;
  /** When it was taken; Infinity where the generation alone says whether anything has changed. */
  readonly taken_ms: number;
}

/** Tells whether what was read once of what decides about requests is still true, so that it need not be read again. */
export interface Moments {
  /** To be taken before what is to be kept is read. */
  take(): Moment;
  /**
   * Whether what was read after a moment still stands; at the moment `now`, where one has just been taken. With SQLite:
   * exactly while nobody has committed a change of it. With PostgreSQL: while this process has written nothing that belongs to no
   * registry or decides about requests, and READ_BELIEVED_S at most.
   */
  isCurrent(moment: Moment, now?: Moment): boolean;
}

export function createMoments({ metadata, clock }: { readonly metadata: Metadata; readonly clock: Clock }): Moments {
  function take(): Moment {
    const generation = metadata.generation();
    if (generation !== undefined) return { generation, taken_ms: Infinity };
    return { generation: metadata.ruleCommits(), taken_ms: clock.now() };
  }
  return {
    take,
    isCurrent({ generation, taken_ms }, now = take()) {
      if (now.generation !== generation) return false;
      // A clock that was set back makes nothing younger.
      return taken_ms === Infinity || Math.abs(now.taken_ms - taken_ms) < READ_BELIEVED_S * 1000;
    },
  };
}
