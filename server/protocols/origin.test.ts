import assert from "node:assert/strict";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { test } from "node:test";
import { type IpRange, parseIpRange } from "../policies/ip-range.ts";
import { originOf } from "./origin.ts";

const trusted: readonly IpRange[] = ["10.0.0.0/8", "fd00::/8"].map((it) => parseIpRange(it)).filter((it) => it !== undefined);
const PROXY = "10.0.0.1";

function request(remoteAddress: string, headers: IncomingHttpHeaders = {}): IncomingMessage {
  return { socket: { remoteAddress }, headers } as unknown as IncomingMessage;
}
const addressOf = (from: string, forwarded: string) => originOf(request(from, { "x-forwarded-for": forwarded }), trusted).address;

test("headers of a client that is no trusted proxy say nothing", () => {
  const headers = { "x-forwarded-for": "10.9.9.9", "x-forwarded-proto": "https", "x-longshore-source-vpce": "vpce-1" };
  assert.deepEqual(originOf(request("192.0.2.1", headers), trusted), { address: "192.0.2.1", secure: false });
  assert.deepEqual(originOf(request(PROXY, headers), []), { address: PROXY, secure: false });
});

test("the client is the nearest address that is not a proxy's, whatever it wrote before that", () => {
  assert.equal(addressOf(PROXY, "192.0.2.7"), "192.0.2.7");
  assert.equal(addressOf(PROXY, "10.1.2.3, 192.0.2.7, 10.0.0.2"), "192.0.2.7");
  assert.equal(addressOf(`::ffff:${PROXY}`, "198.51.100.1,2001:db8::1"), "2001:db8::1");
  assert.equal(addressOf("fd00::1", "10.0.0.5, 10.0.0.6"), "10.0.0.5");
});

test("what is no address ends the search", () => {
  assert.equal(addressOf(PROXY, "192.0.2.7, nonsense"), PROXY);
  assert.equal(addressOf(PROXY, "192.0.2.7, nonsense, 10.0.0.2"), "10.0.0.2");
  assert.equal(addressOf(PROXY, ""), PROXY);
});

test("a trusted proxy says whether the client came by TLS, and through which private network", () => {
  const headers = { "x-forwarded-proto": "https", "x-longshore-source-vpc": "vpc-1", "x-longshore-source-vpce": "vpce-1" };
  assert.deepEqual(originOf(request(PROXY, headers), trusted), { address: PROXY, secure: true, vpc: "vpc-1", vpce: "vpce-1" });
  const strange = { "x-forwarded-proto": "http", "x-longshore-source-vpc": "a b" };
  assert.deepEqual(originOf(request(PROXY, strange), trusted), { address: PROXY, secure: false });
});
