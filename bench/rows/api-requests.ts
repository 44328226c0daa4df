import { randomBytes } from "node:crypto";
import { pushSmallImage } from "../load/image.ts";
import { type PreparedRequest, runLoad } from "../load/requests.ts";
import type { Peer } from "../peers/peer.ts";
import { processorSeconds } from "../process-tree.ts";
import { below, type Context, type Row } from "../row.ts";

const CONNECTIONS = 16;
/** Of a worker, with the signature checked: more would be felt by those who poll. */
const DESCRIBE_CPU_MS = 0.4;
/** Signing costs the load more than answering costs the server, so requests are made before the clock starts. */
const PREPARED = 20_000;
const PREPARED_QUICK = 4_000;

/** Signed requests of the ECR API; those that write are durable when they are answered. */
export const apiRequests: readonly Row[] = [
  apiRequest("describe-small", "DescribeRepositories of one repository, signed", "memory", async (peer) => {
    await peer.createRepository("bench/one");
    return () => request(peer, "DescribeRepositories", { repositoryNames: ["bench/one"] });
  }),
  apiRequest("create-repository", "CreateRepository, signed, on disk", "disk", async (peer) => {
    const run = randomBytes(4).toString("hex");
    let made = 0;
    return () => request(peer, "CreateRepository", { repositoryName: `bench/${run}/r${made++}` });
  }),
  apiRequest("put-image", "PutImage, signed, on disk", "disk", async (peer) => {
    const image = await pushSmallImage(peer, "bench/api");
    let pushed = 0;
    return () => {
      const imageManifest = image.manifest(pushed).body.toString();
      return request(peer, "PutImage", { repositoryName: image.repository, imageManifest, imageTag: `v${pushed++}` });
    };
  }),
];

function apiRequest(
  name: string,
  work: string,
  storage: "memory" | "disk",
  arrange: (peer: Peer) => Promise<() => PreparedRequest>,
): Row {
  return {
    name,
    work: `${work}, ${CONNECTIONS} connections, 1 core`,
    figures: [
      { unit: "req/s", target: { of: "none" } },
      { unit: "ms CPU/req", target: name === "describe-small" ? below(DESCRIBE_CPU_MS) : { of: "none" } },
    ],
    start: { storage, pinned: true },
    alone: true,
    rounds: 3,
    measure: async (peer, context) => measureRate(peer, context, await arrange(peer)),
  };
}

async function measureRate(peer: Peer, { quick }: Context, make: () => PreparedRequest): Promise<readonly number[]> {
  const requests = Array.from({ length: quick ? PREPARED_QUICK : PREPARED }, make);
  const load = { port: peer.port, connections: CONNECTIONS, next: () => requests.pop() };
  await runLoad({ ...load, duration_s: quick ? 0.5 : 1 });
  const before_s = processorSeconds(peer.pid);
  const { requests: answered, duration_s } = await runLoad({ ...load, duration_s: quick ? 1 : 3 });
  const used_s = processorSeconds(peer.pid) - before_s;
  return [answered / duration_s, (used_s / answered) * 1e3];
}

function request(peer: Peer, operation: string, input: object): PreparedRequest {
  if (peer.signed === undefined) throw new Error(`${operation} needs the AWS API.`);
  return { bytes: peer.signed(operation, input), status: 200 };
}
