import type { Digest } from "../kernel/names.ts";
import type { ByteRange, OpenBlob } from "../platform/blobs/blobs.ts";
import type { HttpExchange } from "./http.ts";
import { matchesEntityTag, parseRange } from "./byte-range.ts";

/** A blob's entity tag: its digest, since it never changes. */
function entityTagOf(digest: Digest): string {
  return `"${digest}"`;
}

/** Headers that every answer about a blob has. */
function blobHeaders(digest: Digest): string[] {
  return [
    "Content-Type",
    "application/octet-stream",
    "Docker-Content-Digest",
    digest,
    "Etag",
    entityTagOf(digest),
    "Accept-Ranges",
    "bytes",
  ];
}

/** Answers a HEAD of a blob, as a GET of the whole would be. `extra` are headers beside the usual ones. */
export function replyBlobHead(exchange: HttpExchange, digest: Digest, size: number, extra: readonly string[]): void {
  const headers = [...blobHeaders(digest), ...extra];
  if (matchesEntityTag(exchange.request.headers["if-none-match"], entityTagOf(digest))) return exchange.reply(304, headers);
  exchange.reply(200, [...headers, "Content-Length", String(size)]);
}

/** Answers a GET with a blob: whole, or the one range of it that was asked for. `extra` are headers beside the usual ones. */
export async function sendBlob(exchange: HttpExchange, digest: Digest, blob: OpenBlob, extra: readonly string[]): Promise<void> {
  const headers = [...blobHeaders(digest), ...extra];
  const asked = exchange.request.headers;
  if (matchesEntityTag(asked["if-none-match"], entityTagOf(digest))) return exchange.reply(304, headers);
  const range = parseRange(isSame(asked["if-range"], digest) ? asked.range : undefined, blob.size);
  if (range === "unsatisfiable") return exchange.reply(416, [...extra, "Content-Range", `bytes */${blob.size}`]);

  const { response } = exchange;
  const part: ByteRange = range === "whole" ? { first: 0, last: blob.size - 1 } : range;
  headers.push("Content-Length", String(part.last - part.first + 1), "x-amzn-RequestId", exchange.requestId);
  if (range !== "whole") headers.push("Content-Range", `bytes ${part.first}-${part.last}/${blob.size}`);
  response.writeHead(range === "whole" ? 200 : 206, headers);
  if (blob.size > 0) await blob.sendTo(response, part, exchange.signal);
  response.end();
}

/** `If-Range`: a range is only wanted of the blob that the client already has a part of. A date is never ours. */
function isSame(ifRange: string | string[] | undefined, digest: Digest): boolean {
  return ifRange === undefined || ifRange === entityTagOf(digest);
}
