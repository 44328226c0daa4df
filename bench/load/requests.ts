import { type Connection, openConnection } from "./connection.ts";

/** A request that is made ready once, and what its answer must be. */
export interface PreparedRequest {
  readonly bytes: Buffer;
  readonly status: number;
  /** Every byte of the answer; undefined when it is of no interest. */
  readonly body?: Buffer;
  /** HEAD: the Content-Length that must be announced. */
  readonly announced_bytes?: number;
}

export interface LoadResult {
  readonly requests: number;
  readonly duration_s: number;
}

export interface Load {
  readonly port: number;
  readonly connections: number;
  /** The next request, or undefined to end. */
  next(): PreparedRequest | undefined;
  /** It ends by then, too. */
  readonly duration_s: number;
}

/** Puts together the bytes of a request. `headers` are whole lines. */
export function prepare(method: string, path: string, headers: string, body: Buffer = Buffer.alloc(0)): Buffer {
  const length = body.length > 0 || method === "POST" || method === "PUT" ? `Content-Length: ${body.length}\r\n` : "";
  return Buffer.concat([Buffer.from(`${method} ${path} HTTP/1.1\r\nHost: localhost\r\n${headers}${length}\r\n`), body]);
}

/** Keeps every connection busy, one request after another, and holds each answer against what it must be. */
export async function runLoad(load: Load): Promise<LoadResult> {
  const connections = await Promise.all(Array.from({ length: load.connections }, () => openConnection(load.port)));
  const begun = performance.now();
  const end = begun + load.duration_s * 1000;
  let requests = 0;
  const count = () => {
    requests++;
    return performance.now() < end;
  };
  try {
    await Promise.all(connections.map((it) => Promise.race([it.failed, repeat(it, load.next, count)])));
  } finally {
    for (const it of connections) it.close();
  }
  return { requests, duration_s: (performance.now() - begun) / 1000 };
}

function repeat(connection: Connection, next: Load["next"], goesOn: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const step = () => {
      const request = next();
      if (request === undefined) return resolve();
      const expected = request.body;
      let wrong = false;
      connection.send(request.bytes, {
        bodiless: request.announced_bytes !== undefined,
        body(chunk, offset) {
          if (expected !== undefined && expected.compare(chunk, 0, chunk.length, offset, offset + chunk.length) !== 0)
            wrong = true;
        },
        done(head) {
          const lengthIsRight =
            request.announced_bytes === undefined
              ? expected === undefined || head.length === expected.length
              : head.header("content-length") === String(request.announced_bytes);
          if (head.status !== request.status || wrong || !lengthIsRight) {
            return reject(new Error(`A wrong answer, ${head.status}, to ${request.bytes.toString("latin1", 0, 120)}`));
          }
          if (goesOn()) step();
          else resolve();
        },
      });
    };
    step();
  });
}
