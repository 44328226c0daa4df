import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { AccountId } from "../../kernel/names.ts";
import { rootOf, testRegistry } from "../../testing/call.ts";
import { openTestEcr, type TestEcr } from "../../testing/ecr.ts";
import { isAmongPrincipals, isPrincipalArn } from "./principal-arn.ts";

const arnOf = (number: number) => `arn:aws:iam::000000000000:role/ci/role-${String(number).padStart(3, "0")}`;

describe("account settings", () => {
  let ecr: TestEcr;
  before(async () => {
    ecr = await openTestEcr();
  });
  after(() => ecr[Symbol.asyncDispose]());

  test("each has a value before anybody has put one", async () => {
    const values = ["BASIC_SCAN_TYPE_VERSION", "REGISTRY_POLICY_SCOPE", "BLOB_MOUNTING"].map((name) =>
      ecr.call("GetAccountSetting", { name }),
    );
    assert.deepEqual(await Promise.all(values), [
      { name: "BASIC_SCAN_TYPE_VERSION", value: "AWS_NATIVE" },
      { name: "REGISTRY_POLICY_SCOPE", value: "V2" },
      { name: "BLOB_MOUNTING", value: "ENABLED" },
    ]);
  });

  test("what was put is what is got, in that registry only", async () => {
    for (const value of ["V1", "V2", "V1"]) {
      const input = { name: "REGISTRY_POLICY_SCOPE", value };
      assert.deepEqual(await ecr.call("PutAccountSetting", input), input);
      assert.deepEqual(await ecr.call("GetAccountSetting", { name: input.name }), input);
    }
    const account = "111111111111" as AccountId;
    const elsewhere = { registry: { ...testRegistry, account }, principal: rootOf(account) };
    assert.equal((await ecr.call("GetAccountSetting", { name: "REGISTRY_POLICY_SCOPE" }, elsewhere)).value, "V2");
  });

  test("a name or a value that there is not is refused, and changes nothing", async () => {
    const name = /'name' failed .* \[BASIC_SCAN_TYPE_VERSION, REGISTRY_POLICY_SCOPE, BLOB_MOUNTING\]/;
    const bad = [
      ["GetAccountSetting", { name: "nonsense" }, name],
      ["GetAccountSetting", { name: "toString" }, name],
      ["GetAccountSetting", { name: "" }, /length greater than or equal to 1/],
      ["GetAccountSetting", {}, /'name' .* 'Member must not be null'/],
      ["PutAccountSetting", { name: "nonsense", value: "V2" }, name],
      ["PutAccountSetting", { name: "BLOB_MOUNTING", value: "enabled" }, /'value' failed .* \[ENABLED, DISABLED\]/],
      ["PutAccountSetting", { name: "BASIC_SCAN_TYPE_VERSION", value: "CLAIR" }, /'value' failed .* \[AWS_NATIVE\]/],
      ["PutAccountSetting", { name: "BLOB_MOUNTING" }, /'value' .* 'Member must not be null'/],
    ] as const;
    for (const [operation, input, text] of bad) {
      const refusal = await ecr.refusal(operation, input);
      assert.equal(refusal.name, "InvalidParameterException");
      assert.match(refusal.message, text);
    }
    assert.equal((await ecr.call("GetAccountSetting", { name: "BLOB_MOUNTING" })).value, "ENABLED");
  });
});

describe("pull time update exclusions", () => {
  let ecr: TestEcr;
  before(async () => {
    ecr = await openTestEcr();
  });
  after(() => ecr[Symbol.asyncDispose]());

  test("are registered once, listed and taken away once", async () => {
    const principalArn = "arn:aws:iam::000000000000:user/ann";
    const createdAt = ecr.clock.now() / 1000;
    assert.deepEqual(await ecr.call("RegisterPullTimeUpdateExclusion", { principalArn }), { principalArn, createdAt });
    const again = await ecr.refusal("RegisterPullTimeUpdateExclusion", { principalArn });
    assert.equal(again.name, "ExclusionAlreadyExistsException");
    assert.deepEqual(await ecr.call("ListPullTimeUpdateExclusions"), { pullTimeUpdateExclusions: [principalArn] });
    assert.deepEqual(await ecr.call("DeregisterPullTimeUpdateExclusion", { principalArn }), { principalArn });
    assert.equal((await ecr.refusal("DeregisterPullTimeUpdateExclusion", { principalArn })).name, "ExclusionNotFoundException");
    assert.deepEqual(await ecr.call("ListPullTimeUpdateExclusions"), { pullTimeUpdateExclusions: [] });
  });

  test("are at most a hundred, and their pages join up", async () => {
    const all = Array.from({ length: 100 }, (_, at) => arnOf(at));
    for (const principalArn of all) await ecr.call("RegisterPullTimeUpdateExclusion", { principalArn });
    const more = await ecr.refusal("RegisterPullTimeUpdateExclusion", { principalArn: arnOf(100) });
    assert.deepEqual([more.name, /which is '100'/.test(more.message)], ["LimitExceededException", true]);

    const found: string[] = [];
    let nextToken: string | undefined;
    do {
      const page = await ecr.call("ListPullTimeUpdateExclusions", { maxResults: 33, nextToken });
      found.push(...page.pullTimeUpdateExclusions);
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    assert.deepEqual(found, all);
    const refusal = await ecr.refusal("ListPullTimeUpdateExclusions", { nextToken: "made-up" });
    assert.equal(refusal.name, "InvalidParameterException");
  });

  test("name a role or a user, and nothing else", () => {
    const good = ["arn:aws:iam::000000000000:role/a", "arn:aws-us-gov:iam::000000000000:user/path/to/a.b+c=d,e@f-g_h"];
    const bad = [
      "",
      "*",
      "arn:aws:iam::000000000000:root",
      "arn:aws:iam::000000000000:role/",
      "arn:aws:iam::000000000000:role/a//b",
      "arn:aws:iam::000000000000:group/a",
      "arn:aws:iam::00000000000:role/a",
      "arn:aws:sts::000000000000:assumed-role/a/b",
      "arn:aws-:iam::000000000000:role/a",
      "arn:aws:iam:us-east-1:000000000000:role/a",
      "arn:aws:iam::000000000000:role/a:b",
      "arn:aws:iam::000000000000:role/a b",
    ];
    for (const it of good) assert.ok(isPrincipalArn(it), it);
    for (const it of bad) assert.ok(!isPrincipalArn(it), it);
  });

  test("hold for a role's sessions", () => {
    const role = "arn:aws:iam::000000000000:role/ci/scanner";
    assert.ok(isAmongPrincipals(role, [role]));
    assert.ok(isAmongPrincipals("arn:aws:sts::000000000000:assumed-role/scanner/nightly", [role]));
    assert.ok(!isAmongPrincipals("arn:aws:sts::111111111111:assumed-role/scanner/nightly", [role]));
    assert.ok(!isAmongPrincipals("arn:aws:sts::000000000000:assumed-role/canner/nightly", [role]));
    assert.ok(!isAmongPrincipals("arn:aws:iam::000000000000:user/ci/scanner", [role]));
  });
});
