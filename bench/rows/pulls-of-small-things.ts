import { freshBytes, manifestRequest, pushBytes, pushManifest, pushSmallImage } from "../load/image.ts";
import { type PreparedRequest, prepare, runLoad } from "../load/requests.ts";
import type { Peer } from "../peers/peer.ts";
import { processorSeconds } from "../process-tree.ts";
import { atLeast, type Context, type Row } from "../row.ts";

const CONNECTIONS = 16;
const SMALL_BLOB_BYTES = 16 * 1024;
const RATIO = 10;

/** Requests that are answered from memory or with one look-up. */
export const smallPulls: readonly Row[] = [
  smallPull("manifest-get-tag", "manifest GET by tag", (it) => manifestPull(it, "GET", "tag")),
  smallPull("manifest-get-digest", "manifest GET by digest", (it) => manifestPull(it, "GET", "digest")),
  smallPull("manifest-head-tag", "manifest HEAD by tag", (it) => manifestPull(it, "HEAD", "tag")),
  smallPull("manifest-head-digest", "manifest HEAD by digest", (it) => manifestPull(it, "HEAD", "digest")),
  smallPull("blob-head", "blob HEAD", (it) => blobPull(it, "HEAD")),
  smallPull("blob-get-16k", "blob GET, 16 kB", (it) => blobPull(it, "GET")),
];

function smallPull(name: string, work: string, arrange: (peer: Peer) => Promise<PreparedRequest>): Row {
  return {
    name,
    work: `${work}, ${CONNECTIONS} connections, 1 core`,
    figures: [
      { unit: "req/s", target: atLeast(RATIO) },
      { unit: "µs CPU/req", target: { of: "none" } },
    ],
    start: { storage: "disk", pinned: true },
    rounds: 3,
    async measure(peer, context) {
      const request = await arrange(peer);
      return requestRate(peer, context, request);
    },
  };
}

async function requestRate(peer: Peer, { quick }: Context, request: PreparedRequest): Promise<readonly number[]> {
  const load = { port: peer.port, connections: CONNECTIONS, next: () => request };
  await runLoad({ ...load, duration_s: quick ? 0.5 : 1.5 });
  const before_s = processorSeconds(peer.pid);
  const { requests, duration_s } = await runLoad({ ...load, duration_s: quick ? 1 : 3 });
  const used_s = processorSeconds(peer.pid) - before_s;
  return [requests / duration_s, (used_s / requests) * 1e6];
}

async function manifestPull(peer: Peer, method: "GET" | "HEAD", by: "tag" | "digest"): Promise<PreparedRequest> {
  const image = await pushSmallImage(peer, "bench/small");
  const manifest = image.manifest(0);
  await pushManifest(peer, image.repository, "v1", manifest);
  const bytes = manifestRequest(peer, method, image.repository, by === "tag" ? "v1" : manifest.digest);
  return expecting(bytes, method, manifest.body);
}

async function blobPull(peer: Peer, method: "GET" | "HEAD"): Promise<PreparedRequest> {
  const repository = "bench/blob";
  const blob = freshBytes(SMALL_BLOB_BYTES);
  await peer.createRepository(repository);
  const digest = await pushBytes(peer, repository, blob);
  return expecting(prepare(method, `/v2/${repository}/blobs/${digest}`, peer.headers), method, blob);
}

function expecting(bytes: Buffer, method: "GET" | "HEAD", body: Buffer): PreparedRequest {
  return method === "GET" ? { bytes, status: 200, body } : { bytes, status: 200, announced_bytes: body.length };
}
