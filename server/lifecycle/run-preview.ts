import { randomUUID } from "node:crypto";
import type { RegistryId } from "../kernel/names.ts";
import { readTags } from "../images/read-tags.ts";
import { inList } from "../platform/metadata/in-list.ts";
import type { Metadata, Writer } from "../platform/metadata/metadata.ts";
import { query } from "../platform/metadata/query.ts";
import type { LifecyclePreviewRow } from "../platform/metadata/schema.ts";
import { type EvaluationDeps, evaluateRepository } from "./evaluate-repository.ts";
import { parseLifecyclePolicy } from "./parse-policy.ts";
import { type EventImage, emitPolicyEvents } from "./policy-events.ts";
import {
  completePreview,
  deleteResults,
  insertResult,
  previewOf,
  RESULTS_BATCH_ROWS,
  setPreviewStatus,
  setRun,
} from "./preview-rows.ts";
import type { Acting } from "./runs/order.ts";
import { repositoryById } from "./runs/run-rows.ts";

type Transaction = Omit<Writer, "registry">;
/** Images that DryRunEvents tell of. */
const DRY_RUN_IMAGES_MAX = 90;

const pushTimes = query<{ repository: number; digests: string }>()((db, p, dialect) =>
  db
    .selectFrom("manifests")
    .select(["digest", "pushed_ms"])
    .where("repository_id", "=", p.repository)
    .where("digest", "in", inList(dialect, p.digests)),
);

/** This run is not the one that the preview waits for: another has taken over, or the repository is gone. */
class Superseded extends Error {}

/**
 * Does a preview that was started: reads the images, evaluates, writes the results. It may be stopped anywhere and run
 * again from the beginning; until it is COMPLETE nobody sees its results. Nothing happens when there is none in progress.
 */
export async function runPreview(deps: EvaluationDeps, repository: number, signal: AbortSignal): Promise<void> {
  const run = randomUUID();
  const preview = await takeOver(deps.metadata, repository, run);
  if (preview === undefined) return;
  const write = <T>(fn: (tx: Transaction) => Promise<T>): Promise<T> => {
    signal.throwIfAborted();
    return writeAs(deps.metadata, { repository, run }, fn);
  };
  try {
    while ((await write((tx) => tx.run(deleteResults, { repository, limit: RESULTS_BATCH_ROWS }))) > 0);
    const counts = { EXPIRE: 0, TRANSITION: 0 };
    const acting = await judge(deps, preview, signal);
    const told: EventImage[] = [];
    for (let at = 0; at < acting.length; ) {
      const batch = acting.slice(at, at + RESULTS_BATCH_ROWS);
      const { seen, written } = await write((tx) => writeResults(tx, repository, batch));
      for (const { rule } of written) counts[rule.action]++;
      told.push(...written.slice(0, DRY_RUN_IMAGES_MAX - told.length));
      at += seen;
    }
    await write(async (tx) => {
      await tx.run(completePreview, { repository, expiring: counts.EXPIRE, transitioning: counts.TRANSITION });
      await emitDryRun(tx, preview, told);
    });
  } catch (error) {
    if (error instanceof Superseded) return;
    // Told to stop, it is run again. Else whoever waits for it is told, and may start another one.
    signal.throwIfAborted();
    await write((tx) => tx.run(setPreviewStatus, { repository, status: "FAILED" }));
    throw error;
  }
}

/** ECR: a preview leaves DryRunEvents. (user guide, CloudTrail) The first images are enough for them: the preview shows all. */
async function emitDryRun(tx: Transaction, preview: LifecyclePreviewRow, images: readonly EventImage[]): Promise<void> {
  const row = await tx.first(repositoryById, { id: preview.repository_id });
  if (row === undefined) return;
  const { account, region, ...repository } = row;
  const registry = { account, region } as RegistryId;
  const policy = parseLifecyclePolicy(preview.text);
  await emitPolicyEvents(
    tx,
    "DryRunEvent",
    { registry, repository, policy, updated_ms: preview.started_ms, evaluated_ms: null },
    images,
  );
}

/** Makes this run the only one that may write results. */
function takeOver(metadata: Metadata, repository: number, run: string): Promise<LifecyclePreviewRow | undefined> {
  return metadata.writeGlobal(async (tx) => {
    const preview = await tx.first(previewOf, { repository });
    if (preview?.status !== "IN_PROGRESS") return undefined;
    await tx.run(setRun, { repository, run });
    return preview;
  });
}

function writeAs<T>(
  metadata: Metadata,
  { repository, run }: { readonly repository: number; readonly run: string },
  fn: (tx: Transaction) => Promise<T>,
): Promise<T> {
  return metadata.writeGlobal(async (tx) => {
    if ((await tx.first(previewOf, { repository }))?.run !== run) throw new Superseded();
    return fn(tx);
  });
}

/** Reads all images and returns the verdicts that do something. */
async function judge(deps: EvaluationDeps, preview: LifecyclePreviewRow, signal: AbortSignal): Promise<readonly Acting[]> {
  const of = { policy: parseLifecyclePolicy(preview.text), repository: preview.repository_id };
  const { verdicts } = await evaluateRepository(deps, of, signal);
  return verdicts.filter((it): it is Acting => it.action !== undefined && it.rule !== undefined);
}

/**
 * Writes results for those of the images that are still there: for all of them, or for the first ones when their tags are too
 * many for one transaction. Returns how many it has looked at, and those that are there.
 */
async function writeResults(
  tx: Transaction,
  repository: number,
  acting: readonly Acting[],
): Promise<{ readonly seen: number; readonly written: readonly EventImage[] }> {
  const digests = acting.map((it) => it.digest);
  const tags = await readTags(tx, repository, digests);
  const times = await tx.all(pushTimes, { repository, digests: JSON.stringify(digests) });
  const pushed = new Map(times.map((it) => [it.digest, it.pushed_ms]));
  const written: EventImage[] = [];
  for (const { digest, action, rule, storageClass } of acting.slice(0, tags.size)) {
    const pushed_ms = pushed.get(digest);
    if (pushed_ms === undefined) continue;
    const names = tags.get(digest) ?? [];
    await tx.run(insertResult, {
      repository_id: repository,
      position: `${names.length === 0 ? 0 : 1}${digest}`,
      digest,
      tags: JSON.stringify(names),
      pushed_ms,
      action,
      priority: rule.priority,
      storage_class: storageClass,
    });
    written.push({ digest, tags: names, pushed_ms, rule });
  }
  return { seen: tags.size, written };
}
