import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { test } from "node:test";
import { connect, createServer } from "node:tls";
import type { AddressInfo } from "node:net";
import { issueCertificate, makeAuthority } from "./certificates.ts";
import { addressBytes } from "./der.ts";

const NAMES = ["localhost", "127.0.0.1", "::1", "*.dkr.ecr.us-east-1.localhost"];

test("a certificate is signed by its authority and holds the names that it was asked for", () => {
  const authority = makeAuthority();
  const issued = new X509Certificate(issueCertificate(authority, NAMES).certificate);
  const issuer = new X509Certificate(authority.certificate);
  assert.ok(issuer.ca && !issued.ca);
  assert.ok(issued.checkIssued(issuer) && issued.verify(issuer.publicKey));
  for (const name of ["localhost", "000000000000.dkr.ecr.us-east-1.localhost"])
    assert.equal(issued.checkHost(name) !== undefined, true);
  for (const address of ["127.0.0.1", "::1"]) assert.equal(issued.checkIP(address), address);
  assert.equal(issued.checkHost("example.com"), undefined);
});

test("a client that trusts the authority shakes hands with a server that has the certificate", async () => {
  const authority = makeAuthority();
  const { certificate, key } = issueCertificate(authority, NAMES);
  const server = createServer({ cert: certificate, key }, (socket) => socket.end());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const socket = connect({
    host: "127.0.0.1",
    port,
    ca: authority.certificate,
    servername: "000000000000.dkr.ecr.us-east-1.localhost",
  });
  await once(socket, "secureConnect");
  assert.equal(socket.authorized, true);
  socket.destroy();
  server.close();
});

test("addresses become bytes", () => {
  assert.equal(addressBytes("10.0.0.255").toString("hex"), "0a0000ff");
  assert.equal(addressBytes("2001:db8::a:1").toString("hex"), "20010db80000000000000000000a0001");
  assert.equal(addressBytes("::").toString("hex"), "0".repeat(32));
});
