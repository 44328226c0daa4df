import { removeImage } from "../../images/delete-image.ts";
import { inUseAfter } from "../../images/in-use/in-use-rows.ts";
import { archiveAlone } from "../../images/storage-class.ts";
import { EVENT_IMAGES_MAX } from "../../kernel/limits.ts";
import type { Writer } from "../../platform/metadata/metadata.ts";
import { type Deletion, newDeletion } from "../../repositories/deletion.ts";
import { emitPolicyEvents, type HeldImage } from "../policy-events.ts";
import type { LifecycleAction } from "../policy.ts";
import { readImagesAmong } from "../read-images.ts";
import { ruleText } from "../rule-text.ts";
import { isSamePolicy, readPolicy, type RunDeps } from "./begin-run.ts";
import type { Acting } from "./order.ts";
import type { Plan, Progress } from "./plan.ts";
import type { Looking } from "./referrers.ts";
import { countDone } from "./run-rows.ts";
import { type Going, whatGoes } from "./what-goes.ts";

/** Of the images that verdicts rest on, so many are looked at in each transaction; where there are more of them, in turns. */
export const WITNESSES_MAX = 250;

export interface Batch {
  readonly action: LifecycleAction;
  readonly batch: readonly Acting[];
  /** The images that the verdicts rest on. */
  readonly witnesses: readonly string[];
  readonly progress: Readonly<Progress>;
}

/** What a batch came to; `too-much` for one transaction. */
type Moved = "stale" | "too-much" | { readonly moved: readonly string[]; readonly waiting: readonly Acting[] };

/** One transaction of a run: looks again at all that it relies on, and does what still holds. */
export function moveBatch(deps: RunDeps, plan: Plan, { action, batch, witnesses, progress }: Batch): Promise<Moved> {
  const { registry, repository, document, evaluation, run } = plan;
  return deps.metadata.write(registry, async (tx): Promise<Moved> => {
    const now_ms = deps.clock.now();
    const looking: Looking = { repository: repository.id, evaluation, usedAfter_ms: inUseAfter(deps, now_ms) };
    if (!isSamePolicy(document, (await readPolicy(tx, repository.id))?.document)) return "stale";
    if (!(await areWhereTheyWere(tx, looking, nextOf(witnesses, progress)))) return "stale";
    const found = await whatGoes(tx, looking, batch, action);
    if (found === undefined) return "too-much";
    // What refers to an image may be in the archive before it.
    const going = action === "EXPIRE" ? found.going : found.going.filter(({ image }) => image.status !== "ARCHIVED");
    const digests = going.map((it) => it.image.digest);
    if (digests.length === 0) return { moved: [], waiting: found.waiting };

    if (action === "EXPIRE") await removeAll(tx, plan, going, newDeletion(deps, "lifecycle"));
    else await archiveAlone(tx, repository.id, digests, now_ms);
    const [expired, transitioned] = action === "EXPIRE" ? [digests.length, 0] : [0, digests.length];
    await tx.run(countDone, { id: run.id, expired, transitioned });
    const held = progress.moved.size === 0 ? await heldByIndexes(tx, looking, plan) : [];
    const images = going.map(({ image, rule }) => ({ ...image, rule }));
    await emitPolicyEvents(tx, "PolicyExecutionEvent", { ...plan, ...plan.document }, images, held);
    return { moved: digests, waiting: found.waiting };
  });
}

/** The witnesses whose turn it is, but for those that the run itself has moved. */
function nextOf(witnesses: readonly string[], { moved, witness }: Readonly<Progress>): readonly string[] {
  const from = witnesses.length <= WITNESSES_MAX ? 0 : witness % witnesses.length;
  return witnesses.slice(from, from + WITNESSES_MAX).filter((it) => !moved.has(it));
}

/** Whether images are there, and at their places among those that their rules select: so what is due by their number still is. */
async function areWhereTheyWere(
  tx: Writer,
  { repository, evaluation, usedAfter_ms }: Looking,
  digests: readonly string[],
): Promise<boolean> {
  const images = await readImagesAmong(tx, repository, digests, usedAfter_ms);
  return images.length === digests.length && images.every((it) => evaluation.isWhereItWas(it));
}

/** Removes images, each after the indexes that list it. */
async function removeAll(tx: Writer, { repository, run }: Plan, going: readonly Going[], deletion: Deletion): Promise<void> {
  const left = new Map(going.map((it) => [it.image.digest, it]));
  while (left.size > 0) {
    for (const [digest, { image, rule, leader, after }] of left) {
      if (after.some((it) => left.has(it))) continue;
      const because = digest === leader ? ruleText(rule) : `It went with ${image.subject}. ${ruleText(rule)}`;
      const reason = { because, rulePriority: rule.priority, ruleDescription: rule.description, runId: run.id };
      await removeImage(tx, repository, digest, { ...deletion, reason });
      left.delete(digest);
    }
  }
}

/** Some of what is due and has to stay because an index lists it: the first event of a run tells of it. */
async function heldByIndexes(
  tx: Writer,
  { repository, usedAfter_ms }: Looking,
  { held, evaluation }: Plan,
): Promise<readonly HeldImage[]> {
  const byIndex = held.filter(({ digest, by }) => by !== undefined && evaluation.childrenOf(by).includes(digest));
  const verdicts = new Map(byIndex.slice(0, EVENT_IMAGES_MAX).map((it) => [it.digest, it]));
  const images = await readImagesAmong(tx, repository, [...verdicts.keys()], usedAfter_ms);
  return images.flatMap((image) => {
    const { rule, by } = verdicts.get(image.digest) ?? {};
    return rule === undefined || by === undefined ? [] : [{ ...image, rule, by }];
  });
}
