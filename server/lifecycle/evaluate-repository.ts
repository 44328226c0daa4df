import { setImmediate as pause } from "node:timers/promises";
import { inUseAfter } from "../images/in-use/in-use-rows.ts";
import type { Clock } from "../kernel/clock.ts";
import type { QuotaDeps } from "../kernel/quotas.ts";
import type { Steps } from "../kernel/steps.ts";
import type { Metadata } from "../platform/metadata/metadata.ts";
import { type Evaluation, type ImageFacts, startEvaluation, type Verdict } from "./evaluate.ts";
import { inTurns } from "./in-turns.ts";
import type { LifecyclePolicy } from "./policy.ts";
import { readImages } from "./read-images.ts";

/** What it takes to evaluate a policy. */
export interface EvaluationDeps extends QuotaDeps {
  readonly metadata: Metadata;
  readonly clock: Clock;
}

/** What a policy does to the images that a repository had when they were read. */
export interface Evaluated {
  readonly evaluation: Evaluation;
  /** In order of the digests. */
  readonly verdicts: readonly Verdict[];
}

/**
 * Reads all images of a repository and judges them: for a preview, for a run and for whoever asks why alike. Requests of others
 * come in between. Throws the signal's reason once it is aborted.
 */
export async function evaluateRepository(
  deps: EvaluationDeps,
  { policy, repository }: { readonly policy: LifecyclePolicy; readonly repository: number },
  signal: AbortSignal,
): Promise<Evaluated> {
  const now_ms = deps.clock.now();
  const evaluation = startEvaluation(policy, now_ms);
  for await (const images of readImages(deps.metadata, repository, inUseAfter(deps, now_ms))) {
    await inTurns(addAll(evaluation, images), signal);
    // Reading from SQLite waits for nothing.
    await pause();
  }
  return { evaluation, verdicts: await inTurns(evaluation.judge(), signal) };
}

function* addAll(evaluation: Evaluation, images: readonly ImageFacts[]): Steps<void> {
  for (const image of images) {
    yield;
    evaluation.add(image);
  }
}
