import { readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fillGarbage, readCollection, startCollection } from "../garbage.ts";
import { type Connection, exchange, openConnection } from "../load/connection.ts";
import { freshBytes, manifestPush, manifestRequest, pushSmallImage, type SmallImage } from "../load/image.ts";
import { prepare } from "../load/requests.ts";
import { digestOf } from "../fill.ts";
import type { Peer } from "../peers/peer.ts";
import { below, type Row } from "../row.ts";

const LAYERS = 1_000_000;
const CLIENTS = 16;
const LAYER_BYTES = 4_000;
const REQUEST_MS_MAX = 100;
const QUIET_S = 5;
const POLL_MS = 100;

/** Garbage is collected while clients push and pull: what each of their requests takes. */
export const collecting: readonly Row[] = [
  {
    name: "collect",
    work: `${LAYERS.toLocaleString("en")} layers collected while ${CLIENTS} clients push and pull: requests p50, p99, slowest; p99 before; layers/s`,
    figures: [
      { unit: "ms", target: { of: "none" } },
      { unit: "ms", target: below(REQUEST_MS_MAX) },
      { unit: "ms", target: { of: "none" } },
      { unit: "ms", target: { of: "none" } },
      { unit: "layers/s", target: { of: "none" } },
    ],
    start: { storage: "memory", pinned: true },
    alone: true,
    rounds: 1,
    async measure(peer, { quick, data }) {
      const layers = quick ? LAYERS / 10 : LAYERS;
      const image = await pushSmallImage(peer, "bench/collecting");
      fillGarbage(data, layers);
      const quiet = await pushAndPull(peer, image, () => setTimeout(QUIET_S * 1000));
      startCollection(data);
      const busy = await pushAndPull(peer, image, async () => {
        while (readCollection(data) === undefined) await setTimeout(POLL_MS);
      });
      const collection = readCollection(data);
      if (collection?.layers !== layers) throw new Error(`${collection?.layers} of ${layers} layers were collected.`);
      requireNoGarbage(data);
      const duration_s = (collection.ended_ms - collection.started_ms) / 1000;
      return [quantile(busy, 0.5), quantile(busy, 0.99), quantile(busy, 1), quantile(quiet, 0.99), layers / duration_s];
    },
  },
];

/** Has clients push and pull until `until` resolves. Returns how long each of their requests took, in milliseconds. */
async function pushAndPull(peer: Peer, image: SmallImage, until: () => Promise<void>): Promise<Float64Array> {
  const taken: number[] = [];
  const stop = new AbortController();
  let pushed = Date.now();
  const client = async () => {
    const connection = await openConnection(peer.port);
    const ask = timed(connection, taken);
    while (!stop.signal.aborted) {
      const layer = freshBytes(LAYER_BYTES);
      const begun = await ask(prepare("POST", `/v2/${image.repository}/blobs/uploads/`, peer.headers), 202);
      const type = "Content-Type: application/octet-stream\r\n";
      const sent = await ask(prepare("PATCH", pathOf(begun.location), peer.headers + type, layer), 202);
      const digest = encodeURIComponent(digestOf(layer));
      await ask(prepare("PUT", `${pathOf(sent.location)}?digest=${digest}`, peer.headers), 201);
      const tag = `v${pushed}`;
      const manifest = image.manifest(pushed++);
      await ask(manifestPush(peer, image.repository, tag, manifest), 201);
      const pulled = await ask(manifestRequest(peer, "GET", image.repository, tag), 200);
      if (!pulled.body.equals(manifest.body)) throw new Error(`The manifest of ${tag} is another one.`);
      const bytes = await ask(prepare("GET", `/v2/${image.repository}/blobs/${digestOf(layer)}`, peer.headers), 200);
      if (!bytes.body.equals(layer)) throw new Error("The bytes of a layer are others.");
    }
    connection.close();
  };
  const clients = Promise.all(Array.from({ length: CLIENTS }, client));
  await Promise.race([until(), clients]);
  stop.abort();
  await clients;
  return Float64Array.from(taken).sort();
}

function timed(connection: Connection, taken: number[]) {
  return async (request: Buffer, status: number) => {
    const begun_ms = performance.now();
    const { head, body } = await exchange(connection, request);
    taken.push(performance.now() - begun_ms);
    if (head.status !== status) throw new Error(`A request was answered ${head.status}: ${body.toString()}`);
    return { location: head.header("location") ?? "", body };
  };
}

function pathOf(location: string): string {
  return location.replace(/^https?:\/\/[^/]+/, "");
}

function quantile(sorted: Float64Array, part: number): number {
  return sorted[Math.min(Math.floor(sorted.length * part), sorted.length - 1)] ?? Number.NaN;
}

/** What is left in the store is what the clients have pushed: 4 kB each, or a small config. */
function requireNoGarbage(data: string): void {
  const digest = digestOf("garbage 0").slice("sha256:".length);
  const left = readdirSync(join(data, "blobs", "sha256", digest.slice(0, 2)));
  if (left.includes(digest)) throw new Error("The bytes of a collected layer are still there.");
}
