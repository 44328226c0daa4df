import { RegistryError } from "../kernel/errors.ts";

/**
 * What bodies take together that are being received before it is known whether their senders may send them. Nobody waits for
 * anybody: when there is too much, whoever has been slowest is given up, so that holding on to a share costs sending faster than
 * everybody else.
 */
export interface Intake {
  /** A body that begins. `giveUp` is called when its share is needed for others: it is to end soon, and to be disposed of. */
  begin(giveUp: (error: RegistryError) => void): Incoming;
}

/** A body that is being received. Disposing of it gives its share back. */
export interface Incoming extends Disposable {
  /** So many more bytes have come. False where it has been given up. */
  take(size_bytes: number): boolean;
  /** It is whole: what it takes still counts, but it is not given up any more. */
  complete(): void;
}

interface Share {
  readonly begun_ms: number;
  readonly giveUp: (error: RegistryError) => void;
  size_bytes: number;
}

/** An intake of at most `size_bytes_max` at once. `now_ms` tells the time; from when does not matter. */
export function createIntake(size_bytes_max: number, now_ms = () => performance.now()): Intake {
  const incomplete = new Set<Share>();
  let held_bytes = 0;

  const makeRoom = (): void => {
    while (held_bytes > size_bytes_max) {
      const slowest = slowestOf(incomplete, now_ms());
      if (slowest === undefined) return;
      incomplete.delete(slowest);
      held_bytes -= slowest.size_bytes;
      slowest.size_bytes = 0;
      slowest.giveUp(tooSlow());
    }
  };

  return {
    begin(giveUp) {
      const share: Share = { begun_ms: now_ms(), giveUp, size_bytes: 0 };
      let isHeld = true;
      incomplete.add(share);
      return {
        take(size_bytes) {
          if (!incomplete.has(share)) return false;
          share.size_bytes += size_bytes;
          held_bytes += size_bytes;
          makeRoom();
          return incomplete.has(share);
        },
        complete: () => void incomplete.delete(share),
        [Symbol.dispose]() {
          if (!isHeld) return;
          isHeld = false;
          incomplete.delete(share);
          held_bytes -= share.size_bytes;
        },
      };
    },
  };
}

/** Of those that hold something: giving up the others would free nothing. */
function slowestOf(shares: ReadonlySet<Share>, now_ms: number): Share | undefined {
  let slowest: Share | undefined;
  let slowest_bytes_ms = Number.POSITIVE_INFINITY;
  for (const share of shares) {
    if (share.size_bytes === 0) continue;
    const bytes_ms = share.size_bytes / Math.max(now_ms - share.begun_ms, 1);
    if (bytes_ms >= slowest_bytes_ms) continue;
    slowest = share;
    slowest_bytes_ms = bytes_ms;
  }
  return slowest;
}

function tooSlow(): RegistryError {
  return new RegistryError(
    "RequestTimeoutException",
    "More request bodies were being received than there is room for, and this one came most slowly. Send it again.",
  );
}
