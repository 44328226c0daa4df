import { createHash, type Hash } from "node:crypto";
import { closeSync, constants, fstatSync, ftruncateSync, openSync, readSync, writeSync } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { DigestAlgorithm } from "../../kernel/names.ts";
import { hasRoomFor } from "../disk-reserve.ts";

/** The hash of a stage's first `size` bytes, going on. True only as long as the file is as this thread left it. */
interface Live {
  readonly algorithm: DigestAlgorithm;
  readonly size: number;
  readonly hash: Hash;
  readonly identity: string;
}

/** An append that is under way: `hash` has seen exactly the first `size` bytes of the file. */
export interface Append {
  readonly path: string;
  readonly algorithm: DigestAlgorithm;
  readonly fd: number;
  readonly offset: number;
  readonly before: Hash;
  readonly hash: Hash;
  size: number;
  /** Set by the first write that failed; nothing is appended any more after it. */
  failure?: unknown;
}

const LIVE_MAX = 256;
/** Hashed and then written while the bytes are still in the processor's cache. */
const PIECE_BYTES = 64 * 1024;
/** How much of a stage is read at once, and between two looks at the other stages' messages, when it is hashed again. */
const REREAD_BYTES = 4 * 1024 * 1024;

/**
 * Bytes come from another processor's cache or from memory. A copy fetches them far faster than hashing does, which is slowed
 * down by each line that it waits for: copying here first costs less than hashing and writing them where they are.
 */
const scratch = Buffer.allocUnsafeSlow(PIECE_BYTES);

const live = new Map<string, Live>();

/** Opens a stage to append at `offset`: forgets what lies behind, and hashes what lies before unless that hash is still live. */
export async function beginAppend(path: string, offset: number, algorithm: DigestAlgorithm): Promise<Append> {
  const fd = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  try {
    const known = live.get(path);
    const goesOn = known?.size === offset && known.algorithm === algorithm && known.identity === identityOf(fd);
    const before = goesOn ? known.hash : await hashFile(fd, offset, algorithm);
    if (fstatSync(fd).size > offset) ftruncateSync(fd, offset);
    return { path, algorithm, fd, offset, before, hash: before.copy(), size: offset };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

export function appendBytes(append: Append, bytes: Uint8Array): void {
  if ("failure" in append) return;
  try {
    // Here, where bytes become bytes on the disk: how many are on their way in this and other processes, nobody knows.
    if (!hasRoomFor(append.path, bytes.length)) throw Object.assign(new Error("only the reserve is left"), { code: "ENOSPC" });
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      const piece = scratch.subarray(0, Buffer.prototype.copy.call(bytes, scratch, 0, at, at + PIECE_BYTES));
      append.hash.update(piece);
      writeAll(append.fd, piece, append.size);
      append.size += piece.length;
    }
  } catch (error) {
    append.failure = error;
    // At once, and not when the body ends: others may be waiting for room on the disk.
    ftruncateSync(append.fd, append.offset);
    throw error;
  }
}

/** Closes the stage, with what was appended or without. Returns its size and digest now; throws if a write had failed. */
export function endAppend(append: Append, wanted: boolean): { size: number; hex: string } {
  const { path, algorithm, fd } = append;
  const keep = wanted && !("failure" in append);
  const hash = keep ? append.hash : append.before;
  const size = keep ? append.size : append.offset;
  try {
    if (!keep) ftruncateSync(fd, size);
    remember(path, { algorithm, size, hash, identity: identityOf(fd) });
  } finally {
    closeSync(fd);
  }
  if (wanted && !keep) throw append.failure;
  return { size, hex: hash.copy().digest("hex") };
}

/** The digest of the first `size` bytes of a file, in hex. */
export async function digestFile(path: string, size: number, algorithm: DigestAlgorithm): Promise<string> {
  const fd = openSync(path, "r");
  try {
    return (await hashFile(fd, size, algorithm)).digest("hex");
  } finally {
    closeSync(fd);
  }
}

export function forgetStage(path: string): void {
  live.delete(path);
}

async function hashFile(fd: number, size: number, algorithm: DigestAlgorithm): Promise<Hash> {
  const hash = createHash(algorithm);
  const buffer = Buffer.allocUnsafeSlow(Math.min(size, REREAD_BYTES));
  let at = 0;
  while (at < size) {
    const read_bytes = readSync(fd, buffer, 0, Math.min(buffer.length, size - at), at);
    if (read_bytes === 0) throw Object.assign(new Error("the stage is shorter than it should be"), { code: "LOST" });
    hash.update(buffer.subarray(0, read_bytes));
    at += read_bytes;
    await nextTurn();
  }
  return hash;
}

/** A write to a disk that is nearly full may be short before the next one fails. */
function writeAll(fd: number, bytes: Uint8Array, position: number): void {
  let written = 0;
  while (written < bytes.length) {
    written += writeSync(fd, bytes, written, bytes.length - written, position + written);
  }
}

/** Another process may have rewound the stage and written to it since; that moves these. */
function identityOf(fd: number): string {
  const { ino, size, ctimeNs } = fstatSync(fd, { bigint: true });
  return `${ino}/${size}/${ctimeNs}`;
}

function remember(path: string, entry: Live): void {
  live.delete(path);
  live.set(path, entry);
  if (live.size <= LIVE_MAX) return;
  const oldest = live.keys().next().value;
  if (oldest !== undefined) live.delete(oldest);
}
