import type { Operation } from "../../kernel/operation.ts";
import { type DecisionDeps, explainDecision } from "./explain-decision.ts";

/** Why something is denied, or allowed. Not AWS's. */
export function decisionOperations(deps: DecisionDeps): readonly Operation[] {
  return [explainDecision(deps)];
}
