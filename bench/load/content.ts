import { createHash, type Hash, randomBytes } from "node:crypto";

const BLOCK_BYTES = 16 * 1024 * 1024;
const PIECE_BYTES = 1024 * 1024;
const TAIL_BYTES = 64;

/** A large body that no one can compress or has seen before, made at the cost of its last 64 bytes. */
export interface Content {
  readonly size: number;
  readonly digest: string;
  /** Its bytes in order, in pieces of 1 MiB, none of them copied. */
  pieces(): Generator<Buffer>;
  /** Whether these are its bytes from `offset` on. */
  matches(chunk: Uint8Array, offset: number): boolean;
}

let block: Buffer | undefined;
const hashesWithoutTail = new Map<number, Hash>();

/** Different content for each call. All content shares random bytes up to its tail, so only the first of a size is hashed whole. */
export function makeContent(size: number): Content {
  block ??= randomBytes(BLOCK_BYTES);
  const shared = block;
  const tail = randomBytes(Math.min(TAIL_BYTES, size));
  const sharedBytes = size - tail.length;
  const hash = hashOfShared(shared, sharedBytes);
  return {
    size,
    digest: `sha256:${hash.copy().update(tail).digest("hex")}`,
    *pieces() {
      yield* piecesOfShared(shared, sharedBytes);
      yield tail;
    },
    matches(chunk, offset) {
      let at = 0;
      while (at < chunk.length) {
        const position = offset + at;
        const source = position < sharedBytes ? shared : tail;
        const start = position < sharedBytes ? position % BLOCK_BYTES : position - sharedBytes;
        const end = position < sharedBytes ? Math.min(BLOCK_BYTES, start + sharedBytes - position) : tail.length;
        const length = Math.min(chunk.length - at, end - start);
        if (length <= 0 || source.compare(chunk, at, at + length, start, start + length) !== 0) return false;
        at += length;
      }
      return true;
    },
  };
}

function hashOfShared(shared: Buffer, size: number): Hash {
  const known = hashesWithoutTail.get(size);
  if (known !== undefined) return known;
  const hash = createHash("sha256");
  for (const piece of piecesOfShared(shared, size)) hash.update(piece);
  hashesWithoutTail.set(size, hash);
  return hash;
}

function* piecesOfShared(shared: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < size; at += PIECE_BYTES) {
    const start = at % BLOCK_BYTES;
    yield shared.subarray(start, start + Math.min(PIECE_BYTES, size - at));
  }
}
