import type { LifecycleRunRow } from "../../platform/metadata/space-schema.ts";
import type { RunStatus } from "./run-rows.ts";

/** A run as the operations answer it. Times are in seconds. */
export interface LifecycleRunView {
  readonly runId: string;
  readonly repositoryName: string;
  readonly status: RunStatus;
  readonly startedAt: number;
  readonly endedAt?: number;
  /** The images that the repository had, those that were to expire and to be archived, and those that were. */
  readonly imageCount: number;
  readonly expiringImageCount: number;
  readonly transitioningImageCount: number;
  readonly expiredImageCount: number;
  readonly transitionedImageCount: number;
  readonly requestedBy?: string;
  readonly approvedBy?: string;
  readonly statusReason?: string;
}

export function viewRun(row: LifecycleRunRow, repositoryName: string): LifecycleRunView {
  const status = row.status as RunStatus;
  const statusReason = row.error ?? (status === "HELD" ? heldReason(row) : undefined);
  return {
    runId: row.id,
    repositoryName,
    status,
    startedAt: row.started_ms / 1000,
    ...(row.ended_ms !== null && { endedAt: row.ended_ms / 1000 }),
    imageCount: row.images,
    expiringImageCount: row.expiring,
    transitioningImageCount: row.transitioning,
    expiredImageCount: row.expired,
    transitionedImageCount: row.transitioned,
    ...(row.asked_by !== null && { requestedBy: row.asked_by }),
    ...(row.approved_by !== null && { approvedBy: row.approved_by }),
    ...(statusReason !== undefined && { statusReason }),
  };
}

function heldReason({ expiring, images }: LifecycleRunRow): string {
  return `It would remove ${expiring} of ${images} images, a larger share than ever before, and waits until somebody approves that.`;
}
