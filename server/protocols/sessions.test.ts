import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  GetCallerIdentityCommand,
  GetSessionTokenCommand,
  STSClient,
} from "@aws-sdk/client-sts";
import { addEntity } from "../iam/entities.ts";
import type { AccountId } from "../kernel/names.ts";
import { query } from "../platform/metadata/query.ts";
import { type AwsServer, startAwsServer } from "../testing/aws-server.ts";
import { exampleKey, openTestIdentity } from "../testing/identity.ts";
import { startOidcIssuer } from "../testing/oidc-issuer.ts";

const account = "000000000000" as AccountId;
const ROLE = `arn:aws:iam::${account}:role/deploy`;

const insertProvider = query<{ issuer: string; thumbprints: string }>()((db, p) =>
  db.insertInto("oidc_providers").values({
    account,
    issuer: p.issuer,
    client_ids: '["sts.amazonaws.com"]',
    thumbprints: p.thumbprints,
    created_ms: 0,
  }),
);

/** A server on which whoever has a token of the issuer may be the role `deploy`. */
async function openScene() {
  const issuer = await startOidcIssuer();
  const at = await openTestIdentity({ start_ms: Date.now() });
  const server = await startAwsServer({ test: at, operations: [] });
  const federated = { Federated: `arn:aws:iam::${account}:oidc-provider/${issuer.name}` };
  const Statement = [
    { Effect: "Allow", Principal: federated, Action: "sts:AssumeRoleWithWebIdentity" },
    { Effect: "Allow", Principal: "*", Action: "sts:AssumeRole" },
  ];
  const trust_policy = JSON.stringify({ Version: "2012-10-17", Statement });
  await at.metadata.writeGlobal(async (tx) => {
    await tx.run(insertProvider, { issuer: issuer.name, thumbprints: JSON.stringify([issuer.thumbprint]) });
    await addEntity(tx, account, { kind: "role", name: "deploy", path: "/", trust_policy }, at.clock.now());
  });
  const now_s = Math.floor(at.clock.now() / 1000);
  return {
    server,
    token: await issuer.sign({ sub: "repo:acme/app", aud: "sts.amazonaws.com", iat: now_s, exp: now_s + 600 }),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await issuer[Symbol.asyncDispose]();
    },
  };
}

const clientOf = (server: AwsServer, credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string }) =>
  new STSClient({ endpoint: server.endpoint, region: "us-east-1", credentials });

const FORM = ["Content-Type", "application/x-www-form-urlencoded"];

test("a token of CI becomes credentials without a signature, and those sign for themselves", async () => {
  await using at = await openScene();
  const unsigned = clientOf(at.server, exampleKey);
  const input = { RoleArn: ROLE, RoleSessionName: "ci", WebIdentityToken: at.token };
  const { Credentials } = await unsigned.send(new AssumeRoleWithWebIdentityCommand(input));
  const client = clientOf(at.server, {
    accessKeyId: Credentials?.AccessKeyId ?? "",
    secretAccessKey: Credentials?.SecretAccessKey ?? "",
    sessionToken: Credentials?.SessionToken ?? "",
  });
  const { Arn, UserId } = await client.send(new GetCallerIdentityCommand({}));
  assert.equal(Arn, `arn:aws:sts::${account}:assumed-role/deploy/ci`);
  assert.match(UserId ?? "", /^AROA[A-Z2-7]{17}:ci$/);
  const chained = await client.send(new AssumeRoleCommand({ RoleArn: ROLE, RoleSessionName: "next" }));
  assert.equal(chained.AssumedRoleUser?.Arn, `arn:aws:sts::${account}:assumed-role/deploy/next`);
  await assert.rejects(client.send(new GetSessionTokenCommand({})), {
    name: "AccessDenied",
    message: "Cannot call GetSessionToken with session credentials",
  });
  for (const it of [unsigned, client]) it.destroy();
});

