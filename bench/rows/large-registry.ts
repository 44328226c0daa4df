import { IMAGES, IMAGES_IN_LARGEST, LARGEST, REPOSITORIES } from "../fill.ts";
import { exchange, openConnection } from "../load/connection.ts";
import { prepare } from "../load/requests.ts";
import type { Peer } from "../peers/peer.ts";
import { below, type Row } from "../row.ts";
import { PAGE_SIZE, pages, repeated } from "./pages.ts";

const READY_MS = 1_000;

/** What a registry of 100,000 repositories and 1,000,000 images takes. */
export const largeRegistry: readonly Row[] = [
  ociList("tags", "tags/list of 100,000 tags", `/v2/${LARGEST}/tags/list`, "tags", IMAGES_IN_LARGEST),
  ociList("catalog", "catalog of 100,000 repositories", "/v2/_catalog", "repositories", REPOSITORIES),
  {
    name: "start",
    work: `start to ready with ${REPOSITORIES.toLocaleString("en")} repositories, ${IMAGES.toLocaleString("en")} images`,
    figures: [{ unit: "ms", target: below(READY_MS) }],
    start: { storage: "large" },
    alone: true,
    rounds: 5,
    measure: async (peer) => [peer.ready_ms],
  },
];

function ociList(name: string, work: string, path: string, field: string, count: number): Row {
  return { name, work: `${work}, ${PAGE_SIZE} a page`, ...pages(), measure: (peer) => timeList(peer, path, field, count) };
}

/** The first page again and again, as by then the server is warm; the whole list once by its links, every name counted once; then the last page. */
async function timeList(peer: Peer, path: string, field: string, count: number): Promise<readonly number[]> {
  const connection = await openConnection(peer.port);
  const seen = new Set<string>();
  const page = async (from: string) => {
    const begun = performance.now();
    const { head, body } = await exchange(connection, prepare("GET", from, peer.headers));
    const duration_ms = performance.now() - begun;
    if (head.status !== 200) throw new Error(`${from} was answered ${head.status}.`);
    return {
      duration_ms,
      names: JSON.parse(body.toString())[field] as string[],
      next: /<([^>]+)>/.exec(head.header("link") ?? "")?.[1],
    };
  };
  const first = `${path}?n=${PAGE_SIZE}`;
  try {
    const first_ms = await repeated(() => page(first));
    let last = first;
    let slowest_ms = 0;
    for (let next: string | undefined = first; next !== undefined; ) {
      last = next.replace(/^https?:\/\/[^/]+/, "");
      const it = await page(last);
      for (const each of it.names) seen.add(each);
      if (next !== first) slowest_ms = Math.max(slowest_ms, it.duration_ms);
      next = it.next;
    }
    if (seen.size !== count) throw new Error(`${path} named ${seen.size} of ${count}.`);
    return [first_ms, await repeated(() => page(last)), slowest_ms];
  } finally {
    connection.close();
  }
}
