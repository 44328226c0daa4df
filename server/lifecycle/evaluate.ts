import { ARCHIVE_DAYS_MIN } from "../kernel/limits.ts";
import { compileWildcard } from "../kernel/wildcard.ts";
import type { AgeType, LifecycleAction, LifecyclePolicy, LifecycleRule, StorageClass, TagTest } from "./policy.ts";

/** What is known of an image that decides whether it goes. */
export interface ImageFacts {
  readonly digest: string;
  readonly tags: readonly string[];
  readonly pushed_ms: number;
  readonly pulled_ms: number | null;
  /** When it was last put into the archive, and taken out of it. */
  readonly archived_ms: number | null;
  readonly activated_ms: number | null;
  /** ACTIVE, ARCHIVED or ACTIVATING. */
  readonly status: string;
  /** Of an index: the images that it lists. */
  readonly children: readonly string[];
  /** Of a referrer: the image that it is about, which need not be there. */
  readonly subject: string | null;
}

/** What a policy does to one image, and why. */
export interface Verdict {
  readonly digest: string;
  readonly storageClass: StorageClass;
  /** Undefined for an image that stays as it is. */
  readonly action: LifecycleAction | undefined;
  /** The rule that acts on it, or keeps it: no other may touch it. Undefined for an image that no rule selects. */
  readonly rule: LifecycleRule | undefined;
  /**
   * `due`: its rule acts. `kept`: its rule keeps it. `unselected`: there is no rule for it. `follows`: it goes, or stays, with
   * the subject `by`. `held`: it would go, but the index or subject `by` stays and needs it.
   */
  readonly because: "due" | "kept" | "unselected" | "follows" | "held";
  readonly by: string | undefined;
}

/** An evaluation in progress: images are added, in any order, and then judged together. */
export interface Evaluation {
  /** What matching its tags takes is done here, so the tags need not be kept. */
  add(image: ImageFacts): void;
  /** One verdict for each image, in the order in which they were added. */
  judge(): readonly Verdict[];
}

const DAY_MS = 24 * 60 * 60 * 1000;
/** How far away an image is: an action may not take it farther than the index that lists it, or its subject. */
const DISTANCE: Readonly<Record<LifecycleAction, number>> = { TRANSITION: 1, EXPIRE: 2 };

type Entry = Pick<ImageFacts, "digest" | "children" | "subject"> & {
  readonly archived: boolean;
  /** What its age is counted from. */
  readonly since_ms: Readonly<Record<AgeType, number | null>>;
  /** The indices of the rules that select it. */
  readonly selectedBy: readonly number[];
  rule: LifecycleRule | undefined;
  action: LifecycleAction | undefined;
  because: Verdict["because"];
  by: string | undefined;
};

/** What a policy would do to all the images of a repository. Work grows with the images, not with their square. */
export function evaluate(policy: LifecyclePolicy, images: readonly ImageFacts[], now_ms: number): readonly Verdict[] {
  const evaluation = startEvaluation(policy, now_ms);
  for (const image of images) evaluation.add(image);
  return evaluation.judge();
}

/** The same for images that come in batches. */
export function startEvaluation({ rules }: LifecyclePolicy, now_ms: number): Evaluation {
  const selections = rules.map(compileSelection);
  const entries: Entry[] = [];
  return {
    add(image) {
      const selectedBy: number[] = [];
      for (const [index, selects] of selections.entries()) if (selects(image)) selectedBy.push(index);
      entries.push(toEntry(image, selectedBy));
    },
    judge() {
      const byDigest = new Map(entries.map((it) => [it.digest, it]));
      const { leaders = [], referrers = [] } = Object.groupBy(entries, ({ subject }) =>
        subject !== null && byDigest.has(subject) ? "referrers" : "leaders",
      );
      const followers = Map.groupBy(referrers, (it) => it.subject);
      applyRules(rules, leaders, now_ms);
      takeAlong(leaders, followers);
      holdBack(entries, byDigest, followers);
      return entries.map(toVerdict);
    },
  };
}

/**
 * ECR: rules are evaluated as if none of them had acted, and of those that select an image the one with the highest priority
 * decides, also when it keeps it. (user guide, lifecycle policies)
 */
function applyRules(rules: readonly LifecycleRule[], entries: Entry[], now_ms: number): void {
  const selected: Entry[][] = rules.map(() => []);
  for (const entry of entries.sort(newestFirst)) for (const index of entry.selectedBy) selected[index]?.push(entry);
  for (const [index, rule] of rules.entries()) {
    for (const [newer, entry] of (selected[index] ?? []).entries()) {
      if (entry.rule !== undefined) continue;
      const due = isDue(rule, entry, newer, now_ms);
      entry.rule = rule;
      entry.action = due ? rule.action : undefined;
      entry.because = due ? "due" : "kept";
    }
  }
}

