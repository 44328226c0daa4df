import type { ScrubPassRow } from "../../platform/metadata/space-schema.ts";
import type { LayerDeps } from "../deps.ts";
import { checkBlob, type Condition } from "./check-blob.ts";
import { forgetMarksOfNobody } from "./damage-rows.ts";
import { createPace, shareBefore } from "./pace.ts";
import { advancePass, finishPass, type Progress } from "./pass-rows.ts";
import { recheckJob } from "./recheck.ts";
import { walkDigests } from "./walk-digests.ts";

export interface RunOptions {
  readonly signal: AbortSignal;
  /** Bytes that are read in a second, at most. */
  readonly rate_bytes: number;
  /** When the whole pass is to have come to its end; without, it does as soon as it can. */
  readonly until_ms?: number | undefined;
  /** Hears how far it has come, each time that is written down. */
  readonly onProgress?: ((pass: ScrubPassRow) => void) | undefined;
}

/** How a run has left its pass: `early` when what comes next is not due yet, `lost` when another process goes on with it. */
export type RunEnd = { readonly state: "ended" | "lost" } | { readonly state: "early"; readonly due_ms: number };

/** How long what was seen may be only in memory: what is verified again after a crash. */
const UNSAVED_BLOBS_MAX = 100;
const UNSAVED_MS_MAX = 1_000;
const NOTHING: Progress = { blobs: 0, bytes: 0, damaged: 0 };

/** Goes on with a pass from where it was left, verifying one blob after the other, as long as what comes next is due. */
export async function runPass(deps: LayerDeps, begun: ScrubPassRow, options: RunOptions): Promise<RunEnd> {
  const { signal, until_ms, rate_bytes, onProgress } = options;
  const pace = createPace(rate_bytes, signal);
  let pass = begun;
  let cursor = begun.cursor;
  let progress = NOTHING;
  let saved_ms = deps.clock.now();
  const save = async (): Promise<boolean> => {
    const moved = await deps.metadata.writeGlobal((tx) => advancePass(tx, pass, cursor, progress));
    [pass, progress, saved_ms] = [moved ?? pass, NOTHING, deps.clock.now()];
    if (moved !== undefined) onProgress?.(moved);
    return moved !== undefined;
  };

  for await (const { digest, size } of walkDigests(deps, cursor)) {
    signal.throwIfAborted();
    const due_ms = until_ms === undefined ? 0 : pass.started_ms + shareBefore(digest) * (until_ms - pass.started_ms);
    if (due_ms > deps.clock.now()) return (await save()) ? { state: "early", due_ms } : { state: "lost" };
    const condition = await checkBlob(deps, digest, { signal, pace });
    if (condition === "busy") await deps.metadata.writeGlobal((tx) => tx.enqueue(recheckJob(digest, deps.clock.now())));
    progress = sumOf(progress, condition, size);
    cursor = digest;
    const isLate = progress.blobs >= UNSAVED_BLOBS_MAX || deps.clock.now() >= saved_ms + UNSAVED_MS_MAX;
    if (isLate && !(await save())) return { state: "lost" };
  }
  if (!(await save())) return { state: "lost" };
  await forgetMarksOfNobody(deps.metadata, signal);
  await deps.metadata.writeGlobal((tx) => finishPass(tx, pass, deps.clock.now()));
  return { state: "ended" };
}

function sumOf({ blobs, bytes, damaged }: Progress, condition: Condition, size = 0): Progress {
  return { blobs: blobs + 1, bytes: bytes + size, damaged: damaged + (condition === "damaged" ? 1 : 0) };
}
