import type { IncomingMessage } from "node:http";
import { RegistryError } from "../kernel/errors.ts";
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
 * as soon as it passes the limit. Throws RequestEntityTooLargeException, or RequestAbortedException when the client goes.
 */
export async function readBody(exchange: HttpExchange, limit_bytes: number): Promise<Buffer> {
  const announced = Number(exchange.request.headers["content-length"] ?? 0);
  if (announced > limit_bytes) throw tooLarge(limit_bytes);
  const body = exchange.body();
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    body.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > limit_bytes) {
        chunks.length = 0;
        body.removeAllListeners("data");
        reject(tooLarge(limit_bytes));
      } else chunks.push(chunk);
    });
    body.on("end", () => resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, size)));
    body.on("error", (cause) => reject(aborted(cause)));
    // A body that was cut off before anybody listened has no error left to emit.
    if (body.destroyed && !body.readableEnded) reject(aborted(undefined));
  });
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
