import type { IncomingMessage } from "node:http";
import { RegistryError } from "../kernel/errors.ts";
import { BODY_TIME_S_MAX } from "../kernel/limits.ts";
import type { HttpExchange } from "./http.ts";
import type { Intake } from "./intake.ts";

/**
 * The bytes of the body that are still to come: 0 when it is whole or there is none, Infinity when its length was not
 * announced.
 */
export function announcedBytes(request: IncomingMessage): number {
  if (request.complete) return 0;
  if (request.headers["transfer-encoding"] !== undefined) return Number.POSITIVE_INFINITY;
  return Number(request.headers["content-length"] ?? 0);
}

export interface ReadBodyOptions {
  readonly limit_bytes: number;
  /** By when it has to be whole. */
  readonly time_s_max?: number;
  /** What it takes room in with others, where nothing is known of its sender yet. */
  readonly intake?: Intake;
}

/**
 * Reads the whole body. A body that announces more than `limit_bytes` is refused before a byte of it is read, another one
 * as soon as it passes the limit. Throws RequestEntityTooLargeException, RequestTimeoutException for a body that is not whole in
 * time or has lost its room, or RequestAbortedException when the client goes.
 */
export async function readBody(exchange: HttpExchange, options: ReadBodyOptions): Promise<Buffer> {
  const { limit_bytes, time_s_max = BODY_TIME_S_MAX, intake } = options;
  const announced = checkAnnounced(exchange, limit_bytes);
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
  using incoming = intake?.begin(giveUp);
  body.on("data", (chunk: Buffer) => {
    if (incoming?.take(chunk.length) === false) return;
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
  const timer = setTimeout(() => giveUp(bodyTooSlow(time_s_max)), time_s_max * 1000);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}

/** How long the body is that is announced; 0 where nothing is. Throws RequestEntityTooLargeException before a byte of it is read. */
export function checkAnnounced({ request }: HttpExchange, limit_bytes: number): number {
  const announced = Number(request.headers["content-length"] ?? 0);
  if (announced > limit_bytes) throw tooLarge(limit_bytes);
  return announced;
}

/** What a client is told whose body was not whole in time. */
export function bodyTooSlow(time_s_max: number): RegistryError {
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
