import assert from "node:assert/strict";
import { once } from "node:events";
import { type Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type TestContext, test } from "node:test";
import { connect as connectTls } from "node:tls";
import { RegistryError } from "../kernel/errors.ts";
import { testCertificate } from "../testing/certificate.ts";
import { createLogLines, type LogLines } from "../testing/log-lines.ts";
import { connectRaw, type RawClient } from "../testing/raw-client.ts";
import { readBody } from "./body.ts";
import type { HttpHandler } from "./http.ts";
import { createHttpServer, type HttpServerOptions, type Listening } from "./http-server.ts";

const MIB = 1024 * 1024;
const GET = "GET /after HTTP/1.1\r\nhost: x\r\n\r\n";

interface Running extends LogLines {
  readonly server: Listening;
  connect(): Promise<RawClient>;
  fetch(path: string, init?: RequestInit): Promise<Response>;
}

/** A server with a handler, on a port of its own; gone when the test is over. */
async function serve(test: TestContext, handler: HttpHandler, options: Partial<HttpServerOptions> = {}): Promise<Running> {
  const logLines = createLogLines();
  const server = await createHttpServer({ handler, log: logLines.log, ...options }).listen({ address: "127.0.0.1", port: 0 });
  test.after(() => server.close({ grace_ms: 0 }));
  return {
    ...logLines,
    server,
    connect: async () => {
      const client = await connectRaw(server.port);
      test.after(() => client[Symbol.asyncDispose]());
      return client;
    },
    fetch: (path, init) => fetch(`http://127.0.0.1:${server.port}${path}`, init),
  };
}

const ok: HttpHandler = async (exchange) => exchange.reply(200, ["content-type", "text/plain"], `at ${exchange.path}`);
const echo: HttpHandler = async (exchange) => exchange.reply(200, [], await readBody(exchange, { limit_bytes: 10 * MIB }));
const refuse: HttpHandler = async (exchange) => exchange.reply(exchange.path === "/after" ? 200 : 403, [], "refused");

/** Until `lines` has as many: a line is written when the response is done, which a client may see a moment before. */
async function linesOf(running: Running, count: number): Promise<Running["lines"]> {
  while (running.lines.length < count) await new Promise((resolve) => setTimeout(resolve, 5));
  return running.lines;
}

test("a reply has its length and the request id, which the log has too", async (t) => {
  const running = await serve(t, ok);
  const response = await running.fetch("/a%2Fb?n=1");
  assert.equal(await response.text(), "at /a%2Fb");
  assert.match(
    response.headers.get("x-amzn-requestid") ?? "",
    /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  );
  assert.equal(response.headers.get("content-length"), "9");
  const [line] = await linesOf(running, 1);
  assert.equal(line?.["requestId"], response.headers.get("x-amzn-requestid"));
  assert.equal(line?.["status"], 200);
  assert.equal(line?.["path"], "/a%2Fb");
});

test("the log never has a header, an unknown parameter's value or a signed path", async (t) => {
  const running = await serve(t, ok);
  const secret = "s3cr3t";
  await running.fetch(`/x?X-Amz-Signature=${secret}&X-Amz-Security-Token=${secret}&%58-amz-signature=${secret}&${secret}&n=5`, {
    headers: { authorization: `Basic ${secret}`, cookie: secret },
  });
  await running.fetch(`/_layers/${secret}?x=${secret}`);
  const lines = await linesOf(running, 2);
  assert.ok(!JSON.stringify(lines).includes(secret));
  assert.equal(lines[0]?.["query"], "X-Amz-Signature***&X-Amz-Security-Token***&%58-amz-signature***&***&n=5");
});

test("a failure that nobody foresaw is logged once with its cause, and its text stays inside", async (t) => {
  const running = await serve(t, async () => {
    throw new Error("outer text", { cause: new Error("inner text") });
  });
  const response = await running.fetch("/x");
  assert.equal(response.status, 500);
  const text = await response.text();
  assert.match(text, /request id/);
  assert.ok(text.includes(response.headers.get("x-amzn-requestid") ?? "?") && !text.includes("outer"));
  const errors = (await linesOf(running, 2)).filter((line) => line["level"] === 50);
  assert.equal(errors.length, 1);
  assert.match(JSON.stringify(errors), /outer text.*inner text/);
});

test("a handler that answers nothing becomes a 500", async (t) => {
  const running = await serve(t, async () => {});
  assert.equal((await running.fetch("/x")).status, 500);
});

test("a failure in the middle of an answer breaks the connection off", async (t) => {
  const running = await serve(t, async ({ response }) => {
    response.writeHead(200, ["content-length", "100"]);
    response.write("half of it");
    throw new RegistryError("LayerNotFoundException", "gone");
  });
  await assert.rejects(async () => (await running.fetch("/x")).text());
});

