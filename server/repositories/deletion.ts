import type { Clock } from "../kernel/clock.ts";
import { type QuotaDeps, quotaOf } from "../kernel/quotas.ts";

/** Why something went, beyond that somebody asked for it. It is shown to people. */
export interface DeletionReason {
  /** A sentence. */
  readonly because: string;
  /** Of a lifecycle policy: the rule that decided, and the run that did it. */
  readonly rulePriority?: number | undefined;
  readonly ruleDescription?: string | undefined;
  readonly runId?: string | undefined;
  /** Of a tag that was moved: the digest of the image that it went to. */
  readonly movedTo?: string | undefined;
}

/** One act of deleting, of one thing or of many: what its records say of it. */
export interface Deletion {
  /** The ARN of who deletes, or `lifecycle`. */
  readonly by: string;
  readonly reason: DeletionReason | undefined;
  readonly now_ms: number;
  /** Until when it can be undone; `now_ms` where it cannot. */
  readonly restorable_until_ms: number;
  /** When the records of it go. */
  readonly forget_ms: number;
}

/** A deletion that happens now, with the times that follow from the settings. To be made once for each batch. */
export function newDeletion(deps: QuotaDeps & { readonly clock: Clock }, by: string, reason?: DeletionReason): Deletion {
  const now_ms = deps.clock.now();
  return {
    by,
    reason,
    now_ms,
    restorable_until_ms: now_ms + quotaOf(deps, "undoWindow_s") * 1000,
    forget_ms: now_ms + quotaOf(deps, "deletionRecords_s") * 1000,
  };
}

/** Whether what it takes can be brought back later. */
export function isUndoable({ now_ms, restorable_until_ms }: Deletion): boolean {
  return restorable_until_ms > now_ms;
}
