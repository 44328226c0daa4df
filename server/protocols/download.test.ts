import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import pino from "pino";
import { downloadUrl } from "../layers/download-url.ts";
import { bodyOf, sha } from "../testing/blobs-suite.ts";
import { testCall, testRegistry } from "../testing/call.ts";
import { app, openTestLayers, pushLayer } from "../testing/layers.ts";
import { createDownload } from "./download.ts";
import { createHosts } from "./hosts.ts";
import { createHttpServer } from "./http-server.ts";

const bytes = randomBytes(1000);
const digest = sha(bytes);

test("HEAD of a download URL has the headers that GET has, and a layer that the client holds is not sent again", async (t) => {
  await using it = await openTestLayers();
  await pushLayer(it.deps, testCall(), { name: app, digest, body: bodyOf(bytes), expected_bytes: bytes.length });
  await it.needLayer(app, digest);
  const hosts = createHosts({ hostSuffix: "localhost", ...testRegistry, port: 4510 });
  const download = createDownload(it.deps);
  const handler = createHttpServer({
    log: pino({ level: "silent" }),
    handler: (exchange) => download.handle(exchange, hosts.resolve(exchange.request.headers.host, false)),
  });
  const server = await handler.listen({ address: "127.0.0.1", port: 0 });
  t.after(() => server.close({ grace_ms: 0 }));
  const { pathname } = new URL(await downloadUrl(it.deps, testCall(), { name: app, digest }));
  const ask = (method: string, headers: Record<string, string> = {}) =>
    fetch(`http://127.0.0.1:${server.port}${pathname}`, { method, headers });

  const got = await ask("GET");
  assert.deepEqual(Buffer.from(await got.arrayBuffer()), bytes);
  const head = await ask("HEAD");
  const ofConnection = ["connection", "keep-alive", "date", "x-amzn-requestid"];
  const stable = ({ headers }: Response) => [...headers].filter(([name]) => !ofConnection.includes(name));
  assert.deepEqual(stable(head), stable(got));
  assert.equal(head.headers.get("docker-content-digest"), digest);
  for (const method of ["GET", "HEAD"]) assert.equal((await ask(method, { "if-none-match": `"${digest}"` })).status, 304);
  assert.equal((await ask("POST")).status, 405);
});
