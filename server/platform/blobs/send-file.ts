import type { FileHandle } from "node:fs/promises";
import type { BlobSink, ByteRange } from "./blobs.ts";
import { endsEarly } from "./disk-errors.ts";
import type { Pieces } from "./pieces.ts";

interface Read {
  readonly piece: Buffer;
  /** How many of its bytes are to be sent. */
  readonly length: number;
}

/**
 * Sends a range of a file. While a piece is sent the next ones are read. Resolves when the sink is done with the last one; throws
 * the sink's error or the signal's reason. Each piece is given back when the sink is done with it, or lost when it is not by then.
 */
export async function sendFile(
  pieces: Pieces,
  file: FileHandle,
  sink: BlobSink,
  { first, last }: ByteRange,
  signal: AbortSignal,
): Promise<void> {
  const sending = oneAtATime(pieces, sink, signal);
  const reading = readAhead(pieces, file, first, last);
  try {
    for (;;) {
      reading.begin();
      await sending.done();
      const read = await reading.next();
      if (read === undefined) return;
      if (signal.aborted) {
        pieces.give(read.piece);
        throw signal.reason;
      }
      sending.begin(read.piece, read.length);
    }
  } finally {
    await reading.close();
    sending.close();
  }
}

/** The reading half: pieces in their order. */
function readAhead(pieces: Pieces, file: FileHandle, first: number, last: number) {
  const reads: Promise<Read>[] = [];
  let at = first;
  return {
    /** Begins to read as much as it should be ahead. */
    begin(): void {
      while (at <= last && reads.length < pieces.ahead()) {
        const piece = pieces.take();
        const length = Math.min(piece.length, last + 1 - at);
        const read = readPiece(file, { piece, length }, at, last);
        // Whoever asks for it hears of it; if nobody does, something else has failed before.
        read.catch(() => pieces.give(piece));
        reads.push(read);
        at += length;
      }
    },
    /** The next piece, as soon as it is read; undefined when there are no more. */
    async next(): Promise<Read | undefined> {
      return await reads.shift();
    },
    /** Waits for reads that are under way: the kernel may still be writing into their pieces. */
    async close(): Promise<void> {
      const left = await Promise.allSettled(reads);
      for (const it of left) if (it.status === "fulfilled") pieces.give(it.value.piece);
    },
  };
}

/** Fills a piece from the file. Throws DamagedBlob where that ends before it should. */
async function readPiece(file: FileHandle, wanted: Read, at: number, last: number): Promise<Read> {
  let length = 0;
  while (length < wanted.length) {
    const { bytesRead } = await file.read(wanted.piece, length, wanted.length - length, at + length);
    if (bytesRead === 0) throw endsEarly(at + length, last + 1);
    length += bytesRead;
  }
  return wanted;
}

/** The sending half: `done` resolves when the piece that was begun is out, and throws if it will not be. */
function oneAtATime(pieces: Pieces, sink: BlobSink, signal: AbortSignal) {
  let sent: PromiseWithResolvers<void> | undefined;
  let inSink: Buffer | undefined;
  const onAbort = () => sent?.reject(signal.reason);
  signal.addEventListener("abort", onAbort);
  return {
    begin(piece: Buffer, length: number): void {
      const current = Promise.withResolvers<void>();
      // Whoever waits for it hears of it; if nobody does, something else has failed before.
      current.promise.catch(() => undefined);
      sent = current;
      inSink = piece;
      sink.write(length === piece.length ? piece : piece.subarray(0, length), (error) => {
        if (inSink === piece) pieces.give(piece);
        inSink = undefined;
        if (error === undefined || error === null) current.resolve();
        else current.reject(error);
      });
    },
    async done(): Promise<void> {
      signal.throwIfAborted();
      await sent?.promise;
    },
    close(): void {
      signal.removeEventListener("abort", onAbort);
      // A response that was waiting for its turn on a connection never says that it is done when the connection is gone.
      if (inSink !== undefined) pieces.lose();
      inSink = undefined;
    },
  };
}
