import assert from "node:assert/strict";
import { test } from "node:test";
import { openSession } from "../../identity/session-credentials.ts";
import { REPORT_BEARER_LENGTH_MAX } from "../../kernel/limits.ts";
import type { AccountId } from "../../kernel/names.ts";
import { query } from "../../platform/metadata/query.ts";
import { findDenial, listDenials } from "../../policies/denials/find-denial.ts";
import { testCall } from "../../testing/call.ts";
import { openTestIam, type TestIam } from "../../testing/iam.ts";
import { type OidcIssuer, startOidcIssuer } from "../../testing/oidc-issuer.ts";
import { addEntity } from "../entities.ts";
import { setIssuerKeys } from "../providers/set-issuer-keys.ts";

const account = "000000000000" as AccountId;
const ROLE = `arn:aws:iam::${account}:role/deploy`;
const STS = "sts.amazonaws.com";

const insertProvider = query<{ issuer: string; clients: string; thumbprints: string; keys: string | null }>()((db, p) =>
  db.insertInto("oidc_providers").values({
    account,
    issuer: p.issuer,
    client_ids: p.clients,
    thumbprints: p.thumbprints,
    keys: p.keys,
    created_ms: 0,
  }),
);

interface Scene extends AsyncDisposable {
  readonly iam: TestIam;
  readonly issuer: OidcIssuer;
  /** Claims of a token that is good for ten minutes from now on. */
  claims(more?: object): Record<string, unknown>;
  /** What comes of calling with a token, and what else is sent. */
  assume(token: string, more?: object): Promise<any>;
  refusal(token: string, more?: object): Promise<{ name: string; message: string }>;
}

/** An issuer that the account has registered, and a role that its tokens for one subject may assume. */
async function openScene({
  sub = "repo:acme/app:ref:refs/heads/main",
  statement = {},
  path = "",
  alg = "RS256",
  keys = false,
} = {}): Promise<Scene> {
  const iam = await openTestIam();
  const issuer = await startOidcIssuer({ path, alg });
  const provider = {
    issuer: issuer.name,
    clients: JSON.stringify([STS]),
    thumbprints: JSON.stringify([issuer.thumbprint]),
    keys: keys ? JSON.stringify(await issuer.keys()) : null,
  };
  const trust = {
    Effect: "Allow",
    Principal: { Federated: `arn:aws:iam::${account}:oidc-provider/${issuer.name}` },
    Action: "sts:AssumeRoleWithWebIdentity",
    Condition: { StringEquals: { [`${issuer.name}:sub`]: sub, [`${issuer.name}:aud`]: STS } },
    ...statement,
  };
  const trust_policy = JSON.stringify({ Version: "2012-10-17", Statement: [trust] });
  await iam.metadata.writeGlobal(async (tx) => {
    await tx.run(insertProvider, provider);
    await addEntity(tx, account, { kind: "role", name: "deploy", path: "/", trust_policy }, iam.clock.now());
  });
  const input = (token: string, more: object) => ({ RoleArn: ROLE, RoleSessionName: "ci-7", WebIdentityToken: token, ...more });
  return {
    iam,
    issuer,
    claims(more = {}) {
      const now_s = Math.floor(iam.clock.now() / 1000);
      return { sub, aud: STS, iat: now_s, nbf: now_s, exp: now_s + 600, ...more };
    },
    assume: (token, more = {}) => iam.call("AssumeRoleWithWebIdentity", input(token, more)),
    refusal: (token, more = {}) => iam.refusal("AssumeRoleWithWebIdentity", input(token, more)),
    async [Symbol.asyncDispose]() {
      await issuer[Symbol.asyncDispose]();
      await iam[Symbol.asyncDispose]();
    },
  };
}

const UNAUTHORIZED = { name: "AccessDeniedException", message: "Not authorized to perform sts:AssumeRoleWithWebIdentity" };

test("a token as GitHub issues them gets a session of the role", async () => {
  await using at = await openScene();
  const token = await at.issuer.sign(at.claims({ repository: "acme/app", actor: "ann", run_id: "7" }));
  const answer = await at.assume(token);
  assert.equal(answer.SubjectFromWebIdentityToken, "repo:acme/app:ref:refs/heads/main");
  assert.equal(answer.Audience, STS);
  assert.equal(answer.Provider, `arn:aws:iam::${account}:oidc-provider/${at.issuer.name}`);
  assert.equal(answer.AssumedRoleUser.Arn, `arn:aws:sts::${account}:assumed-role/deploy/ci-7`);
  const opened = openSession(at.iam.sealer, answer.Credentials.AccessKeyId, answer.Credentials.SessionToken);
  assert.equal(opened?.principal.session?.origin, "web-identity");
  assert.equal(opened.principal.session.federatedProvider, answer.Provider);
});

