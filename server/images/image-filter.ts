/** Which images a list is about. ECR: only ACTIVE ones unless a filter says otherwise. (API reference, DescribeImagesFilter) */
export interface ImageFilter {
  readonly tagStatus?: "TAGGED" | "UNTAGGED" | "ANY" | undefined;
  readonly imageStatus?: "ACTIVE" | "ARCHIVED" | "ACTIVATING" | "ANY" | undefined;
}

const STATUSES = ["ACTIVE", "ARCHIVED", "ACTIVATING"] as const;
export type ImageStatus = (typeof STATUSES)[number];

export function statusesOf(filter: ImageFilter): readonly ImageStatus[] {
  if (filter.imageStatus === "ANY") return STATUSES;
  return [filter.imageStatus ?? "ACTIVE"];
}

export function wantsTagged(filter: ImageFilter): boolean {
  return filter.tagStatus !== "UNTAGGED";
}

export function wantsUntagged(filter: ImageFilter): boolean {
  return filter.tagStatus !== "TAGGED";
}
