/** Buffers through which blobs are read, shared by all who read in this process. */
export interface Pieces {
  take(): Buffer;
  /** Gives a buffer back. Once only, and not while anybody may still read it. */
  give(piece: Buffer): void;
  /** Gives one up that somebody may go on reading, nobody knows how long. */
  lose(): void;
  /** How many have been taken, and neither given back nor lost. */
  taken(): number;
}

/** Half of it costs a tenth more for each byte, and twice as much is no faster. */
const PIECE_BYTES = 2 * 1024 * 1024;
const SMALL_PIECE_BYTES = 64 * 1024;
/** 64 MiB. Beyond that readers get small pieces, and need not wait for those whose clients are slow. */
const LARGE_PIECES_MAX = 32;
/** What is kept when nobody reads: 16 MiB. */
const IDLE_PIECES_MAX = 8;

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
    taken: () => taken,
  };
}
