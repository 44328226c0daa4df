import type { Clock } from "../../kernel/clock.ts";
import type { Blobs } from "../../platform/blobs/blobs.ts";
import type { Metadata } from "../../platform/metadata/metadata.ts";
import type { LayerDeps } from "../deps.ts";

/** What is wrong, how it is called in a list, and what to do about what could not be repaired. */
interface Kind {
  readonly title: string;
  readonly remedy: string;
  /** Comes and goes while a registry is used. */
  readonly isHarmless?: true;
}

/** All that fsck knows to look for. */
export const FINDING_KINDS = {
  "missing-bytes": {
    title: "layers whose bytes are not there",
    remedy: "Push an image that has the layer again, or get it from another registry with longshore heal.",
  },
  "damaged-bytes": {
    title: "layers whose bytes are not those of their digest",
    remedy: "Push an image that has the layer again, or get it from another registry with longshore heal.",
  },
  "known-damage": {
    title: "layers that are known to be damaged and wait for a push",
    remedy: "Push an image that has the layer again, get it with longshore heal, or delete the images that need it.",
  },
  "wrong-mark": { title: "layers whose mark of damage is not true", remedy: "Run longshore fsck --repair." },
  "wrong-size": { title: "layers of another size than their rows say", remedy: "Run longshore fsck --repair." },
  "unnamed-bytes": {
    title: "bytes that no layer names",
    remedy: "Garbage collection removes them when they are old enough.",
    isHarmless: true,
  },
  "missing-stage": {
    title: "uploads whose bytes are not there",
    remedy: "Clients begin them again; they end by themselves after --upload-lifetime.",
  },
  "stray-stage": {
    title: "staged bytes of no upload",
    remedy: "They are removed after --upload-lifetime.",
    isHarmless: true,
  },
  "stray-rows": { title: "repositories that are gone and have left rows", remedy: "Run longshore fsck --repair." },
  "wrong-body": {
    title: "manifests that do not have their digest",
    remedy: "Delete the image and push it again, or restore the database from a backup.",
  },
  "missing-layer": {
    title: "layers that a manifest needs and its repository does not have",
    remedy: "Delete the image and push it again.",
  },
  "missing-child": {
    title: "images that an index lists and its repository does not have",
    remedy: "Push the missing image again.",
  },
  "stray-part": { title: "parts of manifests that are not there", remedy: "Run longshore fsck --repair." },
  "stray-tag": { title: "tags of images that are not there", remedy: "Push the tag again, or delete it." },
  "wrong-tagged": {
    title: "images that are not listed as what they are, tagged or untagged",
    remedy: "Run longshore fsck --repair.",
  },
  "unrestorable-image": {
    title: "deleted images that cannot be brought back, for layers are missing",
    remedy: "Push the image again where it is needed.",
  },
} as const satisfies Record<string, Kind>;

export type FindingKind = keyof typeof FINDING_KINDS;

/** One thing that is wrong. */
export interface Finding {
  readonly kind: FindingKind;
  /** The digest, tag or id that it is about. */
  readonly what: string;
  readonly repository_id?: number | undefined;
  /** More, where there is more to say. */
  readonly detail?: string | undefined;
  /** Puts it right, where that can be done beside a running server, and returns whether it is right now. */
  readonly repair?: ((deps: RepairDeps) => Promise<boolean>) | undefined;
}

/** What looking needs: it changes nothing. */
export interface FsckDeps {
  readonly metadata: Pick<Metadata, "readGlobal">;
  readonly blobs: Blobs;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Whether the bytes of every layer are read. */
  readonly readBytes: boolean;
}

export type RepairDeps = LayerDeps & { readonly signal: AbortSignal };

/** Whether a finding is nothing to worry about. */
export function isHarmless({ kind }: Finding): boolean {
  const found: Kind = FINDING_KINDS[kind];
  return found.isHarmless === true;
}
