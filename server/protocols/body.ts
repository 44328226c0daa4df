import type { IncomingMessage } from "node:http";
import { RegistryError } from "../kernel/errors.ts";
import { BODY_TIME_S_MAX } from "../kernel/limits.ts";
import type { HttpExchange } from "./http.ts";

/**
 * The bytes of the body that are still to come: 0 when it is whole or there is none, Infinity when its length was not
 * announced.
 */
export function announcedBytes(request: IncomingMessage): number {
  if (request.complete) return 0;
  if (request.headers["transfer-encoding"] !== undefined) return Number.POSITIVE_INFINITY;
  return Number(request.headers["content-length"] ?? 0);
}

/**
 * Reads the whole body. A body that announces more than `limit_bytes` is refused before a byte of it is read, another one
 * as soon as it passes the limit. Throws RequestEntityTooLargeException, RequestTimeoutException for a body that is not whole in
 * time, or RequestAbortedException when the client goes.
 */
export async function readBody(exchange: HttpExchange, limit_bytes: number, time_s_max = BODY_TIME_S_MAX): Promise<Buffer> {
  const announced = Number(exchange.request.headers["content-length"] ?? 0);
  if (announced > limit_bytes) throw tooLarge(limit_bytes);
  const body = exchange.body();
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  // One buffer, and not a list of what arrived: a body in pieces of a byte each would take a hundred times its size.
  let bytes = Buffer.allocUnsafe(announced);
  let size = 0;
  // The listeners outlive the reading, and must not keep the bytes from being collected.
  const giveUp = (error: RegistryError): void => {
    body.removeAllListeners("data");
    bytes = Buffer.alloc(0);
    reject(error);
  };
  const finish = (): void => {
    resolve(bytes.subarray(0, size));
    bytes = Buffer.alloc(0);
  };
  body.on("data", (chunk: Buffer) => {
    const end = size + chunk.length;
    if (end > limit_bytes) return giveUp(tooLarge(limit_bytes));
    if (end > bytes.length) bytes = Buffer.concat([bytes], Math.min(limit_bytes, Math.max(2 * bytes.length, end)));
    chunk.copy(bytes, size);
    size = end;
  });
  body.on("end", finish);
  body.on("error", (cause) => reject(aborted(cause)));
  // A body that was cut off before anybody listened has no error left to emit, nor has one that the server gave up on.
  const { signal } = exchange;
  if (signal.aborted || (body.destroyed && !body.readableEnded)) giveUp(aborted(undefined));
  signal.addEventListener("abort", () => giveUp(aborted(undefined)));
  const timer = setTimeout(() => giveUp(tooSlow(time_s_max)), time_s_max * 1000);
  return promise.finally(() => clearTimeout(timer));
}

function tooSlow(time_s_max: number): RegistryError {
  return new RegistryError("RequestTimeoutException", `The request body was not whole after ${time_s_max} seconds.`);
}

function tooLarge(limit_bytes: number): RegistryError {
  return new RegistryError(
    "RequestEntityTooLargeException",
    `The request body is larger than the ${limit_bytes} bytes that are allowed here.`,
  );
}

function aborted(cause: unknown): RegistryError {
  return new RegistryError("RequestAbortedException", "The client went away before the request was whole.", {}, { cause });
}
