import type { Job } from "../../kernel/job.ts";
import type { KindRunner } from "../../platform/jobs/worker.ts";
import type { ScrubPassRow } from "../../platform/metadata/space-schema.ts";
import type { LayerDeps } from "../deps.ts";
import { beginPass, readPasses } from "./pass-rows.ts";
import { recheckRunner } from "./recheck.ts";
import { runPass } from "./run-pass.ts";

const KIND = "scrub";
/** Blobs are verified by the minute: each time those that have become due. */
const PAUSE_MS_MIN = 60_000;
/** So that what is configured anew is noticed. */
const PAUSE_MS_MAX = 60 * 60 * 1000;
/** Of the time that a pass may take: the rest is for when nobody was there to verify. */
const SHARE = 0.9;

/** How often and how fast blobs are verified. */
export interface ScrubSettings {
  /** Each blob is verified again within this time; undefined: only when somebody says so. */
  readonly within_s: number | undefined;
  readonly rate_bytes: number;
}

export type ScrubDeps = LayerDeps & { readonly scrub: ScrubSettings };

/** The job that verifies all blobs, again and again. To be enqueued at each start: it comes back by itself, and there is one of it. */
export const scrubJob: Job = { kind: KIND, key: KIND, payload: {}, hasten: true };

/** The runners of this folder's jobs. */
export function scrubJobs(deps: ScrubDeps): readonly KindRunner[] {
  const { within_s, rate_bytes } = deps.scrub;
  return [
    recheckRunner(deps, rate_bytes),
    {
      kind: KIND,
      run: async (_payload, signal) =>
        within_s === undefined ? undefined : { again_at_ms: await scrub(deps, within_s, signal) },
    },
  ];
}

/** Verifies what is due, and returns when to come back. */
async function scrub(deps: ScrubDeps, within_s: number, signal: AbortSignal): Promise<number> {
  const period_ms = within_s * 1000 * SHARE;
  const pass = await passOf(deps, period_ms);
  const now_ms = deps.clock.now();
  if (typeof pass === "number") return Math.min(pass, now_ms + PAUSE_MS_MAX);
  const { rate_bytes } = deps.scrub;
  const end = await runPass(deps, pass, { signal, rate_bytes, until_ms: pass.started_ms + period_ms });
  const due_ms = end.state === "early" ? end.due_ms : 0;
  return Math.min(Math.max(due_ms, deps.clock.now() + PAUSE_MS_MIN), deps.clock.now() + PAUSE_MS_MAX);
}

/** The pass that is under way, or a new one, or when the next one is to begin. */
async function passOf({ metadata, clock }: ScrubDeps, period_ms: number): Promise<ScrubPassRow | number> {
  return metadata.writeGlobal(async (tx) => {
    const { current, last } = await readPasses(tx);
    if (current !== undefined) return current;
    const next_ms = last === undefined ? 0 : last.started_ms + period_ms;
    return next_ms > clock.now() ? next_ms : await beginPass(tx, clock.now());
  });
}
