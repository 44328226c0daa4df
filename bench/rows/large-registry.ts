import { Readable } from "node:stream";
import { DescribeImagesCommand, type ECRClient } from "@aws-sdk/client-ecr";
import { IMAGES, IMAGES_IN_LARGEST, LARGEST, REPOSITORIES } from "../fill.ts";
import { exchange, openConnection } from "../load/connection.ts";
import { prepare } from "../load/requests.ts";
import type { Peer } from "../peers/peer.ts";
import { below, median, type Row } from "../row.ts";

const PAGE_SIZE = 1_000;
const PAGE_MS = 50;
const READY_MS = 1_000;
const REPEATS = 15;

/** What a registry of 100,000 repositories and 1,000,000 images takes. */
export const largeRegistry: readonly Row[] = [
  ociList("tags", "tags/list of 100,000 tags", `/v2/${LARGEST}/tags/list`, "tags", IMAGES_IN_LARGEST),
  {
    name: "describe-images",
    work: `DescribeImages among 100,000 images, ${PAGE_SIZE} a page`,
    ...pages(),
    async measure({ ecr }) {
      if (ecr === undefined) throw new Error("DescribeImages needs the AWS API.");
      return timeDescribeImages(ecr);
    },
  },
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

function pages(): Pick<Row, "figures" | "start" | "alone" | "rounds"> {
  return {
    figures: [
      { unit: "ms, first page", target: below(PAGE_MS) },
      { unit: "ms, last page", target: below(PAGE_MS) },
      { unit: "ms, slowest page", target: below(PAGE_MS) },
    ],
    start: { storage: "large" },
    alone: true,
    rounds: 1,
  };
}

/** Walks the whole list once by its links, and counts every name once; then the first and last page again and again. */
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
    return [await repeated(() => page(first)), await repeated(() => page(last)), slowest_ms];
  } finally {
    connection.close();
  }
}

async function timeDescribeImages(ecr: ECRClient): Promise<readonly number[]> {
  const clock = timeAnswers(ecr);
  const seen = new Set<string>();
  const page = async (nextToken: string | undefined) => {
    const output = await ecr.send(new DescribeImagesCommand({ repositoryName: LARGEST, maxResults: PAGE_SIZE, nextToken }));
    for (const it of output.imageDetails ?? []) seen.add(it.imageDigest ?? "");
    return { duration_ms: clock.last_ms(), next: output.nextToken };
  };
  let lastToken: string | undefined;
  let slowest_ms = 0;
  for (let it = await page(undefined); it.next !== undefined; slowest_ms = Math.max(slowest_ms, it.duration_ms)) {
    lastToken = it.next;
    it = await page(lastToken);
  }
  if (seen.size !== IMAGES_IN_LARGEST) throw new Error(`DescribeImages described ${seen.size} of ${IMAGES_IN_LARGEST}.`);
  return [await repeated(() => page(undefined)), await repeated(() => page(lastToken)), slowest_ms];
}

/** Times the client's exchanges from the signed request to the last byte of the answer, without its own parsing. */
function timeAnswers(ecr: ECRClient): { last_ms(): number } {
  let last_ms = 0;
  ecr.middlewareStack.add(
    (next) => async (request) => {
      const begun = performance.now();
      const output = await next(request);
      const response = output.response as { body: Readable };
      const pieces = await response.body.toArray();
      last_ms = performance.now() - begun;
      response.body = Readable.from(pieces);
      return output;
    },
    { step: "deserialize", priority: "low", name: "timeAnswers" },
  );
  return { last_ms: () => last_ms };
}

async function repeated(page: () => Promise<{ duration_ms: number }>): Promise<number> {
  const durations: number[] = [];
  for (let i = 0; i < REPEATS; i++) durations.push((await page()).duration_ms);
  return median(durations);
}
