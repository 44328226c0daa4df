import { ARCHIVE_DAYS_MIN } from "../kernel/limits.ts";
import { finish, sort, type Steps } from "../kernel/steps.ts";
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
  /** The key of the resource tag that protects it, or null. */
  readonly lock: string | null;
  /** When it was last seen running, itself or what it lists; null when it was not, or too long ago to protect it. */
  readonly used_ms: number | null;
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
   * the subject `by`. `held`: it would go, but the index or subject `by` stays and needs it. `locked`: it would go, but for the
   * resource tag `by`. `in-use`: it would go, but runs somewhere.
   */
  readonly because: "due" | "kept" | "unselected" | "follows" | "held" | "locked" | "in-use";
  readonly by: string | undefined;
  /** Of an image that a rule by age selects: from when on it is due, if that is a time that calendars know. */
  readonly due_ms: number | undefined;
  /** Of an image that a rule by number selects: how many that it selects are newer. */
  readonly newer: number | undefined;
}

/** An evaluation in progress: images are added, in any order, and then judged together. */
export interface Evaluation {
  /** What matching its tags takes is done here, so the tags need not be kept. */
  add(image: ImageFacts): void;
  /** One verdict for each image, in the order in which they were added. Once, and before what follows. */
  judge(): Steps<readonly Verdict[]>;
  /** The images that have to be there, selected as they were, for what is due by number to be due: of each such rule the newest. */
  witnesses(): readonly string[];
  /** Of an index that was added: what it lists. */
  childrenOf(digest: string): readonly string[];
  /** Whether an image that was judged is still selected by the same rules, at the same place among the others. */
  isWhereItWas(image: ImageFacts): boolean;
  /** Whether one that was due by a rule of its own still is, as far as it can be told from the image alone. */
  isStillDue(image: ImageFacts): boolean;
}

const DAY_MS = 24 * 60 * 60 * 1000;
/** The last time that a date can have: some count 999,999,999 days to say never. */
const TIME_MS_MAX = 8.64e15;
/** How far away an image is: an action may not take it farther than the index that lists it, or its subject. */
const DISTANCE: Readonly<Record<LifecycleAction, number>> = { TRANSITION: 1, EXPIRE: 2 };

type Entry = Pick<ImageFacts, "digest" | "children" | "subject" | "lock" | "used_ms"> & {
  readonly archived: boolean;
  /** What its age is counted from, by each type of age: these are looked at so often that they stand here themselves. */
  readonly sinceImagePushed: number;
  readonly sinceImagePulled: number;
  readonly sinceImageTransitioned: number | null;
  readonly selectedBy: Selection;
  readonly tagsHash: number;
  rule: LifecycleRule | undefined;
  action: LifecycleAction | undefined;
  because: Verdict["because"];
  by: string | undefined;
  newer: number | undefined;
};

/** The indices of the rules that select an image. There is one of each, which all the images share that the same rules select. */
interface Selection {
  readonly indices: readonly number[];
  /** The same with one rule more, by its index. */
  readonly longer: Map<number, Selection>;
}

/** What a policy would do to all the images of a repository. Work grows with the images, not with their square. */
export function evaluate(policy: LifecyclePolicy, images: readonly ImageFacts[], now_ms: number): readonly Verdict[] {
  const evaluation = startEvaluation(policy, now_ms);
  for (const image of images) evaluation.add(image);
  return finish(evaluation.judge());
}

