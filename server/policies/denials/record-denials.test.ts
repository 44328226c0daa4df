import assert from "node:assert/strict";
import { test } from "node:test";
import {
  DENIALS_GATHERED_ACCOUNTS_MAX,
  DENIALS_GATHERED_MAX,
  DENIALS_KEPT_MAX,
  DENIALS_LIFETIME_S,
  REPORT_TEXT_LENGTH_MAX,
} from "../../kernel/limits.ts";
import { repositoryArn } from "../../kernel/names.ts";
import { query } from "../../platform/metadata/query.ts";
import { rootOf, testCall, testRegistry } from "../../testing/call.ts";
import { openTestDecisions, otherRegistry, type TestDecisions } from "../../testing/decisions.ts";
import { NO_POLICIES } from "../policy-sets.ts";
import { findDenial, listDenials } from "./find-denial.ts";
import { denialJobs } from "./jobs.ts";

const denialRows = query()((db) => db.selectFrom("denials").selectAll().orderBy("denied_ms"));
const rowsOf = async ({ denials, iam }: TestDecisions) => {
  await denials.flush();
  return iam.metadata.readGlobal((tx) => tx.all(denialRows, {}));
};
const resource = repositoryArn(otherRegistry, "app");
const deny = (at: TestDecisions, account: string = testRegistry.account) =>
  at.ask({ registry: otherRegistry, principal: rootOf(account) }, { action: "ecr:PutImage", resource });

test("what is allowed leaves nothing behind, and what is only asked about neither", async () => {
  await using at = await openTestDecisions();
  assert.equal(await at.ask({}, { action: "ecr:PutImage", resource: repositoryArn(testRegistry, "app") }), undefined);
  const call = testCall({ registry: otherRegistry, principal: rootOf(testRegistry.account) });
  const { decision } = await at.authorizer.explain(call, { action: "ecr:PutImage", resource });
  assert.equal(decision.allowed, false);
  assert.deepEqual(await rowsOf(at), []);
});

test("of a flood the newest are kept, and other accounts lose nothing by it", async () => {
  await using at = await openTestDecisions();
  const other = await deny(at, "999999999999");
  const ids = [];
  for (let i = 0; i < DENIALS_GATHERED_MAX + 5; i++) ids.push(await deny(at));
  const kept = (await rowsOf(at)).map((it) => it.request_id);
  assert.deepEqual(new Set(kept), new Set([other, ...ids.slice(5)]));
});

test("an account keeps so many, and the oldest go first", async () => {
  await using at = await openTestDecisions();
  const first = await deny(at);
  for (let i = 0; i < DENIALS_KEPT_MAX; i++) {
    at.iam.clock.advance(1);
    await deny(at);
    if (i % DENIALS_GATHERED_MAX === 0) await at.denials.flush();
  }
  const rows = await rowsOf(at);
  assert.equal(rows.length, DENIALS_KEPT_MAX);
  assert.ok(rows.every((it) => it.request_id !== first));
});

test("the newest denials of all accounts are listed for the operator", async () => {
  await using at = await openTestDecisions();
  const ids = [];
  for (const account of [testRegistry.account, "999999999999", testRegistry.account]) {
    ids.push(await deny(at, account));
    at.iam.clock.advance(1);
  }
  await at.denials.flush();
  const [first, second] = await listDenials(at.iam, 2);
  assert.deepEqual([first?.requestId, second?.requestId], [ids[2], ids[1]]);
});

test("a denial is forgotten after a week, and then deleted", async () => {
  await using at = await openTestDecisions();
  const id = (await deny(at)) ?? "";
  await at.denials.flush();
  assert.equal((await findDenial(at.iam, id))?.requestId, id);
  at.iam.clock.advance(DENIALS_LIFETIME_S * 1000 + 1);
  assert.equal(await findDenial(at.iam, id), undefined);
  for (const job of denialJobs(at.iam)) await job.run({}, new AbortController().signal);
  assert.deepEqual(await rowsOf(at), []);
});

test("a report has a bound, and the statements that matter have their place in it", async () => {
  await using at = await openTestDecisions();
  const long = Array.from({ length: 300 }, (_, i) => `arn:aws:ecr:us-east-1:000000000000:repository/other-${i}`);
  await at.setRepositoryPolicy(
    otherRegistry,
    "app",
    ...Array.from({ length: 60 }, (_, i) => ({
      Sid: `s${i}`,
      Principal: "*",
      Action: "ecr:PutImage",
      Condition: { StringEquals: { "aws:PrincipalArn": long } },
    })),
    { Sid: "last", Effect: "Deny", Principal: "*", Action: "ecr:PutImage" },
  );
  await deny(at);
  const [row] = await rowsOf(at);
  const report = JSON.parse(row?.report ?? "");
  assert.ok((row?.report.length ?? 0) < 2 * REPORT_TEXT_LENGTH_MAX);
  assert.equal(report.statements.at(-1).sid, "last");
  assert.equal(report.statements.length + report.leftOut.resource, 61);
});

test("an external id is told to nobody", async () => {
  await using at = await openTestDecisions();
  const Condition = { StringEquals: { "sts:ExternalId": "hush-wanted" } };
  const ann = await at.add("user", "ann", { Action: "ecr:PutImage", Resource: "*", Condition });
  const ask = { action: "ecr:PutImage", resource, context: { "sts:externalid": ["hush-given"] } };
  await at.ask({ principal: ann, registry: otherRegistry }, ask);
  const [row] = await rowsOf(at);
  assert.doesNotMatch(row?.report ?? "", /hush/);
});

test("strangers with tokens drive out their provider's denials, and no account's", async () => {
  await using at = await openTestDecisions();
  const own = await deny(at);
  const issuerOf = (i: number) => `arn:aws:iam::${otherRegistry.account}:oidc-provider/issuer-${i}`;
  const note = (i: number, requestId: string) =>
    at.denials.note({
      requestId,
      decided_ms: at.iam.clock.now(),
      request: {
        principal: { type: "federated", name: issuerOf(i), bearer: { audience: "sts", subject: "eve" } },
        action: "sts:AssumeRoleWithWebIdentity",
        resource,
        resourceAccount: otherRegistry.account,
        context: () => undefined,
      },
      policies: NO_POLICIES,
    });
  for (let i = 0; i <= DENIALS_GATHERED_ACCOUNTS_MAX; i++) note(i, `stranger-${i}`);
  for (let i = 0; i <= DENIALS_GATHERED_MAX; i++) note(1, `flood-${i}`);
  const kept = new Set((await rowsOf(at)).map((it) => it.request_id));
  assert.ok(kept.has(own ?? "") && kept.has("stranger-2") && kept.has("flood-1"));
  assert.ok(!kept.has("stranger-0") && !kept.has("stranger-1") && !kept.has("flood-0"));
});
