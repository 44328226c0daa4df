import {
  DELETION_RECORDS_S,
  IN_USE_WINDOW_S,
  LAYER_SIZE_BYTES_MAX,
  PULL_THROUGH_RULES_MAX,
  TAGS_PER_IMAGE_MAX,
  UNDO_WINDOW_S,
  UPLOAD_LIFETIME_S,
} from "./limits.ts";

/**
 * The bounds that an operator may set; the others are constants in limits.ts. Infinity is no bound, and then nothing is counted.
 * Each is decided in the transaction that would exceed it, so requests that race cannot.
 */
export interface Quotas {
  /** Repositories in a registry. */
  readonly repositoriesMax: number;
  /** Images in a repository, without archived ones. */
  readonly imagesMax: number;
  /** Tags that name the same image. */
  readonly tagsPerImageMax: number;
  /** Pull-through cache rules in a registry. */
  readonly pullThroughRulesMax: number;
  /** The largest layer, in bytes. */
  readonly layerSizeBytesMax: number;
  /** When an upload that nobody touches is given up. */
  readonly uploadLifetime_s: number;
  /** For how long what was deleted can be brought back; 0: it cannot. */
  readonly undoWindow_s: number;
  /** For how long it is known who deleted what, and why; not shorter than the undo window. */
  readonly deletionRecords_s: number;
  /** For how long an image that a cluster has reported counts as in use. */
  readonly inUseWindow_s: number;
}

/** What holds where nobody has set anything: open where ECR's number is there for billing, ECR's where clients come to depend on it. */
const QUOTAS: Quotas = {
  repositoriesMax: Number.POSITIVE_INFINITY,
  imagesMax: Number.POSITIVE_INFINITY,
  tagsPerImageMax: TAGS_PER_IMAGE_MAX,
  pullThroughRulesMax: PULL_THROUGH_RULES_MAX,
  layerSizeBytesMax: LAYER_SIZE_BYTES_MAX,
  uploadLifetime_s: UPLOAD_LIFETIME_S,
  undoWindow_s: UNDO_WINDOW_S,
  deletionRecords_s: DELETION_RECORDS_S,
  inUseWindow_s: IN_USE_WINDOW_S,
};

/** What a function needs in order to know the quotas. */
export interface QuotaDeps {
  readonly quotas?: Partial<Quotas>;
}

/** One of the quotas, as it was set or by default. */
export function quotaOf({ quotas }: QuotaDeps, name: keyof Quotas): number {
  return quotas?.[name] ?? QUOTAS[name];
}
