import type { Readable } from "node:stream";
import type { Digest, DigestAlgorithm } from "../../kernel/names.ts";

/** An upload's bytes on their way in. The name is an upload id (a UUID), and nothing else. */
export type StageId = string;

/** What has been received of a stage: so many bytes, with this digest. */
export interface Staged {
  readonly size: number;
  readonly digest: Digest;
}

export interface AppendOptions {
  readonly algorithm: DigestAlgorithm;
  /** More bytes than this from the body are refused with RequestEntityTooLargeException; the stage is then as it was before. */
  readonly limit_bytes: number;
  /** What the client said that it would send; more or fewer bytes are refused with MalformedHttpRequestException. */
  readonly expected_bytes?: number | undefined;
  readonly signal: AbortSignal;
}

/** Inclusive on both ends, as in HTTP. Both lie within the blob. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/** An open blob. `size` is the whole blob's. Closing is safe to repeat. */
export interface OpenBlob extends AsyncDisposable {
  readonly size: number;
  /**
   * Sends the bytes of the range into `sink`, with back-pressure, and resolves when the last one is handed over. Does not end it.
   * Throws DamagedBlob where bytes are missing or cannot be read.
   */
  sendTo(sink: BlobSink, range: ByteRange, signal: AbortSignal): Promise<void>;
}

/** A blob as it lies in the store. */
export interface ListedBlob {
  readonly digest: Digest;
  readonly size: number;
  /** About when it came. */
  readonly stored_ms: number;
}

/** What a blob was found to be. */
export type Verified =
  | { readonly state: "missing" }
  | { readonly state: "sound"; readonly size: number }
  /** Its bytes are not those of its digest, or cannot be read. `why` is a sentence, and `version` what is then set aside. */
  | { readonly state: "damaged"; readonly why: string; readonly version: string };

export interface VerifyOptions {
  readonly signal: AbortSignal;
  /** With any other size it is damaged, and not read to find that out. */
  readonly size?: number | undefined;
  /** Waited for before each piece is read: it may take its time. */
  readonly pace?: ((bytes: number) => Promise<void>) | undefined;
}

/** A blob's bytes are not what they were. The message is a sentence. */
export class DamagedBlob extends Error {
  override readonly name = "DamagedBlob";
}

/** What became of blobs that were to be deleted: those that are in neither list have stayed. */
export interface Deletions {
  readonly deleted: readonly Digest[];
  /** Sentences, one for each blob. */
  readonly failures: readonly string[];
}

/** What bytes are sent to: the part of a Writable that sending needs. */
export interface BlobSink {
  /** True while more may be written at once. `done` is called when the bytes may be reused, with the error if they were not sent. */
  write(bytes: Uint8Array, done: (error?: Error | null) => void): boolean;
}

/**
 * Bytes by digest, and nothing else: that a blob is here says nothing about any repository. Bytes come first and rows
 * second, so a crash leaves an orphan for the collector and never a row without bytes.
 */
export interface Blobs extends AsyncDisposable {
  /**
   * Appends `body` to the stage at `offset`, making the stage when it is not there, and forgetting what lay behind
   * `offset` (a crash may have left some). Hashes while it streams: the digest returned is that of the whole stage.
   * Memory is constant whatever the size; a body that is an HTTP request loses its chunks as they are taken. What is returned has not been flushed: only `commit` promises that.
   */
  append(stage: StageId, offset: number, body: Readable, options: AppendOptions): Promise<Staged>;
  /** The digest of the first `size` bytes of a stage under another algorithm: reads them again. */
  digestOf(stage: StageId, size: number, algorithm: DigestAlgorithm): Promise<Digest>;
  /**
   * Makes the first `size` bytes of the stage the blob `digest`: flushed, renamed, folder flushed. The caller has verified the
   * digest. Safe to repeat, and when the blob is already there.
   */
  commit(stage: StageId, size: number, digest: Digest): Promise<void>;
  /**
   * Makes the first `size` bytes of a stage the caller's alone: whoever has it open from before, in whichever process, writes
   * into nothing from now on.
   */
  takeOver(stage: StageId, size: number): Promise<void>;
  /** Forgets a stage. Safe to repeat. */
  discard(stage: StageId): Promise<void>;
  /** The stages that are here, for the reaper. */
  stages(): AsyncIterable<{ readonly stage: StageId; readonly touched_ms: number }>;
  /** A blob to read from, or undefined when it is not here. Throws DamagedBlob where that shows at once. */
  open(digest: Digest): Promise<OpenBlob | undefined>;
  /**
   * The blobs that are here, in the order of their digests, from behind `after` on. One that comes or goes meanwhile may be
   * listed or not. Takes no more memory for more blobs than a 256th of their names.
   */
  list(after?: Digest): AsyncIterable<ListedBlob>;
  /** Reads a blob whole and compares it with its digest, in pieces and away from the thread that serves. */
  verify(digest: Digest, options: VerifyOptions): Promise<Verified>;
  /**
   * Takes a damaged blob out of the store and keeps it elsewhere, unless it is not the version that was verified. Returns
   * whether there is none now. Who reads it at that moment goes on.
   */
  setAside(digest: Digest, version: string): Promise<boolean>;
  /** Puts a blob back that was set aside, is not here, and turns out to be sound. Returns whether there was one. */
  putBack(digest: Digest, options: VerifyOptions): Promise<boolean>;
  /** A URL at which a client can fetch the blob itself, where the store has such. Lives for `lifetime_s`. */
  location?(digest: Digest, lifetime_s: number): Promise<string>;
  /** The blob's size, or undefined when it is not here. */
  size(digest: Digest): Promise<number | undefined>;
  /** Removes a blob. Safe to repeat. */
  delete(digest: Digest): Promise<void>;
  /**
   * Removes many blobs, away from the thread that serves. What it has not come to within `within_ms` stays as it is: a process
   * that has slept since takes nothing away that has been stored anew.
   */
  deleteWithin(digests: readonly Digest[], within_ms: number): Promise<Deletions>;
  /** Throws when the store cannot be read just now. For the readiness check. */
  check(): Promise<void>;
}
