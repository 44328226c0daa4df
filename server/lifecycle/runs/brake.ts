import type { LifecycleRunRow } from "../../platform/metadata/space-schema.ts";

/**
 * A run that removes fewer images than this is not asked about, unless it leaves none: of three images two may go every day, and that is
 * a large share of them.
 */
export const BRAKE_IMAGES_MIN = 10;

/** What a run is about to do to a repository, with what it has done already where it was interrupted. */
export interface Extent {
  readonly images: number;
  readonly expiring: number;
}

/** How many images a run must have removed to be what this one is compared with: what goes from a few images says nothing of many. */
export function precedentMin({ expiring }: Extent): number {
  return Math.min(expiring, BRAKE_IMAGES_MIN);
}

/**
 * Whether a run has to stop and ask. It has to when it would remove more than `brake`, a share such as 0.25, of the images of a repository
 * and no run of it that was completed (`largest`, of those that removed `precedentMin`) has ever removed as large a share; undefined never
 * stops anything.
 */
export function mustAsk(
  brake: number | undefined,
  { images, expiring }: Extent,
  largest: Pick<LifecycleRunRow, "images" | "expired"> | undefined,
): boolean {
  if (brake === undefined || images === 0) return false;
  if (expiring < BRAKE_IMAGES_MIN && expiring < images) return false;
  const share = expiring / images;
  return share > brake && (largest === undefined || largest.expired / largest.images < share);
}
