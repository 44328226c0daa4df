import type { DecisionReport } from "../../policies/decision-report.ts";

/** What can be said of a request without knowing all that it would bring. */
export interface Verdict {
  readonly allowed: boolean;
  /** Condition keys that could change it, because a statement that is about just this asks for them and nobody has given them. */
  readonly dependsOn: readonly string[];
}

export function verdictOf({ decision, statements }: DecisionReport): Verdict {
  const about = statements.filter(({ matches: { principal, action, resource } }) => principal && action && resource);
  const asked = about.flatMap((it) => it.conditions).filter(({ given }) => given === undefined || given.length === 0);
  return { allowed: decision.allowed, dependsOn: [...new Set(asked.map((it) => it.key))] };
}
