import { deleteLayer } from "../../layers/delete-layer.ts";
import { findLayer, openLayer } from "../../layers/find-layer.ts";
import { API_VERSION } from "./headers.ts";
import type { OciDeps } from "./deps.ts";
import { replyBlobHead, sendBlob } from "../send-blob.ts";
import { parseLayerDigest } from "./references.ts";
import type { RepositoryRequest } from "./route.ts";

/** GET of a blob: whole, or one range of it. */
export async function getBlob(deps: OciDeps, request: RepositoryRequest): Promise<void> {
  const { exchange, call, name } = request;
  const digest = parseLayerDigest(request.reference);
  await using blob = await openLayer(deps, call, { name, digest });
  await sendBlob(exchange, digest, blob, API_VERSION);
}

/** HEAD of a blob: its size, and that this repository has it. */
export async function headBlob(deps: OciDeps, request: RepositoryRequest): Promise<void> {
  const { exchange, call, name } = request;
  const digest = parseLayerDigest(request.reference);
  const { size } = await findLayer(deps, call, { name, digest });
  replyBlobHead(exchange, digest, size, API_VERSION);
}

/** DELETE of a blob that no manifest of the repository needs. */
export async function deleteBlob(deps: OciDeps, request: RepositoryRequest): Promise<void> {
  const { call, name } = request;
  await deleteLayer(deps, call, { name, digest: parseLayerDigest(request.reference) });
  request.exchange.reply(202, API_VERSION);
}
