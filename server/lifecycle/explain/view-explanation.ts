import type { ImageFacts, Verdict } from "../evaluate.ts";
import type { LifecycleAction } from "../policy.ts";
import { sentenceOf } from "./sentence.ts";

/** What a policy does to an image. Times are in seconds. */
export interface ImageExplanation {
  readonly imageDigest: string;
  readonly imageTags: readonly string[];
  readonly imagePushedAt: number;
  readonly imageStatus: string;
  /** What the next run does to it; NONE: it stays as it is. */
  readonly action: LifecycleAction | "NONE";
  /** DUE, KEPT, UNSELECTED, FOLLOWS, HELD, LOCKED or IN_USE. */
  readonly because: string;
  /** The rule that acts on it or keeps it: no other may touch it. */
  readonly appliedRulePriority?: number;
  /** From when on its rule is by age: when it is due. */
  readonly dueAt?: number;
  /** Where its rule is by number: how many newer images have to come until it is due. */
  readonly newerImagesUntilDue?: number;
  /** The image that holds it or takes it along, or the resource tag that locks it. */
  readonly by?: string;
  readonly lastInUseAt?: number;
  readonly explanation: string;
}

export function viewExplanation(verdict: Verdict, { digest, tags, pushed_ms, status, used_ms }: ImageFacts): ImageExplanation {
  const { action = "NONE", because, rule, due_ms, newer, by } = verdict;
  const waits = rule?.count.type === "imageCountMoreThan" && newer !== undefined;
  return {
    imageDigest: digest,
    imageTags: tags,
    imagePushedAt: pushed_ms / 1000,
    imageStatus: status,
    action,
    because: because.toUpperCase().replace("-", "_"),
    ...(rule !== undefined && { appliedRulePriority: rule.priority }),
    ...(due_ms !== undefined && { dueAt: due_ms / 1000 }),
    ...(waits && { newerImagesUntilDue: Math.max(0, rule.count.images - newer) }),
    ...(by !== undefined && { by }),
    ...(used_ms !== null && { lastInUseAt: used_ms / 1000 }),
    explanation: sentenceOf(verdict, used_ms),
  };
}