/** The same for images that come in batches, and in steps: others may come between them. */
export function startEvaluation({ rules }: LifecyclePolicy, now_ms: number): Evaluation {
  const selects = rules.map(compileSelection);
  const unselected: Selection = { indices: [], longer: new Map() };
  const byDigest = new Map<string, Entry>();
  const applied: readonly Applied[] = rules.map((rule) => ({ rule, selected: 0, newest: [] }));
  const read = (image: ImageFacts): Entry => {
    let selection = unselected;
    for (let index = 0; index < selects.length; index++) if (selects[index]?.(image)) selection = withRule(selection, index);
    return toEntry(image, selection);
  };
  const isWhereItWas = (was: Entry | undefined, is: Entry): was is Entry =>
    was?.sinceImagePushed === is.sinceImagePushed && was.selectedBy === is.selectedBy;
  return {
    add(image) {
      byDigest.set(image.digest, read(image));
    },
    *judge() {
      const leaders: Entry[] = [];
      const followers = new Map<string, Entry[]>();
      for (const entry of byDigest.values()) {
        yield;
        if (entry.subject === null || !byDigest.has(entry.subject)) leaders.push(entry);
        else followers.getOrInsertComputed(entry.subject, () => []).push(entry);
      }
      yield* applyRules(applied, leaders, now_ms);
      yield* takeAlong(leaders, followers);
      yield* holdBack(byDigest, followers);
      const verdicts: Verdict[] = [];
      for (const entry of byDigest.values()) {
        yield;
        verdicts.push(toVerdict(entry));
      }
      return verdicts;
    },
    witnesses() {
      const acting = new Set<LifecycleRule>();
      for (const { because, rule } of byDigest.values()) if (because === "due" && rule !== undefined) acting.add(rule);
      return [...new Set(applied.flatMap(({ rule, newest }) => (acting.has(rule) ? newest : [])))];
    },
    childrenOf: (digest) => byDigest.get(digest)?.children ?? [],
    isWhereItWas: (image) => isWhereItWas(byDigest.get(image.digest), read(image)),
    isStillDue(image) {
      const was = byDigest.get(image.digest);
      const is = read(image);
      if (!isWhereItWas(was, is) || was.tagsHash !== is.tagsHash || was.rule === undefined) return false;
      return is.lock === null && is.used_ms === null && isDue(was.rule, is, was.newer ?? 0, now_ms);
    },
  };
}

function withRule({ indices, longer }: Selection, index: number): Selection {
  return longer.getOrInsertComputed(index, () => ({ indices: [...indices, index], longer: new Map() }));
}

/** What a rule has come to. */
interface Applied {
  readonly rule: LifecycleRule;
  /** How many images it selects. */
  selected: number;
  /** Of a rule by number: the newest that it selects, which it keeps. */
  readonly newest: string[];
}

/**
 * ECR: rules are evaluated as if none of them had acted, and of those that select an image the one with the highest priority
 * decides, also when it keeps it. (user guide, lifecycle policies)
 */
function* applyRules(rules: readonly Applied[], leaders: readonly Entry[], now_ms: number): Steps<void> {
  for (const entry of yield* sort(leaders, (it) => -it.sinceImagePushed, smallerFirst)) {
    yield;
    for (const index of entry.selectedBy.indices) {
      const applied = rules[index] as Applied;
      const { rule, newest } = applied;
      const newer = applied.selected++;
      if (rule.count.type === "imageCountMoreThan" && newer < rule.count.images) newest.push(entry.digest);
      if (entry.rule !== undefined) continue;
      const due = isDue(rule, entry, newer, now_ms);
      entry.rule = rule;
      entry.newer = rule.count.type === "imageCountMoreThan" ? newer : undefined;
      entry.action = due ? rule.action : undefined;
      entry.because = due ? "due" : "kept";
    }
  }
}

function isDue({ count }: LifecycleRule, entry: Entry, newer: number, now_ms: number): boolean {
  if (count.type === "imageCountMoreThan") return newer >= count.images;
  const due_ms = dueTime(count, entry);
  return due_ms !== undefined && now_ms > due_ms;
}

function dueTime(count: LifecycleRule["count"], entry: Pick<Entry, AgeType>): number | undefined {
  if (count.type === "imageCountMoreThan") return undefined;
  const from_ms = entry[count.type];
  // ECR: nothing is deleted that has been in the archive for less than 90 days. (user guide, archive storage class)
  const days = count.type === "sinceImageTransitioned" ? Math.max(count.days, ARCHIVE_DAYS_MIN) : count.days;
  return from_ms === null ? undefined : from_ms + days * DAY_MS;
}

