import { createHash } from "node:crypto";
import { referencedByManifestList } from "../images/errors.ts";
import { EVENT_IMAGES_MAX, EVENT_TAGS_MAX } from "../kernel/limits.ts";
import type { RegistryId } from "../kernel/names.ts";
import type { Writer } from "../platform/metadata/metadata.ts";
import type { Count, LifecyclePolicy, LifecycleRule } from "./policy.ts";

/** What an event says of an image. */
export interface EventImage {
  readonly digest: string;
  readonly tags: readonly string[];
  readonly pushed_ms: number;
  readonly rule: LifecycleRule;
}

/** One that was due and had to stay, and the index that holds it. */
export type HeldImage = EventImage & { readonly by: string };

/** The policy of a repository that did something, or would. */
export interface EventPolicy {
  readonly registry: RegistryId;
  readonly repository: { readonly id: number; readonly name: string };
  readonly policy: LifecyclePolicy;
  readonly updated_ms: number;
  readonly evaluated_ms: number | null;
}

/**
 * Writes down what a policy did (PolicyExecutionEvent) or would do (DryRunEvent).
 * ECR: of 10 images or more it sends several events, and of each image 100 tags at most. (user guide, CloudTrail)
 */
export async function emitPolicyEvents(
  tx: Pick<Writer, "emit">,
  kind: "PolicyExecutionEvent" | "DryRunEvent",
  of: EventPolicy,
  images: readonly EventImage[],
  held: readonly HeldImage[] = [],
): Promise<void> {
  const { registry, repository } = of;
  const lifecycleEventPolicy = presentPolicy(of);
  for (let at = 0; at < images.length; at += EVENT_IMAGES_MAX) {
    const lifecycleEventImageActions = images.slice(at, at + EVENT_IMAGES_MAX).map(presentAction);
    const lifecycleEventFailureDetails = at === 0 ? held.map(presentFailure) : [];
    const detail = { lifecycleEventPolicy, lifecycleEventImageActions, lifecycleEventFailureDetails };
    await tx.emit({ kind, registry, detail: { repositoryName: repository.name, ...detail } });
  }
}

// ECR: the words and members of a PolicyExecutionEvent in the user guide's example; those of other rules follow their pattern.
const TAG_STATUSES = { any: "Any", untagged: "Untagged" } as const;
const COUNT_TYPES: Readonly<Record<Count["type"], string>> = {
  imageCountMoreThan: "Image count more than",
  sinceImagePushed: "Since image pushed",
  sinceImagePulled: "Since image pulled",
  sinceImageTransitioned: "Since image transitioned",
};

function presentPolicy({ repository, policy, updated_ms, evaluated_ms }: EventPolicy): object {
  const hex = createHash("sha256").update(`${repository.id} ${updated_ms}`).digest("hex");
  return {
    lifecycleEventRules: policy.rules.map(presentRule),
    lastEvaluatedAt: evaluated_ms ?? 0,
    policyVersion: 1,
    // The same for as long as the policy is the same.
    policyId: hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*/, "$1-$2-$3-$4-$5"),
  };
}

function presentRule({ priority, description, tags, count, action }: LifecycleRule): object {
  const texts = (kind: "prefix" | "pattern") =>
    typeof tags === "string" ? [] : tags.filter((it) => it.kind === kind).map((it) => it.text);
  const patterns = texts("pattern");
  return {
    rulePriority: priority,
    description,
    lifecycleEventSelection: {
      tagStatus: typeof tags === "string" ? TAG_STATUSES[tags] : "Tagged",
      tagPrefixList: texts("prefix"),
      tagPatternList: patterns.length === 0 ? undefined : patterns,
      countType: COUNT_TYPES[count.type],
      countNumber: count.type === "imageCountMoreThan" ? count.images : count.days,
    },
    action: action === "EXPIRE" ? "expire" : "transition",
  };
}

function presentAction({ digest, tags, pushed_ms, rule }: EventImage): object {
  const tagStatus = tags.length === 0 ? "Untagged" : "Tagged";
  return {
    lifecycleEventImage: { digest, tagStatus, tagList: tags.slice(0, EVENT_TAGS_MAX), pushedAt: pushed_ms },
    rulePriority: rule.priority,
  };
}

function presentFailure({ by, ...image }: HeldImage): object {
  return {
    ...presentAction(image),
    failureCode: "ImageReferencedByManifestList",
    failureReason: referencedByManifestList([by]),
  };
}
