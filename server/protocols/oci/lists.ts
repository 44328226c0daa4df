import { listReferrers, type ListReferrersInput } from "../../images/list-referrers.ts";
import { listTags } from "../../images/list-tags.ts";
import { OCI_INDEX } from "../../images/media-types.ts";
import type { Call } from "../../kernel/call.ts";
import { invalidParameter } from "../../kernel/errors.ts";
import { OCI_PAGE_SIZE_DEFAULT, OCI_REFERRERS_PAGE_SIZE, PAGE_SIZE_MAX } from "../../kernel/limits.ts";
import { listRepositoryNames } from "../../repositories/list-repositories.ts";
import { API_VERSION, linkToNext } from "./headers.ts";
import type { OciDeps } from "./deps.ts";
import { parseLayerDigest } from "./references.ts";
import type { RegistryRequest, RepositoryRequest } from "./route.ts";

const JSON_HEADERS = ["Content-Type", "application/json", ...API_VERSION];
/** Clients read at most 4 MiB of an index, so a page of referrers with large annotations ends early. */
const REFERRERS_BODY_BYTES_MAX = 3 * 1024 * 1024;
const REFERRERS_BATCH_SIZE = 50;
/** A filter that few pass ends a page early too. */
const REFERRERS_READS_MAX = 50;

/** GET tags/list: the tags in bytewise order. */
export async function getTags(deps: OciDeps, request: RepositoryRequest): Promise<void> {
  const { exchange, call, name, parameters } = request;
  const size = pageSize(parameters, OCI_PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX);
  const page = await listTags(deps, call, { name, size, ...after(parameters) });
  const link = linkTo(request, page.next, size);
  exchange.reply(200, [...JSON_HEADERS, ...link], JSON.stringify({ name, tags: page.items }));
}

/** GET _catalog: the names of the registry's repositories. */
export async function getCatalog(deps: OciDeps, request: RegistryRequest): Promise<void> {
  const { exchange, call, parameters } = request;
  const size = pageSize(parameters, OCI_PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX);
  const page = await listRepositoryNames(deps, call.registry, { size, ...after(parameters) });
  const link = linkTo(request, page.next, size);
  exchange.reply(200, [...JSON_HEADERS, ...link], JSON.stringify({ repositories: page.items }));
}

/** GET referrers: an index of the manifests whose subject is the digest, whether or not that is here itself. */
export async function getReferrers(deps: OciDeps, request: RepositoryRequest): Promise<void> {
  const { exchange, call, name, parameters } = request;
  const subject = parseLayerDigest(request.reference);
  const size = pageSize(parameters, OCI_REFERRERS_PAGE_SIZE, OCI_REFERRERS_PAGE_SIZE);
  // A plus sign that was not escaped was not meant as a blank: media types have none.
  const artifactType = parameters.get("artifactType")?.replaceAll(" ", "+") || undefined;
  const artifactTypes = artifactType === undefined ? undefined : [artifactType];
  const { descriptors, next } = await gatherReferrers(deps, call, { name, subject, size, artifactTypes, ...after(parameters) });
  const headers = ["Content-Type", OCI_INDEX, ...API_VERSION, ...linkTo(request, next, size, artifactType)];
  if (artifactType !== undefined) headers.push("OCI-Filters-Applied", "artifactType");
  exchange.reply(200, headers, `{"schemaVersion":2,"mediaType":"${OCI_INDEX}","manifests":[${descriptors.join(",")}]}`);
}

/** The descriptors of one answer (few or none when a filter passes few), and where the next begins. Reads few at a time, since they may be large. */
async function gatherReferrers(
  deps: OciDeps,
  call: Call,
  input: ListReferrersInput,
): Promise<{ descriptors: string[]; next?: string }> {
  const descriptors: string[] = [];
  let size_bytes = 0;
  let next = input.after;
  for (let reads = 0; reads < REFERRERS_READS_MAX && descriptors.length < input.size; reads++) {
    const wanted = Math.min(REFERRERS_BATCH_SIZE, input.size - descriptors.length);
    const page = await listReferrers(deps, call, { ...input, size: wanted, after: next });
    for (const { mediaType, digest, size, artifactType, annotations } of page.items) {
      const text = JSON.stringify({ mediaType, digest, size, artifactType, annotations });
      size_bytes += Buffer.byteLength(text);
      if (size_bytes > REFERRERS_BODY_BYTES_MAX && next !== undefined && descriptors.length > 0) return { descriptors, next };
      descriptors.push(text);
      next = digest;
    }
    if (page.next === undefined) return { descriptors };
    next = page.next;
  }
  return next === undefined ? { descriptors } : { descriptors, next };
}

/** `n`, cut to `most`. Throws InvalidParameterException when it is not a whole number. */
function pageSize(parameters: URLSearchParams, otherwise: number, most: number): number {
  const text = parameters.get("n");
  if (text === null) return otherwise;
  if (!/^[0-9]{1,15}$/.test(text)) throw invalidParameter("maxResults", "Member must be a whole number");
  return Math.min(Number(text), most);
}

function after(parameters: URLSearchParams): { after?: string } {
  const last = parameters.get("last");
  return last === null || last === "" ? {} : { after: last };
}

function linkTo(request: RegistryRequest, next: string | undefined, size: number, artifactType?: string): readonly string[] {
  if (next === undefined || size === 0) return [];
  return linkToNext(request.exchange.path, { n: String(size), last: next, artifactType, ns: request.namespace });
}
