import fc from "fast-check";
import { matchesWildcard } from "../kernel/wildcard.ts";
import type { ImageFacts } from "../lifecycle/evaluate.ts";
import type { LifecycleAction, LifecyclePolicy, LifecycleRule } from "../lifecycle/policy.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

/** A second evaluator of lifecycle policies, from the rules of the user guide one by one and with no regard to speed. */
export function decideNaively(
  { rules }: LifecyclePolicy,
  images: readonly ImageFacts[],
  now_ms: number,
): ReadonlyMap<string, LifecycleAction> {
  const find = (digest: string | null) => images.find((it) => it.digest === digest);
  const isReferrer = (it: ImageFacts) => find(it.subject) !== undefined;
  const pushedAt = (it: ImageFacts) => it.activated_ms ?? it.pushed_ms;
  const meets = (rule: LifecycleRule, it: ImageFacts) => {
    if (isReferrer(it) || it.status !== (rule.storageClass === "ARCHIVE" ? "ARCHIVED" : "ACTIVE")) return false;
    if (typeof rule.tags === "string") return rule.tags === "any" || it.tags.length === 0;
    return rule.tags.every(({ kind, text }) =>
      it.tags.some((tag) => (kind === "prefix" ? tag.slice(0, text.length) === text : matchesWildcard(text, tag))),
    );
  };
  const clock = (rule: LifecycleRule, it: ImageFacts) => {
    if (rule.count.type === "sinceImagePushed") return pushedAt(it);
    if (rule.count.type === "sinceImageTransitioned") return it.archived_ms ?? Number.POSITIVE_INFINITY;
    if (it.pulled_ms === null) return pushedAt(it);
    return it.activated_ms !== null && it.pulled_ms < it.activated_ms ? it.activated_ms : it.pulled_ms;
  };
  const marks = (rule: LifecycleRule, it: ImageFacts) => {
    if (rule.count.type !== "imageCountMoreThan") {
      const days = rule.count.type === "sinceImageTransitioned" ? Math.max(90, rule.count.days) : rule.count.days;
      return (now_ms - clock(rule, it)) / DAY_MS > days;
    }
    const newer = images.filter(
      (other) =>
        meets(rule, other) && (pushedAt(other) > pushedAt(it) || (pushedAt(other) === pushedAt(it) && other.digest < it.digest)),
    );
    return newer.length >= rule.count.images;
  };
  const actionOf = (it: ImageFacts): LifecycleAction | undefined => {
    if (it.lock !== null || it.used_ms !== null) return undefined;
    if (isReferrer(it)) return actionOf(find(it.subject)!);
    const rule = rules.find((candidate) => meets(candidate, it));
    return rule !== undefined && marks(rule, it) ? rule.action : undefined;
  };
  const actions = new Map(images.flatMap((it) => (actionOf(it) === undefined ? [] : [[it.digest, actionOf(it)!] as const])));
  const stays = (it: ImageFacts, action: LifecycleAction) => {
    if (actions.get(it.digest) === "EXPIRE") return false;
    return action === "EXPIRE" || (actions.get(it.digest) === undefined && it.status !== "ARCHIVED");
  };
  for (let before = -1; before !== actions.size; ) {
    before = actions.size;
    for (const it of images) {
      const action = actions.get(it.digest);
      const needing = images.filter((other) => other.children.includes(it.digest) || other.digest === it.subject);
      if (action !== undefined && needing.some((other) => stays(other, action))) actions.delete(it.digest);
    }
  }
  for (const it of images) if (it.status === "ARCHIVED" && actions.get(it.digest) === "TRANSITION") actions.delete(it.digest);
  return actions;
}

/** Images of any kind that there may be, as they are at a time. */
export function anyImages(now_ms: number): fc.Arbitrary<readonly ImageFacts[]> {
  const ago = (days: number): number => now_ms - days * DAY_MS;
  const time = fc.oneof(fc.integer({ min: 0, max: 8 }), fc.integer({ min: 0, max: 200 })).map(ago);
  const tag = fc.constantFrom("a", "ab", "b-1", "b-2", "prod-a", "x");
  const digestOf = (number: number): string => `sha256:${String(number).padStart(64, "0")}`;
  const image = fc.record({
    tags: fc.uniqueArray(tag, { maxLength: 3 }),
    pushed_ms: time,
    pulled_ms: fc.option(time),
    archived_ms: fc.option(time),
    activated_ms: fc.option(time, { freq: 2 }),
    status: fc.constantFrom("ACTIVE", "ACTIVE", "ACTIVE", "ARCHIVED", "ACTIVATING"),
    // What a manifest names was there before it.
    children: fc.uniqueArray(fc.nat(11), { maxLength: 2 }),
    subject: fc.option(fc.nat(11), { freq: 2 }),
    lock: fc.constantFrom(null, null, null, null, "lock"),
    used_ms: fc.constantFrom(null, null, null, null, now_ms),
  });
  return fc.array(image, { maxLength: 12 }).map((all) =>
    all.map((it, index) => ({
      ...it,
      digest: digestOf(index),
      children: it.children.filter((other) => other < index).map(digestOf),
      subject: it.subject === null || it.subject >= index ? null : digestOf(it.subject),
    })),
  );
}

/** Rules that may not make sense together. */
export const anyPolicy: fc.Arbitrary<LifecyclePolicy> = fc
  .array(
    fc.record({
      tags: fc.oneof(
        fc.constantFrom("any" as const, "untagged" as const),
        fc.array(
          fc.record({
            kind: fc.constantFrom("prefix" as const, "pattern" as const),
            text: fc.constantFrom("a", "a*", "*", "b-", "b-*", "*-*", "prod*a"),
          }),
          { minLength: 1, maxLength: 2 },
        ),
      ),
      storageClass: fc.constantFrom("STANDARD" as const, "STANDARD" as const, "ARCHIVE" as const),
      count: fc.oneof(
        fc.record({ type: fc.constant("imageCountMoreThan" as const), images: fc.integer({ min: 1, max: 4 }) }),
        fc.record({
          type: fc.constantFrom("sinceImagePushed" as const, "sinceImagePulled" as const, "sinceImageTransitioned" as const),
          days: fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 150 })),
        }),
      ),
      action: fc.constantFrom("EXPIRE" as const, "TRANSITION" as const),
    }),
    { maxLength: 4 },
  )
  .map((rules) => ({ rules: rules.map((it, index) => ({ ...it, priority: index + 1, description: undefined })) }));

/** The text of a policy, which need not be one that is accepted. */
export function policyText({ rules }: LifecyclePolicy): string {
  return JSON.stringify({ rules: rules.map(ruleDocument) });
}

function ruleDocument({ priority, tags, storageClass, count, action }: LifecycleRule): object {
  const lists =
    typeof tags === "string"
      ? { tagStatus: tags }
      : {
          tagStatus: "tagged",
          [tags[0]?.kind === "prefix" ? "tagPrefixList" : "tagPatternList"]: tags.map((it) => it.text),
        };
  const counted =
    count.type === "imageCountMoreThan" ? { countNumber: count.images } : { countNumber: count.days, countUnit: "days" };
  return {
    rulePriority: priority,
    description: "a rule that was made up by chance",
    selection: { ...lists, storageClass: storageClass.toLowerCase(), countType: count.type, ...counted },
    action: action === "EXPIRE" ? { type: "expire" } : { type: "transition", targetStorageClass: "archive" },
  };
}