function isDue({ count }: LifecycleRule, entry: Entry, newer: number, now_ms: number): boolean {
  if (count.type === "imageCountMoreThan") return newer >= count.images;
  const since_ms = entry.since_ms[count.type];
  // ECR: nothing is deleted that has been in the archive for less than 90 days. (user guide, archive storage class)
  const days = count.type === "sinceImageTransitioned" ? Math.max(count.days, ARCHIVE_DAYS_MIN) : count.days;
  return since_ms !== null && now_ms - since_ms > days * DAY_MS;
}

/** ECR: a referrer expires, or is archived, when its subject is. (user guide) So no rule selects it while that is there. */
function takeAlong(leaders: Entry[], followers: ReadonlyMap<string | null, readonly Entry[]>): void {
  for (let leader = leaders.pop(); leader !== undefined; leader = leaders.pop()) {
    for (const follower of followers.get(leader.digest) ?? []) {
      follower.rule = leader.rule;
      follower.action = leader.action;
      follower.because = "follows";
      follower.by = leader.digest;
      leaders.push(follower);
    }
  }
}

/**
 * ECR: what an index lists does not go before the index does. (user guide, lifecycle policies) What stays holds what it
 * needs, and that holds on in its turn; each image is held once at most.
 */
function holdBack(
  entries: readonly Entry[],
  byDigest: ReadonlyMap<string, Entry>,
  followers: ReadonlyMap<string | null, readonly Entry[]>,
): void {
  const holders = entries.filter((it) => it.children.length > 0);
  for (let holder = holders.pop(); holder !== undefined; holder = holders.pop()) {
    const distance = distanceOf(holder);
    const children = holder.children.flatMap((digest) => byDigest.get(digest) ?? []);
    for (const held of [...children, ...(followers.get(holder.digest) ?? [])]) {
      if (held.action === undefined || DISTANCE[held.action] <= distance) continue;
      held.action = undefined;
      held.because = "held";
      held.by = holder.digest;
      holders.push(held);
    }
  }
}

/** Where an image will be: here, in the archive, or gone. */
function distanceOf({ action, archived }: Entry): number {
  return Math.max(action === undefined ? 0 : DISTANCE[action], archived ? DISTANCE.TRANSITION : 0);
}

/** Decides whether a rule selects an image by its storage class and tags. An image that is being restored is in no class. */
function compileSelection({ storageClass, tags }: LifecycleRule): (image: ImageFacts) => boolean {
  const status = storageClass === "STANDARD" ? "ACTIVE" : "ARCHIVED";
  if (tags === "any") return (image) => image.status === status;
  if (tags === "untagged") return (image) => image.status === status && image.tags.length === 0;
  const tests = tags.map(compileTest);
  return (image) => image.status === status && tests.every((passes) => image.tags.some(passes));
}

function compileTest({ kind, text }: TagTest): (tag: string) => boolean {
  return kind === "prefix" ? (tag) => tag.startsWith(text) : compileWildcard(text);
}

function toEntry({ digest, children, subject, status, ...image }: ImageFacts, selectedBy: readonly number[]): Entry {
  // ECR: for an image that was ever restored, that time stands for the one of its push. (user guide, restore an image)
  const sinceImagePushed = image.activated_ms ?? image.pushed_ms;
  const pulledSince = image.pulled_ms !== null && image.pulled_ms >= (image.activated_ms ?? 0);
  return {
    digest,
    children,
    subject,
    archived: status === "ARCHIVED",
    since_ms: {
      sinceImagePushed,
      sinceImagePulled: pulledSince ? image.pulled_ms : sinceImagePushed,
      sinceImageTransitioned: image.archived_ms,
    },
    selectedBy,
    rule: undefined,
    action: undefined,
    because: "unselected",
    by: undefined,
  };
}

/** Of images of the same time the one with the smaller digest counts as newer, so that the order is always the same. */
function newestFirst(a: Entry, b: Entry): number {
  const difference = (b.since_ms.sinceImagePushed ?? 0) - (a.since_ms.sinceImagePushed ?? 0);
  return difference || (a.digest < b.digest ? -1 : 1);
}

function toVerdict({ digest, archived, action, rule, because, by }: Entry): Verdict {
  const storageClass = archived ? "ARCHIVE" : "STANDARD";
  // What is in the archive already is not put there.
  const nothing = action === "TRANSITION" && archived;
  return { digest, storageClass, action: nothing ? undefined : action, rule, because, by };
}
