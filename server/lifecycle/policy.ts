/** A lifecycle policy as it is worked with: its rules in the order in which they apply, defaults filled in. */
export interface LifecyclePolicy {
  /** The lowest `priority`, which is applied first, stands first. */
  readonly rules: readonly LifecycleRule[];
}

export interface LifecycleRule {
  readonly priority: number;
  readonly description: string | undefined;
  readonly tags: TagSelection;
  /** Of the images that it selects. */
  readonly storageClass: StorageClass;
  readonly count: Count;
  readonly action: LifecycleAction;
}

/** ECR: of several tests, each must be passed by at least one tag of an image. (user guide, lifecycle policies) */
export type TagSelection = "any" | "untagged" | readonly TagTest[];

export interface TagTest {
  /** A pattern covers the whole tag, and in it `*` stands for any characters. */
  readonly kind: "prefix" | "pattern";
  readonly text: string;
}

export type StorageClass = "STANDARD" | "ARCHIVE";
export type LifecycleAction = "EXPIRE" | "TRANSITION";

export type AgeType = "sinceImagePushed" | "sinceImagePulled" | "sinceImageTransitioned";
export type Count =
  | { readonly type: "imageCountMoreThan"; readonly images: number }
  | { readonly type: AgeType; readonly days: number };
