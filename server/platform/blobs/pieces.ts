/** Buffers through which blobs are read, shared by all who read in this process. */
export interface Pieces {
  take(): Buffer;
  /** Gives a buffer back. Once only, and not while anybody may still read it. */
  give(piece: Buffer): void;
  /** Gives one up that somebody may go on reading, nobody knows how long. */
  lose(): void;
  /** How many pieces a reader should be ahead of what it sends. */
  ahead(): number;
  /** How many have been taken, and neither given back nor lost. */
  taken(): number;
}

/** A third of it costs a fifth more for each byte, and more is no faster. */
const PIECE_BYTES = 3 * 1024 * 1024;
const SMALL_PIECE_BYTES = 64 * 1024;
/** 63 MiB. Beyond that readers get small pieces, and need not wait for those whose clients are slow. */
const LARGE_PIECES_MAX = 21;
/** What is kept when nobody reads: 24 MiB. */
const IDLE_PIECES_MAX = 8;
/** Who reads alone is two pieces ahead, and up to a tenth faster for it. Those who share the processors with others are not. */
const ALONE_PIECES_MAX = 4;

export function createPieces(): Pieces {
  const idle: Buffer[] = [];
  let taken = 0;
  return {
    take() {
      const piece = taken < LARGE_PIECES_MAX ? idle.pop() : undefined;
      const size_bytes = taken < LARGE_PIECES_MAX ? PIECE_BYTES : SMALL_PIECE_BYTES;
      taken++;
      return piece ?? Buffer.allocUnsafeSlow(size_bytes);
    },
    give(piece) {
      taken--;
      if (piece.length === PIECE_BYTES && idle.length < IDLE_PIECES_MAX) idle.push(piece);
    },
    lose: () => void taken--,
    ahead: () => (taken < ALONE_PIECES_MAX ? 2 : 1),
    taken: () => taken,
  };
}
