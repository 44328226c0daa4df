import { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";

/**
 * Gives the memory of a body's chunk back at once, when it is not needed any more. Node makes a buffer for each chunk of a
 * request and leaves it to the garbage collector, which is in no hurry: a fast upload then walks through fresh memory all
 * the time, which costs more than receiving it does. Given back, the same few buffers are used again and again.
 */
export type ReleaseChunk = (chunk: Uint8Array) => void;

/** What may be done with the chunks of a body. Only those of an HTTP request are ours: whoever made another stream may still look at its chunks. */
export function releaseOf(body: Readable): ReleaseChunk {
  return body instanceof IncomingMessage ? release : keep;
}

function release({ buffer, byteLength }: Uint8Array): void {
  // A buffer of which this is but a slice belongs to others too.
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}

function keep(): void {}
