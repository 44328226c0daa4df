import { RegistryError } from "../../kernel/errors.ts";
import {
  type Digest,
  type DigestAlgorithm,
  parseRepositoryName,
  type RepositoryName,
  repositoryArn,
} from "../../kernel/names.ts";
import { appendToUpload } from "../../layers/append-to-upload.ts";
import { cancelUpload as cancel } from "../../layers/cancel-upload.ts";
import { completeUpload } from "../../layers/complete-upload.ts";
import { findLayerSources, mountLayer } from "../../layers/mount-layer.ts";
import { expectLayer, putLayer } from "../../layers/put-layer.ts";
import { readUpload } from "../../layers/read-upload.ts";
import { startUpload as start } from "../../layers/start-upload.ts";
import { createOnPush } from "./create-on-push.ts";
import { API_VERSION, locationOf } from "./headers.ts";
import type { OciDeps } from "./deps.ts";
import { parseContentRange } from "../byte-range.ts";
import { parseLayerDigest } from "./references.ts";
import type { RepositoryRequest } from "./route.ts";

/** POST: begins an upload. */
export async function startUpload(deps: OciDeps, request: RepositoryRequest): Promise<void> {
  const algorithm = parseAlgorithm(request.parameters.get("digest-algorithm"));
  const { call, name } = request;
  const { uploadId } = await createOnPush(deps, request, (find) => start(deps, call, { name, algorithm, find }));
  request.exchange.reply(202, uploadHeaders(request, uploadId, 0));
}

/**
 * POST ?mount=: takes a layer from another repository, or from any when none is named. Whatever stands in the way, be it
 * that the layer is not there or that the caller may not read it, the answer is the same: an upload has begun.
 */
export async function mountBlob(deps: OciDeps, request: RepositoryRequest): Promise<void> {
  const { call, name } = request;
  const digest = parseLayerDigest(request.parameters.get("mount"));
  const from = await readableSources(deps, request, digest);
  const mounted =
    from.length > 0 && (await createOnPush(deps, request, (find) => mountLayer(deps, call, { name, digest, from, find })));
  if (!mounted) return startUpload(deps, request);
  request.exchange.reply(201, blobHeaders(request, digest));
}

/** The repository that a mount names, or those that have the layer when it names none: as far as the caller may read them. */
async function readableSources(
  deps: OciDeps,
  { call, parameters }: RepositoryRequest,
  digest: Digest,
): Promise<readonly RepositoryName[]> {
  const named = parameters.get("from");
  const sources = named === null ? await findLayerSources(deps, call, digest) : [parseRepositoryName(named)];
  const readable: RepositoryName[] = [];
  for (const source of sources) {
    if (source === undefined) continue;
    const ask = { action: "ecr:GetDownloadUrlForLayer", resource: repositoryArn(call.registry, source) };
    if ((await deps.authorizer.decide(call, ask)).allowed) readable.push(source);
  }
  return readable;
}

/** POST ?digest=: the whole blob in one request. */
export async function postBlob(deps: OciDeps, request: RepositoryRequest): Promise<void> {
  const { exchange, call, name } = request;
  const digest = parseLayerDigest(request.parameters.get("digest"));
  const expected = await createOnPush(deps, request, (find) => expectLayer(deps, call, { name, digest, find }));
  await putLayer(deps, call, expected, { body: exchange.body(), expected_bytes: contentLength(request) });
  exchange.reply(201, blobHeaders(request, digest));
}

/** PATCH: more of an upload; at a place that the client names, or simply the next bytes. */
export async function patchUpload(deps: OciDeps, request: RepositoryRequest): Promise<void> {
  const { exchange, call, name, reference: uploadId } = request;
  const { size } = await appendToUpload(deps, call, { name, uploadId, body: exchange.body(), ...placeOf(request) });
  exchange.reply(202, uploadHeaders(request, uploadId, size));
}

/** PUT: the upload is whole, maybe with its last chunk. */
export async function closeUpload(deps: OciDeps, request: RepositoryRequest): Promise<void> {
  const { exchange, call, name, reference: uploadId } = request;
  const digest = parseLayerDigest(request.parameters.get("digest"));
  const chunk = hasBody(request.exchange.request.headers) ? { body: exchange.body(), ...placeOf(request) } : {};
  await completeUpload(deps, call, { name, uploadId, digest, ...chunk });
  exchange.reply(201, blobHeaders(request, digest));
}

/** GET: how far an upload has come. */
export async function getUpload(deps: OciDeps, request: RepositoryRequest): Promise<void> {
  const { size } = await readUpload(deps, request.call, { name: request.name, uploadId: request.reference });
  request.exchange.reply(204, uploadHeaders(request, request.reference, size));
}

/** DELETE: forgets an upload. */
export async function cancelUpload(deps: OciDeps, request: RepositoryRequest): Promise<void> {
  await cancel(deps, request.call, { name: request.name, uploadId: request.reference });
  request.exchange.reply(204, API_VERSION);
}

/** Whether a request says that it carries a body of at least a byte. */
export function hasBody(headers: { "content-length"?: string | undefined; "transfer-encoding"?: string | undefined }): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

/** Where a chunk belongs and how long it is, as far as its headers say. */
function placeOf(request: RepositoryRequest): { offset?: number; expected_bytes?: number } {
  const expected_bytes = contentLength(request);
  const header = request.exchange.request.headers["content-range"];
  if (header === undefined) return expected_bytes === undefined ? {} : { expected_bytes };
  const { offset, length } = parseContentRange(header);
  if (expected_bytes !== undefined && expected_bytes !== length) {
    throw new RegistryError("InvalidLayerPartException", `The Content-Range '${header}' is not as long as the body.`);
  }
  return { offset, expected_bytes: length };
}

function contentLength(request: RepositoryRequest): number | undefined {
  const header = request.exchange.request.headers["content-length"];
  return header === undefined ? undefined : Number(header);
}

function uploadHeaders(request: RepositoryRequest, uploadId: string, size: number): readonly string[] {
  const location = locationOf(request, `blobs/uploads/${uploadId}`);
  // The specification has no word for an empty upload; `0-0` is what registries say.
  return ["Location", location, "Range", `0-${Math.max(size - 1, 0)}`, "Docker-Upload-Uuid", uploadId, ...API_VERSION];
}

function blobHeaders(request: RepositoryRequest, digest: string): readonly string[] {
  return ["Location", locationOf(request, `blobs/${digest}`), "Docker-Content-Digest", digest, ...API_VERSION];
}

function parseAlgorithm(text: string | null): DigestAlgorithm | undefined {
  if (text === null) return undefined;
  if (text === "sha256" || text === "sha512") return text;
  throw new RegistryError("InvalidLayerException", "The digest algorithm must be sha256 or sha512.");
}
