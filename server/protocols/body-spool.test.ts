import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempDisposable, readdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { createLogLines } from "../testing/log-lines.ts";
import { connectRaw, type RawClient } from "../testing/raw-client.ts";
import { type BodySpool, openBodySpool } from "./body-spool.ts";
import { createHttpServer } from "./http-server.ts";

const MIB = 1024 * 1024;

interface Scene {
  readonly folder: string;
  readonly spool: BodySpool;
  readonly url: string;
  connect(): Promise<RawClient>;
}

/** A server that sends back what it received by a spool of 4 MiB, and at most 3 MiB of one. */
async function serve(test: TestContext): Promise<Scene> {
  const folder = await mkdtempDisposable(join(tmpdir(), "longshore-receiving-"));
  test.after(() => folder.remove());
  // As one that was killed would have left it.
  await writeFile(join(folder.path, "left-behind"), "");
  const spool = await openBodySpool({ folder: folder.path, size_bytes_max: 4 * MIB });
  const server = createHttpServer({
    log: createLogLines().log,
    handler: async (exchange) => {
      await using spooled = await spool.receive(exchange, 3 * MIB);
      assert.deepEqual(await readdir(folder.path), [], "what is received has no name");
      const body = await spooled.read();
      assert.equal(spooled.size_bytes, body.length);
      exchange.reply(200, ["x-sha256", spooled.sha256], body);
    },
  });
  const listening = await server.listen({ address: "127.0.0.1", port: 0 });
  test.after(() => listening.close({ grace_ms: 0 }));
  const connect = async (): Promise<RawClient> => {
    const client = await connectRaw(listening.port);
    test.after(() => client[Symbol.asyncDispose]());
    return client;
  };
  return { folder: folder.path, spool, url: `http://127.0.0.1:${listening.port}/`, connect };
}

const headOf = (size_bytes: number): string => `POST / HTTP/1.1\r\nhost: x\r\ncontent-length: ${size_bytes}\r\n\r\n`;

test("a body comes back as it was sent, with its hash", async (t) => {
  const { url, folder } = await serve(t);
  assert.deepEqual(await readdir(folder), [], "what a dead process left is removed");
  const bytes = randomBytes(3 * MIB);
  for (const body of [bytes, bytes.subarray(0, 1), bytes.subarray(0, 0)]) {
    const answer = await fetch(url, { method: "POST", body });
    assert.equal(answer.headers.get("x-sha256"), createHash("sha256").update(body).digest("hex"));
    assert.ok(Buffer.from(await answer.arrayBuffer()).equals(body));
  }
});

test("a body over the limit is refused, announced or not", async (t) => {
  const { url, connect } = await serve(t);
  assert.equal((await fetch(url, { method: "POST", body: new Uint8Array(3 * MIB + 1) })).status, 413);
  const chunked = await connect();
  chunked.send("POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n");
  for (let sent = 0; sent <= 3; sent++) chunked.send(`100000\r\n${"x".repeat(MIB)}\r\n`);
  await chunked.until(/^HTTP\/1.1 413 /);
});

test("whoever holds on to the disk and sends no more gives way to others, and those who go give back what they had", async (t) => {
  const { url, connect } = await serve(t);
  const holding = await Promise.all([connect(), connect(), connect()]);
  for (const client of holding) client.send(headOf(3 * MIB) + "x".repeat(MIB));
  const post = async (): Promise<number> => (await fetch(url, { method: "POST", body: new Uint8Array(3 * MIB) })).status;
  // Until all of theirs is there: then each of these is faster than they are.
  for (let given = 0; given < 2; ) {
    assert.equal(await post(), 200);
    given = (await Promise.all(holding.map(hasAnswer))).filter(Boolean).length;
  }
  for (const client of holding) await client[Symbol.asyncDispose]();
  assert.equal(await post(), 200);
});

async function hasAnswer(client: RawClient): Promise<boolean> {
  const answer = client.until(/RequestTimeoutException|HTTP\/1.1 408 /).then(() => true);
  return Promise.race([answer, new Promise<boolean>((resolve) => setTimeout(resolve, 10, false))]);
}