test("a token as Kubernetes issues them does too, for several audiences and by ECDSA", async () => {
  const sub = "system:serviceaccount:kube-system:puller";
  await using at = await openScene({ sub, alg: "ES256", path: "/id/ABC" });
  const kubernetes = { "kubernetes.io": { namespace: "kube-system", serviceaccount: { name: "puller", uid: "u" } } };
  const token = await at.issuer.sign(at.claims({ aud: ["https://kubernetes.default.svc", STS], ...kubernetes }));
  assert.equal((await at.assume(token)).SubjectFromWebIdentityToken, sub);
});

test("the issuer is asked once, and again only for a key that it has made since", async () => {
  await using at = await openScene();
  await at.assume(await at.issuer.sign(at.claims()));
  await at.assume(await at.issuer.sign(at.claims()));
  assert.deepEqual(at.issuer.asked, ["/.well-known/openid-configuration", "/keys"]);
  await at.issuer.rotate();
  const token = await at.issuer.sign(at.claims());
  assert.match((await at.refusal(token)).message, /^Couldn't retrieve verification key from your identity provider, please/);
  assert.equal(at.issuer.asked.length, 2);
  at.iam.clock.advance(31_000);
  await at.assume(token);
  assert.equal(at.issuer.asked.length, 4);
});

test("keys that were given stand in for an issuer that cannot be asked", async () => {
  await using at = await openScene({ keys: true });
  await at.assume(await at.issuer.sign(at.claims()));
  assert.deepEqual(at.issuer.asked, []);
  await at.issuer.rotate();
  assert.equal((await at.refusal(await at.issuer.sign(at.claims()))).name, "InvalidIdentityToken");
  assert.deepEqual(at.issuer.asked, []);
});

test("keys are given to a registered issuer, public ones alone, and taken back", async () => {
  await using at = await openScene();
  const give = (keys: object | undefined, url = at.issuer.url) =>
    setIssuerKeys(at.iam, account, { url, keys: keys && JSON.stringify(keys) });
  await give(await at.issuer.keys());
  await at.assume(await at.issuer.sign(at.claims()));
  assert.deepEqual(at.issuer.asked, []);
  for (const keys of [[], { keys: [] }, { keys: [{ kty: "oct", k: "AAAA" }] }, { keys: [{ kty: "RSA", d: "secret" }] }]) {
    await assert.rejects(give(keys), { code: "ValidationException" });
  }
  await assert.rejects(give(await at.issuer.keys(), "https://example.com"), { code: "NoSuchEntityException" });
  await give(undefined);
  await at.assume(await at.issuer.sign(at.claims()));
  assert.equal(at.issuer.asked.length, 2);
});

test("nobody is asked for the keys of an issuer that is not registered", async () => {
  await using at = await openScene();
  for (const iss of [
    `${at.issuer.url}/`,
    at.issuer.url.toUpperCase(),
    at.issuer.url.replace("https", "http"),
    "https://example.com",
  ]) {
    assert.deepEqual(await at.refusal(await at.issuer.sign(at.claims({ iss }))), {
      name: "InvalidIdentityToken",
      message: `No OpenIDConnect provider found in your account for ${iss}`,
    });
  }
  const elsewhere = { RoleArn: "arn:aws:iam::111111111111:role/deploy" };
  assert.match((await at.refusal(await at.issuer.sign(at.claims()), elsewhere)).message, /^No OpenIDConnect provider found/);
  assert.deepEqual(at.issuer.asked, []);
});

test("what is no token is refused in AWS's words", async () => {
  await using at = await openScene();
  for (const token of ["none", "a.b.c", "e30.e30.", `${"x".repeat(100)}.${"y".repeat(100)}.z`]) {
    assert.deepEqual(await at.refusal(token), {
      name: "InvalidIdentityToken",
      message: "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)",
    });
  }
});

test("a token that was signed by somebody else, or altered, or not signed, is refused", async () => {
  await using at = await openScene();
  const good = await at.issuer.sign(at.claims());
  const [header = "", payload = "", signature = ""] = good.split(".");
  const none = Buffer.from('{"alg":"none"}').toString("base64url");
  const hmac = Buffer.from('{"alg":"HS256","kid":"key-0"}').toString("base64url");
  const other = Buffer.from(JSON.stringify({ iss: at.issuer.url, ...at.claims({ sub: "repo:evil" }) })).toString("base64url");
  const bad = [
    await at.issuer.sign(at.claims(), { forged: true }),
    `${header}.${other}.${signature}`,
    `${none}.${payload}.`,
    `${hmac}.${payload}.${signature}`,
    good.slice(0, -8),
  ];
  for (const token of bad) assert.equal((await at.refusal(token)).name, "InvalidIdentityToken", token);
});

test("a token has its time", async () => {
  await using at = await openScene();
  const now_s = Math.floor(at.iam.clock.now() / 1000);
  const expired = await at.refusal(await at.issuer.sign(at.claims({ exp: now_s - 61 })));
  assert.deepEqual(expired, {
    name: "ExpiredTokenException",
    message: `Token expired: current date/time ${now_s} must be before the expiration date/time ${now_s - 61}`,
  });
  await at.assume(await at.issuer.sign(at.claims({ exp: now_s - 59 })));
  assert.equal((await at.refusal(await at.issuer.sign(at.claims({ nbf: now_s + 61 })))).name, "InvalidIdentityToken");
  assert.equal((await at.refusal(await at.issuer.sign(at.claims({ iat: now_s + 61 })))).name, "InvalidIdentityToken");
});

test("a token must be for one of the provider's clients, and say all that is needed", async () => {
  await using at = await openScene();
  for (const aud of ["other", ["other"], []]) {
    assert.equal((await at.refusal(await at.issuer.sign(at.claims({ aud })))).message, "Incorrect token audience");
  }
  for (const name of ["aud", "exp", "iat", "sub"]) {
    const refused = await at.refusal(await at.issuer.sign(at.claims({ [name]: undefined })));
    assert.deepEqual(refused, { name: "InvalidIdentityToken", message: `Missing a required claim: ${name}` });
  }
});

test("the trust policy decides by subject, and one word covers a role that is not there", async () => {
  await using at = await openScene();
  assert.deepEqual(
    await at.refusal(await at.issuer.sign(at.claims({ sub: "repo:acme/other:ref:refs/heads/main" }))),
    UNAUTHORIZED,
  );
  const token = await at.issuer.sign(at.claims());
  assert.deepEqual(await at.refusal(token, { RoleArn: `${ROLE}2` }), UNAUTHORIZED);
});

test("a trust policy that names another provider, or an account, does not let a token in", async () => {
  for (const Principal of [{ Federated: `arn:aws:iam::${account}:oidc-provider/example.com` }, { AWS: account }]) {
    await using at = await openScene({ statement: { Principal } });
    assert.deepEqual(await at.refusal(await at.issuer.sign(at.claims())), UNAUTHORIZED);
  }
});

test("any claim can be asked for in a condition", async () => {
  await using at = await openScene();
  const condition = (name: string) => ({ Condition: { StringEquals: { [`${name}:repository_owner`]: "acme" } } });
  await using other = await openScene({ statement: { Condition: { Bool: { "x:y": "true" } } } });
  assert.deepEqual(await other.refusal(await other.issuer.sign(other.claims())), UNAUTHORIZED);
  const trust_policy = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: "*", Action: "sts:AssumeRoleWithWebIdentity", ...condition(at.issuer.name) }],
  });
  await at.iam.metadata.writeGlobal((tx) => addEntity(tx, account, { kind: "role", name: "owner", path: "/", trust_policy }, 0));
  const RoleArn = `arn:aws:iam::${account}:role/owner`;
  await at.assume(await at.issuer.sign(at.claims({ repository_owner: "acme" })), { RoleArn });
  assert.deepEqual(await at.refusal(await at.issuer.sign(at.claims({ repository_owner: "evil" })), { RoleArn }), UNAUTHORIZED);
});

