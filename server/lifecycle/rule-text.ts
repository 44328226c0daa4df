import { ARCHIVE_DAYS_MIN } from "../kernel/limits.ts";
import type { LifecycleRule } from "./policy.ts";

const ACTIONS = { EXPIRE: "expires", TRANSITION: "archives" } as const;

/** A rule as a sentence for people, such as `Rule 1 expires untagged images that were pushed more than 14 days ago.` */
export function ruleText(rule: LifecycleRule): string {
  const { priority, action, count } = rule;
  const head = `Rule ${priority} ${ACTIONS[action]}`;
  if (count.type === "imageCountMoreThan") {
    return `${head} ${selectionText(rule)} but for the ${count.images === 1 ? "newest" : `newest ${count.images}`}.`;
  }
  // ECR: nothing is deleted that has been in the archive for less than 90 days. (user guide, archive storage class)
  const days = count.type === "sinceImageTransitioned" ? Math.max(count.days, ARCHIVE_DAYS_MIN) : count.days;
  return `${head} ${selectionText(rule)} that were ${AGES[count.type]} more than ${days === 1 ? "a day" : `${days} days`} ago.`;
}

const AGES = {
  sinceImagePushed: "pushed",
  sinceImagePulled: "last pulled, or pushed if never pulled,",
  sinceImageTransitioned: "archived",
} as const;

function selectionText({ tags, storageClass }: LifecycleRule): string {
  const images = storageClass === "ARCHIVE" ? "archived images" : "images";
  if (tags === "any") return `all ${images}`;
  if (tags === "untagged") return `untagged ${images}`;
  return `${images} with tags ${tags.map(({ kind, text }) => (kind === "prefix" ? `${text}*` : text)).join(" and ")}`;
}
