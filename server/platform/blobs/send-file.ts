import { readSync } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { FileHandle } from "node:fs/promises";
import type { BlobSink, ByteRange } from "./blobs.ts";
import { endsEarly } from "./disk-errors.ts";
import type { Pieces } from "./pieces.ts";

interface Read {
  readonly piece: Buffer;
  /** How many of its bytes were read. Zero at the end of the file. */
  readonly length: number;
}

/** What is read at once stays in the processor's cache until it is sent. */
const PROMPT_BYTES = 512 * 1024;
const PROMPT_BYTES_IN_A_ROW = 2 * PROMPT_BYTES;
/** 1 GB a second: whoever reads faster has it in memory, or on a disk that is as good as that. */
const PROMPT_BYTES_PER_MS = 1_000_000;

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
  const read = createReader(pieces, file, last);
  let at = first;
  let reading: Promise<Read> | undefined = read(at);
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
      if (at <= last) reading = read(at);
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

/**
 * Reads piece after piece of a file. The first one is read on a thread of the pool; as long as reading is fast, the next ones are read
 * here and at once: handing bytes from one processor core to another costs more than reading them does. One slow read, and it is the
 * pool's turn again, so that a disk which makes its readers wait makes nobody else wait more than once.
 */
function createReader(pieces: Pieces, file: FileHandle, last: number): (at: number) => Promise<Read> {
  let isFast = false;
  let promptBytes = 0;
  return async (at) => {
    const piece = pieces.take();
    try {
      if (isFast && promptBytes >= PROMPT_BYTES_IN_A_ROW) {
        // A client that takes everything at once would keep the others from their turns.
        promptBytes = 0;
        await nextTurn();
      }
      const begun_ms = performance.now();
      const length = Math.min(piece.length, last + 1 - at, isFast ? PROMPT_BYTES : Number.POSITIVE_INFINITY);
      const bytesRead = isFast ? readSync(file.fd, piece, 0, length, at) : (await file.read(piece, 0, length, at)).bytesRead;
      if (isFast) promptBytes += bytesRead;
      isFast = bytesRead > (performance.now() - begun_ms) * PROMPT_BYTES_PER_MS;
      return { piece, length: bytesRead };
    } catch (error) {
      pieces.give(piece);
      throw error;
    }
  };
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