test("tags and a source identity in a token are the session's, where the trust policy lets them", async () => {
  const said = {
    "https://aws.amazon.com/tags": { principal_tags: { team: ["blue"], run: "7" }, transitive_tag_keys: ["team"] },
    "https://aws.amazon.com/source_identity": "ann",
  };
  await using strict = await openScene();
  assert.deepEqual(await strict.refusal(await strict.issuer.sign(strict.claims(said))), UNAUTHORIZED);
  const Action = ["sts:AssumeRoleWithWebIdentity", "sts:TagSession", "sts:SetSourceIdentity"];
  await using at = await openScene({ statement: { Action } });
  const answer = await at.assume(await at.issuer.sign(at.claims(said)));
  assert.equal(answer.SourceIdentity, "ann");
  const opened = openSession(at.iam.sealer, answer.Credentials.AccessKeyId, answer.Credentials.SessionToken);
  assert.deepEqual(opened?.principal.session?.tags, [
    { key: "team", value: "blue" },
    { key: "run", value: "7" },
  ]);
  assert.deepEqual(opened.principal.session.transitiveTagKeys, ["team"]);
  const wrong = { "https://aws.amazon.com/tags": { principal_tags: { team: ["a", "b"] } } };
  assert.equal((await at.refusal(await at.issuer.sign(at.claims(wrong)))).name, "InvalidIdentityToken");
});

