import type { Peer } from "../peers/peer.ts";
import type { Content } from "./content.ts";
import { exchange, type Head, openConnection } from "./connection.ts";
import { prepare } from "./requests.ts";

/** What is needed of a registry to talk to it. */
export type Reachable = Pick<Peer, "port" | "headers">;

/** Pushes a layer as docker does: POST, one PATCH with everything, an empty PUT. */
export async function pushLayer(peer: Reachable, repository: string, content: Content): Promise<void> {
  const connection = await openConnection(peer.port);
  try {
    const begun = await exchange(connection, prepare("POST", `/v2/${repository}/blobs/uploads/`, peer.headers));
    const patch = prepare("PATCH", locationOf(begun.head, 202), `${peer.headers}${bodyHeaders(content.size)}`);
    const answered = exchange(connection, patch);
    answered.catch(() => {});
    for (const piece of content.pieces()) await connection.write(piece);
    const location = locationOf((await answered).head, 202);
    const query = `${location.includes("?") ? "&" : "?"}digest=${encodeURIComponent(content.digest)}`;
    const done = await exchange(connection, prepare("PUT", location + query, peer.headers));
    if (done.head.status !== 201) throw new Error(`The push was answered ${done.head.status}: ${done.body.toString()}`);
  } finally {
    connection.close();
  }
}

function bodyHeaders(size: number): string {
  return `Content-Type: application/octet-stream\r\nContent-Length: ${size}\r\n`;
}

function locationOf(head: Head, status: number): string {
  const location = head.header("location");
  if (head.status !== status || location === undefined) throw new Error(`The upload was answered ${head.status}.`);
  return location.replace(/^https?:\/\/[^/]+/, "");
}

/** Pulls a layer and counts it. With `check` each byte is held against the content; else its length only. */
export async function pullLayer(peer: Reachable, repository: string, content: Content, check: boolean): Promise<void> {
  const connection = await openConnection(peer.port);
  let received = 0;
  let wrong = false;
  const body = (chunk: Uint8Array, offset: number) => {
    received += chunk.length;
    if (check && !content.matches(chunk, offset)) wrong = true;
  };
  try {
    const request = prepare("GET", `/v2/${repository}/blobs/${content.digest}`, peer.headers);
    const head = await Promise.race([connection.failed, new Promise<Head>((done) => connection.send(request, { body, done }))]);
    if (head.status !== 200 || received !== content.size)
      throw new Error(`The pull was answered ${head.status} with ${received} bytes.`);
    if (wrong) throw new Error(`The pulled bytes are not those of ${content.digest}.`);
  } finally {
    connection.close();
  }
}
