import { inList } from "../../platform/metadata/in-list.ts";
import { query } from "../../platform/metadata/query.ts";
import type { LifecycleAction } from "../policy.ts";
import { readImagesAmong } from "../read-images.ts";
import type { Acting } from "./order.ts";
import { type Candidate, type Candidates, farthestReferrers, type Looking, type Tx, withReferrers } from "./referrers.ts";

type Among = { repository: number; digests: string };

const presentAmong = query<Among>()((db, p, dialect) =>
  db
    .selectFrom("manifests")
    .select("digest")
    .where("repository_id", "=", p.repository)
    .where("digest", "in", inList(dialect, p.digests)),
);

/** The indexes that list images of a list. */
const parentsAmong = query<Among>()((db, p, dialect) =>
  db
    .selectFrom("manifest_children")
    .innerJoin("manifests", (join) =>
      join
        .onRef("manifests.repository_id", "=", "manifest_children.repository_id")
        .onRef("manifests.digest", "=", "manifest_children.manifest"),
    )
    .select(["manifest_children.child", "manifests.digest as parent", "manifests.status"])
    .where("manifest_children.repository_id", "=", p.repository)
    .where("manifest_children.child", "in", inList(dialect, p.digests)),
);

/** An image that goes now, and the indexes that go with it and have to go first. */
export type Going = Candidate & { readonly after: readonly string[] };

export interface WhatGoes {
  readonly going: readonly Going[];
  /** Those that are due and cannot go before something else has gone. */
  readonly waiting: readonly Acting[];
}

/**
 * What goes of images that were due by rules of their own, all by the same action: those that still are, as they are now, and their
 * referrers as there are now. Nothing goes that an index holds which stays. Undefined when that is too much for one transaction; of
 * one image alone the referrers go first, some at a time.
 */
export async function whatGoes(
  tx: Tx,
  looking: Looking,
  due: readonly Acting[],
  action: LifecycleAction,
): Promise<WhatGoes | undefined> {
  const leaders = await stillDue(tx, looking, due);
  let candidates = await withReferrers(tx, looking, leaders);
  if (candidates === undefined) {
    const [leader, another] = leaders.values();
    if (leader === undefined || another !== undefined) return undefined;
    candidates = await farthestReferrers(tx, looking, leader);
  }
  const parents = await parentsOf(tx, looking, candidates, action);
  const going = new Map(candidates);
  const stay = new Set<string>();
  for (let before = -1; before !== going.size; ) {
    before = going.size;
    for (const [digest, { image }] of going) {
      const held = parents.get(digest)?.some((it) => !going.has(it));
      if (held !== true && !stay.has(image.subject ?? "")) continue;
      going.delete(digest);
      stay.add(digest);
    }
  }
  return {
    going: [...going].map(([digest, it]) => ({ ...it, after: parents.get(digest) ?? [] })),
    waiting: due.filter((it) => leaders.has(it.digest) && !going.has(it.digest)),
  };
}

async function stillDue(tx: Tx, { repository, evaluation, usedAfter_ms }: Looking, due: readonly Acting[]): Promise<Candidates> {
  const rules = new Map(due.map((it) => [it.digest, it.rule]));
  const images = await readImagesAmong(tx, repository, [...rules.keys()], usedAfter_ms);
  const subjects = images.flatMap((it) => it.subject ?? []);
  const here = await tx.all(presentAmong, { repository, digests: JSON.stringify(subjects) });
  const candidates = new Map<string, Candidate>();
  for (const image of images) {
    const rule = rules.get(image.digest);
    // One whose subject has come meanwhile goes with that.
    const follows = here.some((it) => it.digest === image.subject);
    if (rule !== undefined && !follows && evaluation.isStillDue(image))
      candidates.set(image.digest, { image, rule, leader: image.digest });
  }
  return candidates;
}

/** For each image the indexes that hold it: those that list it and are not archived, where it is to be archived only. */
async function parentsOf(
  tx: Tx,
  { repository }: Looking,
  candidates: Candidates,
  action: LifecycleAction,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const rows = await tx.all(parentsAmong, { repository, digests: JSON.stringify([...candidates.keys()]) });
  const parents = new Map<string, string[]>();
  for (const { child, parent, status } of rows) {
    if (action === "EXPIRE" || status !== "ARCHIVED") parents.getOrInsertComputed(child, () => []).push(parent);
  }
  return parents;
}