test("an issuer that cannot be reached may yet be; one that says what it may not is not believed", async () => {
  const cases: [path: string, answer: object | number, name: string][] = [
    ["/.well-known/openid-configuration", 503, "IDPCommunicationError"],
    ["/keys", 502, "IDPCommunicationError"],
    ["/keys", 404, "InvalidIdentityToken"],
    [
      "/.well-known/openid-configuration",
      { issuer: "https://example.com", jwks_uri: "https://example.com" },
      "InvalidIdentityToken",
    ],
    ["/keys", { keys: "none" }, "InvalidIdentityToken"],
    ["/keys", { keys: [] }, "InvalidIdentityToken"],
    ["/keys", { keys: [{ kty: "x".repeat(300_000) }] }, "IDPCommunicationError"],
  ];
  for (const [path, answer, name] of cases) {
    await using at = await openScene();
    at.issuer.answers.set(path, answer);
    const token = await at.issuer.sign(at.claims());
    assert.equal((await at.refusal(token)).name, name, JSON.stringify(answer).slice(0, 80));
    at.issuer.answers.clear();
    at.iam.clock.advance(31_000);
    await at.assume(token);
  }
  await using at = await openScene();
  const jwks_uri = at.issuer.url.replace("https", "http");
  at.issuer.answers.set("/.well-known/openid-configuration", { issuer: at.issuer.url, jwks_uri });
  assert.equal((await at.refusal(await at.issuer.sign(at.claims()))).name, "InvalidIdentityToken");
});

test("a claim that is another but for its case says nothing in place of that one", async () => {
  await using at = await openScene();
  const own = { sub: "repo:eve/app:ref:refs/heads/main" };
  for (const name of ["SUB", "Sub"]) {
    const token = await at.issuer.sign(at.claims({ ...own, [name]: "repo:acme/app:ref:refs/heads/main" }));
    assert.deepEqual(await at.refusal(token), UNAUTHORIZED, name);
  }
  await using other = await openScene({ statement: {} });
  const token = await other.issuer.sign(other.claims({ AUD: "somebody-else", azp: "eve" }));
  assert.deepEqual(await other.refusal(token), UNAUTHORIZED);
});

test("a denial by the trust policy is remembered for the role's account, with subject, audience and provider", async () => {
  await using at = await openScene();
  await at.refusal(await at.issuer.sign(at.claims({ sub: "repo:eve/app" })));
  await at.iam.denials.flush();
  const id = testCall().requestId;
  const report = await findDenial(at.iam, id, account);
  assert.equal(report?.principal, `arn:aws:iam::${account}:oidc-provider/${at.issuer.name}:${STS}:repo:eve/app`);
  assert.deepEqual([report.action, report.resource], ["sts:AssumeRoleWithWebIdentity", ROLE]);
  const [subject] = report.statements[0]?.conditions ?? [];
  assert.deepEqual(subject?.given, ["repo:eve/app"]);
  assert.equal(await findDenial(at.iam, id, "111111111111" as AccountId), undefined);
});

test("a token that is not believed, or has no provider here, leaves no denial behind", async () => {
  await using at = await openScene();
  await at.refusal(await at.issuer.sign(at.claims(), { forged: true }));
  await at.refusal(await at.issuer.sign(at.claims({ iss: "https://example.com" })));
  await at.refusal("garbage");
  await at.iam.denials.flush();
  assert.deepEqual(await listDenials(at.iam, 9), []);
});

test("what is remembered of a bearer has a bound", async () => {
  await using at = await openScene();
  await at.refusal(await at.issuer.sign(at.claims({ sub: "x".repeat(9_000) })));
  await at.iam.denials.flush();
  const [report] = await listDenials(at.iam, 1);
  assert.equal(report?.principal.length, REPORT_BEARER_LENGTH_MAX + 1);
  assert.ok(JSON.stringify(report).length < 4_096);
});
