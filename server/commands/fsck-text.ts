import { type Finding, FINDING_KINDS, type FindingKind, isHarmless } from "../layers/scrub/finding.ts";
import { visible } from "./visible.ts";

/** A finding, what became of it, and where it is. */
export interface Found {
  readonly finding: Finding;
  /** Undefined where nobody tried. */
  readonly repaired?: boolean | undefined;
  /** The ARN of its repository, where that is there. */
  readonly repository?: string | undefined;
}

/** What fsck counts, and the first findings of each kind. */
export interface Tally {
  readonly counts: Map<FindingKind, { found: number; repaired: number; readonly shown: Found[] }>;
}

/** Findings of a kind that are listed. */
const SHOWN_MAX = 20;

/** Adds a finding. Of each kind only the first are kept. */
export function count({ counts }: Tally, found: Found): void {
  const { kind } = found.finding;
  const entry = counts.get(kind) ?? { found: 0, repaired: 0, shown: [] };
  counts.set(kind, entry);
  entry.found++;
  if (found.repaired === true) entry.repaired++;
  if (entry.shown.length < SHOWN_MAX) entry.shown.push(found);
}

/** Whether anything was found that somebody has to know. */
export function isClean({ counts }: Tally): boolean {
  return [...counts.values()].every(({ shown: [first] }) => first === undefined || isHarmless(first.finding));
}

/** Counts, then each finding in a line, and what to do. */
export function tallyText(tally: Tally): string {
  const lines = [isClean(tally) ? "Nothing is wrong." : "Something is wrong."];
  for (const [kind, { found, repaired }] of tally.counts) {
    lines.push(
      `${String(found).padStart(9)}  ${FINDING_KINDS[kind].title}${repaired > 0 ? `, ${repaired} of them put right` : ""}`,
    );
  }
  for (const [kind, { found, repaired, shown }] of tally.counts) {
    lines.push("", `${FINDING_KINDS[kind].title}:`, ...shown.map(lineOf));
    if (found > shown.length) lines.push(`  and ${found - shown.length} more; --json lists them all`);
    if (repaired < found) lines.push(`  ${FINDING_KINDS[kind].remedy}`);
  }
  return `${lines.join("\n")}\n`;
}

function lineOf({ finding, repaired, repository }: Found): string {
  const { what, repository_id, detail } = finding;
  const where = repository ?? (repository_id === undefined ? undefined : `repository ${repository_id}`);
  const parts = [what, where && `in ${where}`, detail, repaired === true ? "(put right)" : undefined];
  return visible(`  ${parts.filter((it) => it !== undefined).join("  ")}`);
}

/** The same as a line of JSON. */
export function jsonOf({ finding, repaired, repository }: Found): string {
  const { kind, what, repository_id, detail } = finding;
  const { remedy } = FINDING_KINDS[kind];
  return JSON.stringify({
    kind,
    what,
    repositoryId: repository_id,
    repository,
    detail,
    harmless: isHarmless(finding),
    repaired,
    remedy,
  });
}