test("a signature that is not needed does no harm, but must be right", async () => {
  await using at = await openScene();
  const body = new URLSearchParams({
    Action: "AssumeRoleWithWebIdentity",
    Version: "2011-06-15",
    RoleArn: ROLE,
    RoleSessionName: "ci",
    WebIdentityToken: at.token,
  }).toString();
  const headers = { "Content-Type": "application/x-www-form-urlencoded" };
  assert.equal((await at.server.sendSigned({ headers, body, service: "sts" })).status, 200);
  const wrong = await at.server.sendSigned({ headers, body, service: "sts", secretAccessKey: "x".repeat(40) });
  assert.match(wrong.text, /<Code>SignatureDoesNotMatch<\/Code>/);
  assert.equal((await at.server.send({ method: "POST", path: "/", rawHeaders: FORM, body })).status, 200);
  const found = await at.server.send({ method: "GET", path: `/?${body}`, rawHeaders: [] });
  assert.match(found.text, /<AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>ASIA/);
});

test("nothing else is done without a signature", async () => {
  await using at = await openScene();
  const bodies = [
    "Action=AssumeRole&Version=2011-06-15",
    "Action=AssumeRoleWithWebIdentity&Version=2010-05-08",
    "Action=AssumeRoleWithSAML&Version=2010-05-08",
    "Action=GetUser&Version=2010-05-08",
    "",
  ];
  for (const body of bodies) {
    const { status, text } = await at.server.send({ method: "POST", path: "/", rawHeaders: FORM, body });
    assert.equal(status, 403, body);
    assert.match(text, /<Code>MissingAuthenticationToken<\/Code>/, body);
  }
});

test("strangers may send no more than a token needs, and however many stall, others are heard", async () => {
  await using at = await openScene();
  const send = (body: string) => at.server.send({ method: "POST", path: "/", rawHeaders: FORM, body });
  assert.equal((await send("a".repeat(64 * 1024))).status, 403);
  assert.equal((await send("a".repeat(64 * 1024 + 1))).status, 413);
  const head = `POST / HTTP/1.1\r\nHost: localhost\r\n${FORM.join(": ")}\r\nContent-Length: ${64 * 1024}\r\n\r\n`;
  const stalling = Array.from({ length: 600 }, () => connect(at.server.port, "127.0.0.1").on("error", () => undefined));
  await Promise.all(stalling.map((it) => once(it.setNoDelay(), "connect")));
  const refused = Promise.race(stalling.map((it) => once(it, "data")));
  // More than all strangers may hold together.
  for (const it of stalling) it.write(head + "a".repeat(64 * 1024 - 1));
  // Those who came first are given up for those who come later.
  assert.match(String((await refused)[0]), /^HTTP\/1.1 408 /);
  const body = "Action=GetCallerIdentity&Version=2011-06-15";
  assert.equal((await send(body)).status, 403);
  const headers = { "Content-Type": "application/x-www-form-urlencoded" };
  assert.equal((await at.server.sendSigned({ headers, body, service: "sts" })).status, 200);
  for (const it of stalling) it.destroy();
});

test("what clients do not sign, and is not here, is not refused for want of a signature", async () => {
  await using at = await openScene();
  const body = "Action=AssumeRoleWithSAML&Version=2011-06-15";
  const { status, text } = await at.server.send({ method: "POST", path: "/", rawHeaders: FORM, body });
  assert.equal(status, 400);
  assert.match(text, /<Code>InvalidAction<\/Code><Message>Could not find operation AssumeRoleWithSAML for version 2011-06-15</);
});

test("a refusal of a web identity has STS's status and code", async () => {
  await using at = await openScene();
  const send = async (more: Record<string, string>): Promise<string> => {
    const parameters = {
      Action: "AssumeRoleWithWebIdentity",
      Version: "2011-06-15",
      RoleArn: ROLE,
      RoleSessionName: "ci",
      ...more,
    };
    const body = new URLSearchParams(parameters).toString();
    const { status, text } = await at.server.send({ method: "POST", path: "/", rawHeaders: FORM, body });
    return `${status} ${/<Code>(.*)<\/Code>/.exec(text)?.[1]}`;
  };
  assert.equal(await send({ WebIdentityToken: "none" }), "400 InvalidIdentityToken");
  assert.equal(await send({ WebIdentityToken: at.token, RoleArn: `${ROLE}2` }), "403 AccessDenied");
  assert.equal(await send({}), "400 ValidationError");
  assert.equal(await send({ WebIdentityToken: at.token, DurationSeconds: "3601" }), "400 ValidationError");
});