test("HEAD gets the headers of the answer and no body", async (t) => {
  const running = await serve(t, ok);
  const client = await running.connect();
  client.send(`HEAD /x HTTP/1.1\r\nhost: x\r\n\r\n${GET}`);
  const text = await client.until(/at \/after/);
  assert.match(text, /content-length: 5\r\n/i);
  assert.ok(!text.includes("at /x"));
});

test("a 204 and a 304 announce no length", async (t) => {
  const running = await serve(t, async (exchange) => exchange.reply(Number(exchange.path.slice(1)), []));
  for (const status of [204, 304]) {
    const client = await running.connect();
    client.send(`GET /${status} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
    assert.doesNotMatch(await client.closed(), /content-length/i);
  }
});

test("after a small refused body the connection serves the next request", async (t) => {
  const running = await serve(t, refuse);
  const client = await running.connect();
  client.send(`POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\n${"x".repeat(50_000)}`);
  await client.until(/403 Forbidden/);
  client.send("x".repeat(50_000) + GET);
  await client.until(/200 OK/);
});

test("a large refused body gets its answer whole, and then the connection closes", async (t) => {
  const running = await serve(t, refuse);
  for (const framing of ["content-length: 50000000", "transfer-encoding: chunked"]) {
    const client = await running.connect();
    client.send(`POST / HTTP/1.1\r\nhost: x\r\n${framing}\r\n\r\n`);
    const chunk = Buffer.alloc(MIB, "x");
    for (let sent = 0; sent < 8 && !client.socket.destroyed; sent++) {
      client.send(framing.startsWith("t") ? Buffer.concat([Buffer.from("100000\r\n"), chunk, Buffer.from("\r\n")]) : chunk);
    }
    const text = await client.closed();
    assert.match(text, /403 Forbidden/);
    assert.match(text, /connection: close/);
    assert.ok(text.endsWith("refused"));
  }
});

test("a body that its reader gives up on does not cost the client its answer", async (t) => {
  const ways: Readonly<Record<string, (body: Readable) => unknown>> = {
    "/iterate": async (body) => {
      for await (const _ of body) break;
    },
    "/destroy": (body) => body.destroy(),
    "/fail": (body) => body.on("error", () => {}).destroy(new Error("enough")),
    "/pipeline": (body) =>
      pipeline(body, new Writable({ write: (_chunk, _encoding, done) => done(new Error("full")) })).catch(() => {}),
  };
  const running = await serve(t, async (exchange) => {
    await ways[exchange.path]?.(exchange.body());
    exchange.reply(exchange.path === "/after" ? 200 : 416, [], "no more");
  });
  for (const path of Object.keys(ways)) {
    const client = await running.connect();
    client.send(`PATCH ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: 400000\r\n\r\n${"x".repeat(200_000)}`);
    await client.until(/416.*no more/s);
    client.send("x".repeat(200_000) + GET);
    await client.until(/200 OK/);
  }
});

test("the body is asked for only when somebody wants it", async (t) => {
  const running = await serve(t, async (exchange) =>
    exchange.path === "/no" ? exchange.reply(401, [], "who?") : echo(exchange),
  );
  const head = (path: string): string => `POST ${path} HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 5\r\n\r\n`;
  const refused = await running.connect();
  refused.send(head("/no"));
  const text = await refused.closed();
  assert.match(text, /^HTTP\/1.1 401/);
  assert.match(text, /connection: close/);
  const accepted = await running.connect();
  accepted.send(head("/yes"));
  await accepted.until(/^HTTP\/1.1 100 Continue\r\n\r\n/);
  accepted.send("hello");
  await accepted.until(/200 OK.*hello$/s);
});

test("a body over the limit is refused, announced or not", async (t) => {
  const limited: HttpHandler = async (exchange) =>
    exchange.reply(200, [], String((await readBody(exchange, { limit_bytes: 10 })).length));
  const running = await serve(t, limited);
  assert.equal(await (await running.fetch("/", { method: "POST", body: "x".repeat(10) })).text(), "10");
  assert.equal((await running.fetch("/", { method: "POST", body: "x".repeat(11) })).status, 413);
  const client = await running.connect();
  client.send("POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n8\r\n12345678\r\n8\r\n12345678\r\n0\r\n\r\n");
  await client.until(/413/);
});

test("what is not fit for any protocol is refused before one sees it", async (t) => {
  const running = await serve(t, ok);
  const cases: readonly (readonly [string, RegExp])[] = [
    ["nonsense\r\n\r\n", /^HTTP\/1.1 400/],
    ["GET / HTTP/1.1\r\n\r\n", /^HTTP\/1.1 400/],
    ["GET / HTTP/1.1\r\nhost: a\r\nHost: b\r\n\r\n", /^HTTP\/1.1 400.*more than one Host/s],
    ["GET http://x/ HTTP/1.1\r\nhost: a\r\n\r\n", /^HTTP\/1.1 400.*begins with/s],
    [`GET /${"x".repeat(17_000)} HTTP/1.1\r\nhost: a\r\n\r\n`, /^HTTP\/1.1 414/],
    [`GET / HTTP/1.1\r\nhost: a\r\nx: ${"x".repeat(40_000)}\r\n\r\n`, /^HTTP\/1.1 431/],
    ["POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n", /^HTTP\/1.1 400/],
  ];
  for (const [request, expected] of cases) {
    const client = await running.connect();
    client.send(request);
    assert.match(await client.closed(), expected);
  }
});

test("a client that stops sending in the middle of a body gets a 408", async (t) => {
  const running = await serve(t, echo, { stall_ms: 50 });
  const client = await running.connect();
  client.send("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n12345");
  assert.match(await client.closed(), /^HTTP\/1.1 408/);
  const [line] = await linesOf(running, 1);
  assert.equal(line?.["error"], "RequestTimeoutException");
});

test("whoever reads a body that never becomes whole is told", async (t) => {
  const failed = Promise.withResolvers<unknown>();
  const reader: HttpHandler = async (exchange) =>
    failed.resolve(await readBody(exchange, { limit_bytes: MIB }).catch((error) => error.code));
  const client = await (await serve(t, reader, { stall_ms: 50 })).connect();
  client.send("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n12345");
  assert.equal(await failed.promise, "RequestAbortedException");
});

test("whoever begins to read after the server has given up is told at once", async (t) => {
  const failed = Promise.withResolvers<unknown>();
  const late: HttpHandler = async (exchange) => {
    await once(exchange.response, "close");
    failed.resolve(await readBody(exchange, { limit_bytes: MIB }).catch((error) => error.code));
  };
  const client = await (await serve(t, late, { stall_ms: 50 })).connect();
  client.send("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n");
  assert.equal(await failed.promise, "RequestAbortedException");
});

test("a body in many small pieces is read as it was sent", async (t) => {
  const running = await serve(t, echo);
  const client = await running.connect();
  const text = "0123456789".repeat(1_000);
  const pieces = Array.from(text, (it) => `1\r\n${it}\r\n`).join("");
  client.send(`POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n${pieces}0\r\n\r\n`);
  assert.ok((await client.until(/(0123456789){1000}$/)).endsWith(`\r\n\r\n${text}`));
});

test("an answer that takes us long is not the client's fault", async (t) => {
  const running = await serve(
    t,
    async (exchange) => {
      await new Promise((resolve) => setTimeout(resolve, 250));
      exchange.reply(200, [], "late");
    },
    { stall_ms: 50 },
  );
  assert.equal(await (await running.fetch("/")).text(), "late");
});

test("the signal says when the client has gone", async (t) => {
  const gone = Promise.withResolvers<void>();
  const running = await serve(t, async ({ signal }) => {
    signal.addEventListener("abort", () => gone.resolve());
    await gone.promise;
    throw new Error("cut off in the middle");
  });
  const client = await running.connect();
  client.send(GET);
  await new Promise((resolve) => setTimeout(resolve, 20));
  client.socket.destroy();
  await gone.promise;
  const [line] = await linesOf(running, 1);
  assert.equal(line?.["level"], 30);
  assert.equal(line?.["error"], "RequestAbortedException");
});

test("close lets a request end, and closes connections that wait for nothing", async (t) => {
  const started = Promise.withResolvers<void>();
  const proceed = Promise.withResolvers<void>();
  const running = await serve(t, async (exchange) => {
    if (exchange.path === "/slow") {
      started.resolve();
      await proceed.promise;
    }
    exchange.reply(200, [], "done");
  });
  const fresh = await running.connect();
  const idle = await running.connect();
  idle.send(GET);
  await idle.until(/done/);
  const busy = await running.connect();
  busy.send("GET /slow HTTP/1.1\r\nhost: x\r\n\r\n");
  await started.promise;
  const closing = running.server.close({ grace_ms: 5_000 });
  await Promise.all([fresh.closed(), idle.closed()]);
  await assert.rejects(running.fetch("/late"));
  proceed.resolve();
  assert.match(await busy.closed(), /done$/);
  await closing;
});

test("over TLS the exchange knows it, and close treats connections alike", async (t) => {
  const { authority, ...tls } = testCertificate();
  const running = await serve(t, async (exchange) => exchange.reply(200, [], exchange.origin.secure ? "secure" : "plain"), {
    tls,
  });
  const idle = connectTls({ host: "127.0.0.1", port: running.server.port, ca: authority, servername: "localhost" });
  const text = await new Promise((resolve) => {
    idle.on("data", (chunk: Buffer) => resolve(String(chunk)));
    idle.write(GET);
  });
  assert.match(String(text), /secure$/);
  const closed = once(idle, "close");
  await running.server.close({ grace_ms: 5_000 });
  await closed;
});

test("close does not wait longer than its grace", async (t) => {
  const running = await serve(t, () => new Promise(() => {}));
  const client = await running.connect();
  client.send(GET);
  await new Promise((resolve) => setTimeout(resolve, 20));
  await running.server.close({ grace_ms: 20 });
  assert.equal(await client.closed(), "");
});
