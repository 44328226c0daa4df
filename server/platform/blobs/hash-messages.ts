import type { DigestAlgorithm } from "../../kernel/names.ts";

/** What a hash thread is asked. Each is answered once. */
export type HashQuestion =
  /** Open a stage to append at `offset`. */
  | { readonly kind: "append"; readonly path: string; readonly offset: number; readonly algorithm: DigestAlgorithm }
  /** Keep what was appended, or put the stage back to what it was. */
  | { readonly kind: "end"; readonly keep: boolean }
  /** Read on in a file that is open, and hash what is read; answers how many bytes that were. */
  | {
      readonly kind: "read";
      readonly fd: number;
      readonly at: number;
      readonly bytes: number;
      readonly algorithm: DigestAlgorithm;
    }
  /** The hash of all that this job has read. */
  | { readonly kind: "readEnd" }
  | { readonly kind: "digest"; readonly path: string; readonly size: number; readonly algorithm: DigestAlgorithm };

/** All that a hash thread is told. The messages of one job are handled in order. */
export type HashRequest =
  | { readonly job: number; readonly question: HashQuestion }
  /** Shared memory, which the thread may read until it answers `taken`. Only sent when the append has been answered. */
  | { readonly job: number; readonly bytes: Uint8Array }
  /** The stage has been committed or discarded. */
  | { readonly forget: string };

export type HashReply =
  | { readonly job: number; readonly kind: "done"; readonly size: number; readonly hex: string }
  | { readonly job: number; readonly kind: "failed"; readonly error: HashFailure }
  /** The bytes may be overwritten. With an error, the append can only be undone. */
  | { readonly job: number; readonly kind: "taken"; readonly error?: HashFailure };

/** `code` is that of the system call that failed, or `LOST` when the stage is shorter than it should be. */
export interface HashFailure {
  readonly code: string | undefined;
  readonly message: string;
}
