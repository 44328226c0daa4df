import type { Clock } from "../../kernel/clock.ts";
import type { Metadata } from "../metadata/metadata.ts";
import type { Query } from "../metadata/query.ts";
import { createBell } from "./bell.ts";
import { claimJob, extendLease, failJob, finishJob, nextKeyOf, releaseJob, rescheduleJob, returnJob } from "./rows.ts";

/**
 * Does one kind of job. It may be run again though it had ended well (its worker may die before that is written down), so
 * running it twice must do what running it once does. A time that it returns is when it is to be run next: a timer is a row.
 * A failure beside it is told as one that is thrown is, but does not count: such a job is tried again for ever, and never parked.
 */
export type Runner = (
  payload: unknown,
  signal: AbortSignal,
) => Promise<void | { readonly again_at_ms: number; readonly failure?: unknown }>;

/** A runner and the kind of jobs that it does. */
export interface KindRunner {
  readonly kind: string;
  readonly run: Runner;
}

export interface JobsOptions {
  readonly metadata: Metadata;
  readonly clock: Clock;
  /** By kind. */
  readonly runners: Readonly<Record<string, Runner>>;
  /** Names this process among all that share the database. */
  readonly owner: string;
  /** Stops the worker as disposing of it does. */
  readonly signal: AbortSignal;
  /** Jobs at the same time. */
  readonly concurrency?: number;
  /** How long a job that is due may wait when another process has added it. */
  readonly poll_ms?: number;
  /** How long the others leave a job alone whose worker is silent. */
  readonly lease_ms?: number;
  /** Hears of what went wrong: a job's failure, or the database's. */
  readonly onError?: (error: unknown, key?: string) => void;
}

const CONCURRENCY_DEFAULT = 4;
const POLL_MS_DEFAULT = 1_000;
const LEASE_MS_DEFAULT = 60_000;
export const JOB_ATTEMPTS_MAX = 10;
const PAUSE_MS_FIRST = 1_000;
const PAUSE_MS_MAX = 60 * 60 * 1_000;
const ERROR_LENGTH_MAX = 2_000;

/** A job that is being worked on. Its lease is a name that no other claim has, of this process or another. */
interface Claim {
  readonly key: string;
  readonly kind: string;
  readonly payload: string;
  readonly due_ms: number;
  readonly attempts: number;
  readonly lease: string;
}

/** Works off the jobs that are due until it is disposed of, which waits for the running ones after it has told them to stop. */
export function startJobs(options: JobsOptions): AsyncDisposable {
  const { metadata, concurrency = CONCURRENCY_DEFAULT, poll_ms = POLL_MS_DEFAULT, onError = () => undefined } = options;
  const stopping = new AbortController();
  const signal = AbortSignal.any([options.signal, stopping.signal]);
  const bell = createBell();
  const running = new Set<Promise<void>>();
  const nextKey = nextKeyOf(Object.keys(options.runners));
  let claims = 0;

  async function loop(): Promise<void> {
    while (!signal.aborted) {
      try {
        while (running.size < concurrency && !signal.aborted) {
          const claim = await claimNext(options, nextKey, `${options.owner}/${++claims}`);
          if (claim === undefined) break;
          const work = perform(options, claim, signal)
            .catch((error: unknown) => onError(error, claim.key))
            .finally(() => {
              running.delete(work);
              bell.ring();
            });
          running.add(work);
        }
      } catch (error) {
        onError(error);
      }
      await bell.wait(poll_ms);
    }
    await Promise.all(running);
  }

  const ring = (): void => bell.ring();
  const forget = metadata.onEnqueue(ring);
  signal.addEventListener("abort", ring, { once: true });
  const ended = loop().finally(forget);
  return {
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await ended;
    },
  };
}

/** Takes the job that is due longest, or undefined when there is none. Looks before it writes, as there mostly is none. */
async function claimNext(
  options: JobsOptions,
  nextKey: Query<{ now_ms: number }, { key: string }>,
  lease: string,
): Promise<Claim | undefined> {
  const { metadata, clock, lease_ms = LEASE_MS_DEFAULT } = options;
  const found = await metadata.readGlobal((tx) => tx.first(nextKey, { now_ms: clock.now() }));
  if (found === undefined) return undefined;
  return metadata.writeGlobal(async (tx) => {
    const now_ms = clock.now();
    const next = await tx.first(nextKey, { now_ms });
    if (next === undefined) return undefined;
    const row = await tx.first(claimJob, { key: next.key, lease, lease_until_ms: now_ms + lease_ms });
    return row && { ...row, lease };
  });
}

/** Runs a claimed job and writes down how it ended, unless its lease was lost: then it is somebody else's, or gone. */
async function perform(options: JobsOptions, claim: Claim, stop: AbortSignal): Promise<void> {
  const { metadata, clock, onError = () => undefined } = options;
  if (claim.attempts > JOB_ATTEMPTS_MAX) {
    const error = "Each worker that began it died before its end.";
    await metadata.writeGlobal((tx) => tx.run(failJob, { ...claim, due_ms: clock.now(), parked: 1, error }));
    return;
  }
  const lost = new AbortController();
  const heart = keepLease(options, claim, lost);
  try {
    const runner = options.runners[claim.kind];
    if (runner === undefined) throw new Error(`There is no runner for jobs of kind '${claim.kind}'.`);
    const result = await runner(JSON.parse(claim.payload), AbortSignal.any([stop, lost.signal]));
    if (result?.failure !== undefined) onError(result.failure, claim.key);
    await metadata.writeGlobal(async (tx) => {
      const touched = result
        ? await tx.run(rescheduleJob, { ...claim, again_at_ms: result.again_at_ms })
        : await tx.run(finishJob, claim);
      if (touched === 0) await tx.run(releaseJob, claim);
    });
  } catch (error) {
    if (lost.signal.aborted) return;
    if (stop.aborted) {
      await metadata.writeGlobal((tx) => tx.run(returnJob, { ...claim, attempts: claim.attempts - 1 }));
      return;
    }
    onError(error, claim.key);
    const parked = claim.attempts >= JOB_ATTEMPTS_MAX ? 1 : 0;
    const due_ms = clock.now() + Math.min(PAUSE_MS_FIRST * 2 ** (claim.attempts - 1), PAUSE_MS_MAX);
    await metadata.writeGlobal((tx) => tx.run(failJob, { ...claim, due_ms, parked, error: textOf(error) }));
  } finally {
    clearInterval(heart);
  }
}

/** Makes the lease longer while the job runs, and aborts `lost` when that finds it taken, deleted or past its end. */
function keepLease(options: JobsOptions, claim: Claim, lost: AbortController): NodeJS.Timeout {
  const { metadata, clock, lease_ms = LEASE_MS_DEFAULT } = options;
  let until_ms = clock.now() + lease_ms;
  return setInterval(async () => {
    const lease_until_ms = clock.now() + lease_ms;
    try {
      const held = await metadata.writeGlobal((tx) => tx.run(extendLease, { ...claim, lease_until_ms }));
      if (held === 0) lost.abort();
      else until_ms = lease_until_ms;
    } catch {
      // The database may be back before the lease has run out.
      if (clock.now() >= until_ms) lost.abort();
    }
  }, lease_ms / 3);
}

function textOf(error: unknown): string {
  return String(error instanceof Error ? error.message : error).slice(0, ERROR_LENGTH_MAX);
}
