import type { DeletionView } from "../images/deletions/list-deletions.ts";
import { visible } from "./visible.ts";

const TAGS_SHOWN_MAX = 8;
const SIZE_UNITS = ["bytes", "KiB", "MiB", "GiB", "TiB"];

/** A deletion as people read it: what, who, why, and how it is undone. */
export function deletionText(it: DeletionView): string {
  const lines = [`${timeOf(it.deletedAt)}  ${whatOf(it)}`, `  by ${it.deletedBy}`, ...reasonOf(it), undoOf(it)];
  return lines.map((line) => `${visible(line)}\n`).join("");
}

function whatOf({ deletionKind, repositoryName, imageDigest, imageTags = [], imageSizeInBytes }: DeletionView): string {
  if (deletionKind === "REPOSITORY") return `the repository ${repositoryName}`;
  if (deletionKind === "TAG") return `the tag ${repositoryName}:${imageTags[0]} of ${imageDigest}`;
  const shown = imageTags.slice(0, TAGS_SHOWN_MAX).join(", ");
  const more = imageTags.length > TAGS_SHOWN_MAX ? ` and ${imageTags.length - TAGS_SHOWN_MAX} more` : "";
  const tags = imageTags.length === 0 ? "untagged" : `${shown}${more}`;
  return `the image ${repositoryName}@${imageDigest} (${tags}; ${sizeOf(imageSizeInBytes ?? 0)})`;
}

function reasonOf({ deletionReason }: DeletionView): readonly string[] {
  if (deletionReason === undefined) return [];
  const { because, rulePriority, ruleDescription, runId, movedTo } = deletionReason;
  const lines = [`  ${because}${movedTo === undefined ? "" : ` It went to ${movedTo}.`}`];
  if (rulePriority !== undefined) {
    const rule = `rule ${rulePriority}${ruleDescription === undefined ? "" : ` (${ruleDescription})`}`;
    lines.push(`  ${rule}${runId === undefined ? "" : `, in the run ${runId}`}`);
  }
  return lines;
}

function undoOf({ deletionStatus, deletionId, restorableUntil = 0, restoredAt = 0 }: DeletionView): string {
  if (deletionStatus === "RESTORED") return `  brought back at ${timeOf(restoredAt)} (${deletionId})`;
  if (deletionStatus === "FINAL") return `  cannot be undone (${deletionId})`;
  return `  until ${timeOf(restorableUntil)}: longshore undo ${deletionId}`;
}

/** To the second, in UTC. */
function timeOf(time_s: number): string {
  return new Date(time_s * 1000).toISOString().replace("T", " ").slice(0, 19);
}

function sizeOf(size_bytes: number): string {
  let [size, unit] = [size_bytes, 0];
  for (; size >= 1024 && unit < SIZE_UNITS.length - 1; unit++) size /= 1024;
  return `${unit === 0 ? size : size.toFixed(1)} ${SIZE_UNITS[unit]}`;
}