/**
 * ECR: a referrer expires, or is archived, when its subject is. (user guide) So no rule selects it while that is there. What is
 * locked or in use stays, and so do its referrers.
 */
function* takeAlong(leaders: readonly Entry[], followers: ReadonlyMap<string, readonly Entry[]>): Steps<void> {
  const open = [...leaders];
  for (let leader = open.pop(); leader !== undefined; leader = open.pop()) {
    yield;
    protect(leader);
    for (const follower of followers.get(leader.digest) ?? []) {
      follower.rule = leader.rule;
      follower.action = leader.action;
      follower.because = "follows";
      follower.by = leader.digest;
      open.push(follower);
    }
  }
}

function protect(entry: Entry): void {
  if (entry.action === undefined || (entry.lock === null && entry.used_ms === null)) return;
  entry.action = undefined;
  entry.because = entry.lock === null ? "in-use" : "locked";
  entry.by = entry.lock ?? undefined;
}

/**
 * ECR: what an index lists does not go before the index does. (user guide, lifecycle policies) What stays holds what it
 * needs, and that holds on in its turn; each image is held once at most.
 */
function* holdBack(byDigest: ReadonlyMap<string, Entry>, followers: ReadonlyMap<string, readonly Entry[]>): Steps<void> {
  const holders: Entry[] = [];
  for (const entry of byDigest.values()) {
    yield;
    if (entry.children.length > 0) holders.push(entry);
  }
  for (let holder = holders.pop(); holder !== undefined; holder = holders.pop()) {
    const distance = distanceOf(holder);
    const children = holder.children.flatMap((digest) => byDigest.get(digest) ?? []);
    for (const held of [...children, ...(followers.get(holder.digest) ?? [])]) {
      yield;
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

function toEntry(image: ImageFacts, selectedBy: Selection): Entry {
  const { digest, children, subject, lock, used_ms, status } = image;
  // ECR: for an image that was ever restored, that time stands for the one of its push. (user guide, restore an image)
  const sinceImagePushed = image.activated_ms ?? image.pushed_ms;
  const pulledSince = image.pulled_ms !== null && image.pulled_ms >= (image.activated_ms ?? 0);
  return {
    digest,
    children,
    subject,
    lock,
    used_ms,
    archived: status === "ARCHIVED",
    sinceImagePushed,
    sinceImagePulled: pulledSince ? (image.pulled_ms ?? 0) : sinceImagePushed,
    sinceImageTransitioned: image.archived_ms,
    selectedBy,
    tagsHash: hashOf(image.tags),
    rule: undefined,
    action: undefined,
    because: "unselected",
    by: undefined,
    newer: undefined,
  };
}

/** FNV-1a: enough to see that tags have changed, and quick. Whether they change what is selected is looked at apart. */
function hashOf(tags: readonly string[]): number {
  let hash = 0x811c9dc5;
  for (const tag of tags) {
    for (let at = 0; at < tag.length; at++) hash = Math.imul(hash ^ tag.charCodeAt(at), 0x01000193);
    hash = Math.imul(hash ^ 0x2c, 0x01000193);
  }
  return hash;
}

/** Of images of the same time the one with the smaller digest counts as newer, so that the order is always the same. */
function smallerFirst(a: Entry, b: Entry): number {
  return a.digest < b.digest ? -1 : 1;
}

function toVerdict(entry: Entry): Verdict {
  const { digest, archived, action, rule, because, by, newer } = entry;
  const storageClass = archived ? "ARCHIVE" : "STANDARD";
  // What is in the archive already is not put there.
  const nothing = action === "TRANSITION" && archived;
  const time_ms = rule === undefined || because === "follows" ? undefined : dueTime(rule.count, entry);
  const due_ms = time_ms !== undefined && time_ms <= TIME_MS_MAX ? time_ms : undefined;
  return { digest, storageClass, action: nothing ? undefined : action, rule, because, by, due_ms, newer };
}
