import { IMAGES_RESTORED_MAX, MANIFESTS_PER_BATCH_BYTES_MAX, TAGS_PER_PAGE_MAX } from "../../kernel/limits.ts";
import type { Writer } from "../../platform/metadata/metadata.ts";
import type { RepositoryRow } from "../../platform/metadata/schema.ts";
import type { ImageDeps } from "../deps.ts";

/** Why one deletion of a batch could not be undone. The message is a sentence. */
export class Unrestorable extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** A batch inside its transaction. */
export interface Restoring {
  readonly deps: ImageDeps;
  readonly tx: Writer;
  readonly repository: RepositoryRow;
  readonly now_ms: number;
  /** The ARN of who restores. */
  readonly by: string;
  readonly room: Room;
}

/** How much a batch may still bring back: others wait while its transaction is open. */
export interface Room {
  /** Throws Unrestorable when there is no room for an image with a manifest of so many bytes. */
  takeImage(size_bytes: number): void;
  /** Throws Unrestorable when there is no room for so many tags. */
  takeTags(count: number): void;
}

export function newRoom(): Room {
  let [images, bytes, tags] = [IMAGES_RESTORED_MAX, MANIFESTS_PER_BATCH_BYTES_MAX, TAGS_PER_PAGE_MAX];
  const check = (left: number): void => {
    if (left >= 0) return;
    const text =
      "These are more images or tags than one request brings back. Ask for fewer, and for children before their index.";
    throw new Unrestorable("LimitExceeded", text);
  };
  return {
    takeImage(size_bytes) {
      images -= 1;
      bytes -= size_bytes;
      check(Math.min(images, bytes));
    },
    takeTags(count) {
      tags -= count;
      check(tags);
    },
  };
}
