import { inList } from "../../platform/metadata/in-list.ts";
import type { Reader } from "../../platform/metadata/metadata.ts";
import { query } from "../../platform/metadata/query.ts";
import type { Evaluation, ImageFacts } from "../evaluate.ts";
import type { LifecycleRule } from "../policy.ts";
import { readImagesAmong } from "../read-images.ts";

/** Images that go in one transaction, referrers with them. */
const GOING_MAX = 250;
/** How far behind an image its referrers may be, each a referrer of the one before it, for all of them to go one after the other. */
const LEVELS_MAX = 100;

const referrersAmong = query<{ repository: number; digests: string; limit: number }>()((db, p, dialect) =>
  db
    .selectFrom("manifests")
    .select("digest")
    .where("repository_id", "=", p.repository)
    .where("subject", "in", inList(dialect, p.digests))
    .orderBy("digest")
    .limit(p.limit),
);

export type Tx = Pick<Reader, "all" | "first">;

/** What it takes to look again whether images are still due. */
export interface Looking {
  readonly repository: number;
  readonly evaluation: Evaluation;
  readonly usedAfter_ms: number;
}

/** An image that may go, as it is now, and the rule by which it does: its own, or that of what it refers to in the end, its leader. */
export interface Candidate {
  readonly image: ImageFacts;
  readonly rule: LifecycleRule;
  readonly leader: string;
}
export type Candidates = ReadonlyMap<string, Candidate>;

/** Images with all that refers to them, at any depth, but for what is protected and what refers to that. Undefined when they are too many. */
export async function withReferrers(tx: Tx, looking: Looking, images: Candidates): Promise<Candidates | undefined> {
  const all = new Map(images);
  for (let level = images; level.size > 0; ) {
    if (all.size > GOING_MAX) return undefined;
    level = await referrersOf(tx, looking, level);
    for (const [digest, it] of level) all.set(digest, it);
  }
  return all;
}

/** Some of what refers to an image, at the greatest depth: nothing refers to them. None where that is too deep. */
export async function farthestReferrers(tx: Tx, looking: Looking, image: Candidate): Promise<Candidates> {
  let level: Candidates = new Map([[image.image.digest, image]]);
  for (let depth = 0; depth < LEVELS_MAX; depth++) {
    const next = await referrersOf(tx, looking, level);
    if (next.size === 0) return depth === 0 ? new Map() : level;
    level = next;
  }
  return new Map();
}

async function referrersOf(tx: Tx, { repository, usedAfter_ms }: Looking, subjects: Candidates): Promise<Candidates> {
  const digests = JSON.stringify([...subjects.keys()]);
  const found = await tx.all(referrersAmong, { repository, digests, limit: GOING_MAX + 1 });
  const images = await readImagesAmong(
    tx,
    repository,
    found.map((it) => it.digest),
    usedAfter_ms,
  );
  const free = images.filter((it) => it.lock === null && it.used_ms === null);
  return new Map(
    free.flatMap((image) => {
      const subject = subjects.get(image.subject ?? "");
      return subject === undefined ? [] : [[image.digest, { ...subject, image }]];
    }),
  );
}
