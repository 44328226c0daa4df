import type { Job } from "../../kernel/job.ts";
import { type Digest, parseDigest } from "../../kernel/names.ts";
import type { KindRunner } from "../../platform/jobs/worker.ts";
import type { LayerDeps } from "../deps.ts";
import { checkBlob } from "./check-blob.ts";
import { createPace } from "./pace.ts";

const KIND = "check-blob";
const PAUSE_MS = 60_000;

/** The job that looks at one blob again of which somebody else was in charge. */
export function recheckJob(digest: Digest, now_ms: number): Job {
  return { kind: KIND, key: `${KIND}:${digest}`, payload: { digest }, due: now_ms + PAUSE_MS };
}

/** Its runner. */
export function recheckRunner(deps: LayerDeps, rate_bytes: number): KindRunner {
  return {
    kind: KIND,
    async run(payload, signal) {
      const digest = parseDigest((payload as { digest: string }).digest);
      if (digest === undefined) return undefined;
      const condition = await checkBlob(deps, digest, { signal, pace: createPace(rate_bytes, signal) });
      return condition === "busy" ? { again_at_ms: deps.clock.now() + PAUSE_MS } : undefined;
    },
  };
}
