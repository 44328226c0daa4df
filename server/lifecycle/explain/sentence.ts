import type { Verdict } from "../evaluate.ts";
import { ruleText } from "../rule-text.ts";

/** A verdict as a sentence or two for people; `used_ms` is when the image was last seen running. */
export function sentenceOf(verdict: Verdict, used_ms: number | null): string {
  const { action, because, by, rule } = verdict;
  const reason = rule === undefined ? "" : ` ${ruleText(rule)}`;
  switch (because) {
    case "unselected":
      return "Stays: no rule selects it.";
    case "due":
      return `${action === "EXPIRE" ? "Expires" : "Is archived"} with the next run.${reason}`;
    case "kept":
      return `${keptUntil(verdict)}${reason}`;
    case "follows":
      return action === undefined ? `Stays with ${by}, which it refers to.` : `Goes with ${by}, which it refers to.${reason}`;
    case "held":
      return `Stays while ${by} does, which needs it. By itself it would go.${reason}`;
    case "locked":
      return `Stays: the resource tag ${by} locks it. Else it would go.${reason}`;
    case "in-use":
      return `Stays: it is in use, last seen ${dayOf(used_ms)}. Else it would go.${reason}`;
  }
}

function keptUntil({ rule, due_ms, newer }: Verdict): string {
  if (due_ms !== undefined) return `Stays until ${minuteOf(due_ms)}.`;
  if (rule?.count.type !== "imageCountMoreThan" || newer === undefined) return "Stays.";
  const missing = rule.count.images - newer;
  return missing === 1 ? "Stays until one newer image comes." : `Stays until ${missing} newer images come.`;
}

function minuteOf(time_ms: number): string {
  return new Date(time_ms).toISOString().replace(/:\d\d\.\d+Z$/, "Z");
}

function dayOf(time_ms: number | null): string {
  return time_ms === null ? "lately" : `on ${new Date(time_ms).toISOString().slice(0, 10)}`;
}
