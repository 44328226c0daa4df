import type { LifecycleRunRow } from "../../platform/metadata/space-schema.ts";
import type { Evaluation, Verdict } from "../evaluate.ts";
import type { LifecycleAction, LifecyclePolicy } from "../policy.ts";
import type { Begun } from "./begin-run.ts";
import type { Acting } from "./order.ts";

/** A run, and what it is to do. */
export interface Plan extends Begun {
  readonly run: LifecycleRunRow;
  readonly policy: LifecyclePolicy;
  readonly evaluation: Evaluation;
  /** What is due, as `orderGroups` makes it. */
  readonly groups: Readonly<Record<LifecycleAction, readonly (readonly Acting[])[]>>;
  /** What is due and has to stay. */
  readonly held: readonly Verdict[];
}

/** How far a run has come. */
export interface Progress {
  /** What it has removed or archived: nothing is expected of it any more. */
  readonly moved: Set<string>;
  /** Where in the list of witnesses the next look begins. */
  witness: number;
}
