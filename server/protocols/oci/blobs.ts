import type { Digest } from "../../kernel/names.ts";
import { deleteLayer } from "../../layers/delete-layer.ts";
import { findLayer, openLayer } from "../../layers/find-layer.ts";
import type { ByteRange } from "../../platform/blobs/blobs.ts";
import { API_VERSION } from "./headers.ts";
import type { OciDeps } from "./deps.ts";
import { matchesEntityTag, parseRange } from "./parse-range.ts";
import { parseLayerDigest } from "./references.ts";
import type { RepositoryRequest } from "./route.ts";

/** GET of a blob: whole, or one range of it. */
export async function getBlob(deps: OciDeps, request: RepositoryRequest): Promise<void> {
  const { exchange, call, name } = request;
  const digest = parseLayerDigest(request.reference);
  await using blob = await openLayer(deps, call, { name, digest });
  const headers = headersOf(digest);
  const asked = exchange.request.headers;
  if (matchesEntityTag(asked["if-none-match"], entityTagOf(digest))) return exchange.reply(304, headers);
  const range = parseRange(isSame(asked["if-range"], digest) ? asked.range : undefined, blob.size);
  if (range === "unsatisfiable") return exchange.reply(416, [...API_VERSION, "Content-Range", `bytes */${blob.size}`]);

  const { response } = exchange;
  const part: ByteRange = range === "whole" ? { first: 0, last: blob.size - 1 } : range;
  headers.push("Content-Length", String(part.last - part.first + 1), "x-amzn-RequestId", exchange.requestId);
  if (range !== "whole") headers.push("Content-Range", `bytes ${part.first}-${part.last}/${blob.size}`);
  response.writeHead(range === "whole" ? 200 : 206, headers);
  if (blob.size > 0) await blob.sendTo(response, part, exchange.signal);
  response.end();
}

/** HEAD of a blob: its size, and that this repository has it. */
export async function headBlob(deps: OciDeps, request: RepositoryRequest): Promise<void> {
  const { exchange, call, name } = request;
  const digest = parseLayerDigest(request.reference);
  const { size } = await findLayer(deps, call, { name, digest });
  const headers = headersOf(digest);
  if (matchesEntityTag(exchange.request.headers["if-none-match"], entityTagOf(digest))) return exchange.reply(304, headers);
  exchange.reply(200, [...headers, "Content-Length", String(size)]);
}

/** DELETE of a blob that no manifest of the repository needs. */
export async function deleteBlob(deps: OciDeps, request: RepositoryRequest): Promise<void> {
  const { call, name } = request;
  await deleteLayer(deps, call, { name, digest: parseLayerDigest(request.reference) });
  request.exchange.reply(202, API_VERSION);
}

function headersOf(digest: Digest): string[] {
  return [
    "Content-Type",
    "application/octet-stream",
    "Docker-Content-Digest",
    digest,
    "Etag",
    entityTagOf(digest),
    "Accept-Ranges",
    "bytes",
    ...API_VERSION,
  ];
}

/** `If-Range`: a range is only wanted of the blob that the client already has a part of. A date is never ours. */
function isSame(ifRange: string | string[] | undefined, digest: Digest): boolean {
  return ifRange === undefined || ifRange === entityTagOf(digest);
}

function entityTagOf(digest: Digest): string {
  return `"${digest}"`;
}
