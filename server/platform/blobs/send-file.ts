import type { FileHandle } from "node:fs/promises";
import type { BlobSink, ByteRange } from "./blobs.ts";
import { endsEarly } from "./disk-errors.ts";
import type { Pieces } from "./pieces.ts";

interface Read {
  readonly piece: Buffer;
  /** How many of its bytes were read. Zero at the end of the file. */
  readonly length: number;
}

/**
 * Sends a range of a file. Two pieces at most are taken: one is read while the other is sent. Resolves when the sink is
 * done with the last one; throws the sink's error or the signal's reason. Each piece is given back when the sink is done with it,
 * or lost when it is not by then.
 */
export async function sendFile(
  pieces: Pieces,
  file: FileHandle,
  sink: BlobSink,
  { first, last }: ByteRange,
  signal: AbortSignal,
): Promise<void> {
  const sending = oneAtATime(pieces, sink, signal);
  let at = first;
  let reading: Promise<Read> | undefined = readPiece(pieces, file, at, last);
  try {
    while (reading !== undefined) {
      await sending.done();
      const { piece, length }: Read = await reading;
      reading = undefined;
      if (length === 0 || signal.aborted) {
        pieces.give(piece);
        signal.throwIfAborted();
        throw endsEarly(at, last + 1);
      }
      sending.begin(piece, length);
      at += length;
      if (at <= last) reading = readPiece(pieces, file, at, last);
    }
    await sending.done();
  } finally {
    // The kernel may still be writing into it.
    await reading?.then(
      ({ piece }) => pieces.give(piece),
      () => undefined,
    );
    sending.close();
  }
}

async function readPiece(pieces: Pieces, file: FileHandle, at: number, last: number): Promise<Read> {
  const piece = pieces.take();
  try {
    const { bytesRead } = await file.read(piece, 0, Math.min(piece.length, last + 1 - at), at);
    return { piece, length: bytesRead };
  } catch (error) {
    pieces.give(piece);
    throw error;
  }
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
