import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { createServer, type RequestListener } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { testCertificate } from "../../testing/certificate.ts";
import { startHttpPeer } from "../../testing/http-peer.ts";
import { allowHostOf, mayReach, NOTHING_PRIVATE, parseEgressAllowance } from "./allowance.ts";
import { createEgress } from "./egress.ts";

const LOOPBACK = parseEgressAllowance("127.0.0.0/8, ::1") ?? NOTHING_PRIVATE;
const LIMITS = { timeout_ms: 2_000, size_bytes_max: 1_000 };

async function listen(server: ReturnType<typeof createServer>) {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const http = (answer: RequestListener) => listen(createServer(answer));
const refusal = (url: string, allowance = LOOPBACK, options: object = {}) =>
  createEgress(allowance)
    .fetch(new URL(url), { ...LIMITS, ...options })
    .then(
      ({ status }) => `answered ${status}`,
      ({ message }: Error) => message,
    );

test("addresses of loopback, of links and of private networks are closed, in any clothes", () => {
  const closed = ["127.0.0.1", "10.1.2.3", "172.31.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1"];
  const closedToo = [
    "::1",
    "::",
    "fe80::1",
    "fd00::1",
    "::ffff:127.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "ff02::1",
    "168.63.129.16",
    "192.88.99.1",
    "nothing",
  ];
  for (const address of [...closed, ...closedToo])
    assert.equal(mayReach(NOTHING_PRIVATE, "example.com", address), false, address);
  for (const address of ["1.1.1.1", "172.32.0.1", "2606:4700::1111"]) {
    assert.equal(mayReach(NOTHING_PRIVATE, "example.com", address), true, address);
  }
});

test("what is allowed is allowed by name, by address and by network, and nothing else is", () => {
  const allowance = parseEgressAllowance("Keycloak.internal,10.0.0.0/8,fd00::/8,192.168.1.1");
  assert.ok(allowance !== undefined);
  assert.ok(mayReach(allowance, "keycloak.internal", "127.0.0.1"));
  assert.ok(mayReach(allowance, "other", "10.255.0.1"));
  assert.ok(mayReach(allowance, "other", "fd12::1"));
  assert.ok(mayReach(allowance, "other", "192.168.1.1"));
  assert.ok(!mayReach(allowance, "other", "192.168.1.2"));
  assert.ok(!mayReach(allowance, "keycloak.internal.example", "127.0.0.1"));
  for (const text of ["", "a b", "10.0.0.0/33", "10.0.0.0/8/8", "*.internal", "https://x"]) {
    assert.equal(parseEgressAllowance(text), undefined, text);
  }
});

test("a document is fetched from where that is allowed", async () => {
  await using server = await http((_request, response) => response.end("{}"));
  const { status, body } = await createEgress(LOOPBACK).fetch(new URL(`http://127.0.0.1:${server.port}/x`), LIMITS);
  assert.deepEqual([status, body.toString()], [200, "{}"]);
});

test("nobody is asked who may not be, by address or by name", async () => {
  let asked = 0;
  await using server = await http((_request, response) => response.end(String(++asked)));
  assert.match(await refusal(`https://127.0.0.1:${server.port}/`, NOTHING_PRIVATE), /has no address that this server may reach/);
  assert.match(await refusal(`https://localhost:${server.port}/`, NOTHING_PRIVATE), /localhost.* has no address that/);
  assert.match(await refusal(`http://localhost:${server.port}/`, NOTHING_PRIVATE), /can be asked by HTTPS only/);
  assert.match(await refusal("file:///etc/passwd"), /can be asked by HTTPS only/);
  assert.equal(asked, 0);
});

test("a redirect is followed, and is checked as the first request is", async () => {
  const paths: Record<string, string> = { "/a": "/b", "/in": "http://169.254.169.254/latest/meta-data/", "/round": "/round" };
  await using server = await http(({ url = "" }, response) => {
    const location = paths[url];
    if (location === undefined) response.end("there");
    else response.writeHead(302, { location }).end();
  });
  const base = `http://127.0.0.1:${server.port}`;
  assert.equal(await refusal(`${base}/a`), "answered 200");
  assert.match(await refusal(`${base}/in`), /169.254.169.254 can be asked by HTTPS only/);
  assert.match(await refusal(`${base}/round`), /redirects more than 3 times/);
});

test("an answer that is too large or too late is not waited for", async () => {
  await using server = await http(({ url }, response) => {
    if (url === "/large") response.end("x".repeat(1_001));
    else if (url === "/slow") response.write("x");
  });
  const base = `http://127.0.0.1:${server.port}`;
  assert.match(await refusal(`${base}/large`), /larger than 1000 bytes/);
  assert.match(await refusal(`${base}/slow`, LOOPBACK, { timeout_ms: 100 }), /did not answer in time/);
  assert.match(await refusal(`${base}/never`, LOOPBACK, { timeout_ms: 100 }), /did not answer in time/);
});

test("a server that no authority vouches for is believed by a thumbprint of its certificate or its authority's, and by no other", async () => {
  const { authority, certificate, key } = testCertificate();
  await using server = await listen(
    createHttpsServer({ cert: certificate + authority, key }, (_request, response) => response.end("{}")),
  );
  const url = `https://localhost:${server.port}/`;
  const allowance = parseEgressAllowance("localhost") ?? NOTHING_PRIVATE;
  const thumbprint = (pem: string): string => new X509Certificate(pem).fingerprint.replaceAll(":", "").toLowerCase();
  const other = testCertificate();
  assert.match(await refusal(url, allowance), /cannot be reached/);
  assert.match(await refusal(url, allowance, { thumbprints: [thumbprint(other.authority)] }), /cannot be reached/);
  assert.equal(await refusal(url, allowance, { thumbprints: [thumbprint(authority)] }), "answered 200");
  assert.equal(await refusal(url, allowance, { thumbprints: [thumbprint(certificate).toUpperCase()] }), "answered 200");
});

test("a certificate that is sent along vouches for nothing that it has not signed, nor for another host", async () => {
  const [mine, theirs] = [testCertificate(), testCertificate()];
  const thumbprint = new X509Certificate(theirs.authority).fingerprint.replaceAll(":", "");
  await using server = await listen(
    createHttpsServer({ cert: mine.certificate + theirs.authority, key: mine.key }, (_request, response) => response.end("{}")),
  );
  const allowed = parseEgressAllowance("localhost,127.0.0.1") ?? NOTHING_PRIVATE;
  assert.match(await refusal(`https://localhost:${server.port}/`, allowed, { thumbprints: [thumbprint] }), /cannot be reached/);
  const own = new X509Certificate(mine.certificate).fingerprint.replaceAll(":", "");
  assert.match(await refusal(`https://127.0.0.1:${server.port}/`, allowed, { thumbprints: [own] }), /cannot be reached/);
});

test("what is large is read as it comes, for as long as it comes", async () => {
  const large = Buffer.alloc(1_000_000, "x");
  await using server = await startHttpPeer(({ url }, response) => {
    if (url === "/stalls") response.write(large);
    else if (url === "/large") response.end(large);
  });
  const egress = createEgress(LOOPBACK);
  const open = (path: string, signal = new AbortController().signal) =>
    egress.open(new URL(`http://127.0.0.1:${server.port}${path}`), { signal, idle_ms: 100 });
  const { status, body } = await open("/large");
  assert.deepEqual([status, Buffer.concat(await body.toArray())], [200, large]);
  const late = { name: "EgressError", message: /did not answer in time/ };
  await assert.rejects(open("/never"), late);
  await assert.rejects((await open("/stalls")).body.toArray(), late);
  await assert.rejects(open("/never", AbortSignal.abort(new Error("enough"))), { message: "enough" });
});

test("what was to be said to one host is not said to another, nor to the first one again when that comes back to it", async () => {
  await using other = await startHttpPeer((_request, response) => void response.writeHead(302, { location: back() }).end());
  await using first = await startHttpPeer(({ url }, response) => {
    if (url === "/again") response.writeHead(302, { location: "/away" }).end();
    else if (url === "/away") response.writeHead(302, { location: `http://127.0.0.1:${other.port}/` }).end();
    else response.end("there");
  });
  const back = () => `http://127.0.0.1:${first.port}/back`;
  const { signal } = new AbortController();
  const url = new URL(`http://127.0.0.1:${first.port}/again`);
  const { body } = await createEgress(LOOPBACK).open(url, { signal, idle_ms: 2_000, authorization: "Basic x" });
  assert.deepEqual(await body.toArray(), [Buffer.from("there")]);
  assert.deepEqual(first.asked, ["GET /again Basic x", "GET /away Basic x", "GET /back"]);
  assert.deepEqual(other.asked, ["GET /"]);
});

test("a host that an operator names is allowed whatever it resolves to, and no other is by that", () => {
  const allowance = allowHostOf(new URL("https://Peer.internal:5000/v2/"), NOTHING_PRIVATE);
  assert.ok(mayReach(allowance, "peer.internal", "10.0.0.1"));
  assert.ok(!mayReach(allowance, "other.internal", "10.0.0.1"));
  assert.ok(mayReach(allowHostOf(new URL("http://[::1]:5000"), NOTHING_PRIVATE), "::1", "::1"));
});
