import type { Readable } from "node:stream";
import { RegistryError } from "../../kernel/errors.ts";

/** How much of a body is gathered before it is handed on; a larger chunk is handed on as it came. */
export const BATCH_BYTES = 1024 * 1024;
/** A client that sends tiny chunks is not let to pile up objects that weigh more than their bytes. */
const BATCH_CHUNKS_MAX = 2_048;

export interface BodyBounds {
  readonly limit_bytes: number;
  readonly expected_bytes?: number | undefined;
  readonly signal: AbortSignal;
}

/** Takes a batch of a body. Returns nothing when more may come at once, else a promise for when it may. */
export type TakeBatch = (chunks: readonly Uint8Array[]) => Promise<void> | undefined;

/** Takes a chunk as soon as it is there, so that it need not be gathered. Returns "not now", or what a TakeBatch returns. */
export type TakeChunk = (chunk: Uint8Array) => Promise<void> | undefined | "not now";

/**
 * Reads a body to its end, in batches, and returns how many bytes it had. A body that is too long, too short, aborted or
 * broken throws a RegistryError, and is then left paused and not destroyed, so that the client can still be answered.
 */
export async function readBody(body: Readable, bounds: BodyBounds, take: TakeBatch, takeChunk?: TakeChunk): Promise<number> {
  if (bounds.signal.aborted) throw bounds.signal.reason;
  if (body.readableEnded) throw shortBody(0, bounds.expected_bytes);
  if (body.destroyed) throw abortedBody(body.errored);
  const reader = bodyReader(bounds, take, takeChunk);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let isOver = false;
  const onData = (chunk: Uint8Array) => {
    try {
      const wait = reader.add(chunk);
      if (wait === undefined) return;
      body.pause();
      wait.then(() => isOver || body.resume(), reject);
    } catch (error) {
      reject(error);
    }
  };
  const onError = (error: Error) => reject(abortedBody(error));
  const onClose = () => reject(abortedBody(undefined));
  const onAbort = () => reject(bounds.signal.reason);
  // Stays behind: a body that breaks after it was given up must not bring the process down.
  body.on("error", ignore);
  body.on("error", onError).on("close", onClose).on("end", resolve).on("data", onData);
  bounds.signal.addEventListener("abort", onAbort);
  try {
    await promise;
  } finally {
    isOver = true;
    bounds.signal.removeEventListener("abort", onAbort);
    body.off("error", onError).off("close", onClose).off("end", resolve).off("data", onData);
    if (!body.readableEnded) body.pause();
  }
  return await reader.end();
}

/** Counts and gathers. `add` is not called again before the promise that it returned has settled. */
function bodyReader(bounds: BodyBounds, take: TakeBatch, takeChunk: TakeChunk | undefined) {
  const bound_bytes = Math.min(bounds.limit_bytes, bounds.expected_bytes ?? Number.POSITIVE_INFINITY);
  let received_bytes = 0;
  let batch: Uint8Array[] = [];
  let batch_bytes = 0;
  let taking: Promise<void> | undefined;

  const flush = () => {
    const chunks = batch;
    batch = [];
    batch_bytes = 0;
    return chunks.length === 0 ? undefined : take(chunks);
  };
  return {
    add(chunk: Uint8Array): Promise<void> | undefined {
      received_bytes += chunk.length;
      if (received_bytes > bound_bytes) throw longBody(received_bytes, bounds);
      // Never past others that have come before it.
      const early = batch.length === 0 && takeChunk !== undefined ? takeChunk(chunk) : "not now";
      if (early !== "not now") {
        taking = early;
        return taking;
      }
      // Flushed before it would overflow, so that chunks of 64 kB make batches of exactly the size of a slab.
      const wait = batch_bytes + chunk.length > BATCH_BYTES || batch.length === BATCH_CHUNKS_MAX ? flush() : undefined;
      batch.push(chunk);
      batch_bytes += chunk.length;
      if (batch_bytes < BATCH_BYTES) taking = wait;
      else taking = wait === undefined ? flush() : wait.then(flush);
      return taking;
    },
    async end(): Promise<number> {
      // The end may be told while the last batch is still being taken.
      await taking;
      if (bounds.expected_bytes !== undefined && received_bytes < bounds.expected_bytes) {
        throw shortBody(received_bytes, bounds.expected_bytes);
      }
      await flush();
      return received_bytes;
    },
  };
}

function longBody(received_bytes: number, { limit_bytes, expected_bytes }: BodyBounds): RegistryError {
  return received_bytes > limit_bytes
    ? new RegistryError(
        "RequestEntityTooLargeException",
        `The body is larger than the ${limit_bytes} bytes that are allowed here.`,
      )
    : new RegistryError(
        "MalformedHttpRequestException",
        `The body is longer than the ${expected_bytes} bytes that were announced.`,
      );
}

function shortBody(received_bytes: number, expected_bytes: number | undefined): RegistryError {
  return new RegistryError(
    "MalformedHttpRequestException",
    `The body ended after ${received_bytes} bytes${expected_bytes === undefined ? "" : ` where ${expected_bytes} were announced`}.`,
  );
}

function abortedBody(cause: unknown): RegistryError {
  return new RegistryError("MalformedHttpRequestException", "The body was broken off before its end.", {}, { cause });
}

function ignore(): void {}
