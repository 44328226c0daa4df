import { createBoundedCache } from "../identity/bounded-cache.ts";
import type { Call } from "../kernel/call.ts";
import type { Clock } from "../kernel/clock.ts";
import { RegistryError } from "../kernel/errors.ts";
import { RATES_COUNTED_MAX } from "../kernel/limits.ts";

/** How often each account may call an operation in each region. */
export interface Rates {
  /** Counts one call of an operation, such as `PutImage`. Throws ThrottlingException when it is one too many. */
  take(call: Call, operation: string): void;
}

/** Calls that may be made now, and when they were counted. */
interface Bucket {
  calls: number;
  at_ms: number;
}

/**
 * Counts calls in this process. `rates` are calls a second by operation; those that are not in there are not counted.
 * `processes` is how many share the work: each lets its part of the rate through, and of a second's worth at once. So a client
 * that stays with one of them gets no more than a part.
 */
export function createRates(deps: {
  readonly rates: ReadonlyMap<string, number>;
  readonly processes: number;
  readonly clock: Clock;
}): Rates {
  const buckets = createBoundedCache<Bucket>(RATES_COUNTED_MAX);
  return {
    take({ principal, registry }, operation) {
      const rate = deps.rates.get(operation);
      if (rate === undefined) return;
      const callsPerSecond = rate / deps.processes;
      const calls_max = Math.max(1, callsPerSecond);
      const now_ms = deps.clock.now();
      const name = `${principal.account} ${registry.region} ${operation}`;
      const bucket = buckets.get(name) ?? { calls: calls_max, at_ms: now_ms };
      const refilled = (Math.max(0, now_ms - bucket.at_ms) / 1000) * callsPerSecond;
      const calls = Math.min(calls_max, bucket.calls + refilled);
      const isTooMany = calls < 1;
      // A refusal too is written down: a clock that was set back would otherwise have to catch up before anything is refilled.
      buckets.set(name, { calls: isTooMany ? calls : calls - 1, at_ms: now_ms });
      if (isTooMany) throw rateExceeded(Math.ceil((1 - calls) / callsPerSecond));
    },
  };
}

function rateExceeded(retryAfterSeconds: number): RegistryError {
  return new RegistryError("ThrottlingException", "Rate exceeded", { retryAfterSeconds });
}
