import assert from "node:assert/strict";
import { test } from "node:test";
import { ecrOperations } from "../../ecr-operations.ts";
import { AWS_MANAGED_POLICIES } from "../../policies/managed/aws-managed-policies.ts";
import { openTestDecisions } from "../../testing/decisions.ts";
import { iamOperations } from "../operations.ts";
import { stsOperations } from "../sessions/operations.ts";
import { checkPolicy, placeRemarks } from "./check-policy.ts";
import { remarkOnPrincipals } from "./check-principals.ts";
import type { PolicyKind } from "./finding.ts";
import { jsonPlaces } from "./json-places.ts";
import { actionsOf } from "./known-actions.ts";

const LOGIN = { Action: "ecr:GetAuthorizationToken", Resource: "*" };
const ANY = { Resource: "*" };

function textOf(...statements: readonly object[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: statements.map((it) => ({ Effect: "Allow", ...it })) });
}

/** What is said of a document of these statements, without the places. */
function messages(kind: PolicyKind, ...statements: readonly object[]): readonly string[] {
  return checkPolicy(textOf(...statements), kind).remarks.map((it) => it.message);
}

function says(found: readonly string[], pattern: RegExp): void {
  assert.ok(
    found.some((it) => pattern.test(it)),
    `${String(pattern)} is not in ${JSON.stringify(found)}`,
  );
}

test("of what is no JSON the line and column are told", () => {
  const text = '{\n  "Version": "2012-10-17",\n  "Statement": [}\n}';
  assert.deepEqual(placeRemarks(text, checkPolicy(text).remarks), [
    { severity: "error", line: 3, column: 17, message: "This is not JSON: a value or ']' is expected here, and there is '}'." },
  ]);
});

test("of what is no policy the place of the fault is told", () => {
  const text = '{\n  "Statement": {\n    "Effect": "Maybe",\n    "Action": "*",\n    "Resource": "*"\n  }\n}';
  assert.deepEqual(placeRemarks(text, checkPolicy(text).remarks), [
    { severity: "error", line: 3, column: 15, message: "Statement[0].Effect must be Allow or Deny." },
  ]);
});

test("every value has its place, whatever is in the names and texts around it", () => {
  const text = '{"a": [1, {"b\\"": "}"}], "c": {"d": {}, "e": null}, "f": []}';
  const places = jsonPlaces(text);
  assert.deepEqual([...places.keys()], ["", "a", "a[0]", "a[1]", 'a[1].b"', "c", "c.d", "c.e", "f"]);
  assert.equal(text[places.get('a[1].b"') ?? 0], '"');
  assert.equal(text.slice(places.get("c.e")).slice(0, 4), "null");
});

test("AWS's own policies have nothing wrong with them", () => {
  for (const { name, text } of AWS_MANAGED_POLICIES) {
    const { remarks } = checkPolicy(text, "identity");
    assert.deepEqual([name, remarks.filter((it) => it.severity === "error")], [name, []]);
  }
  const { remarks } = checkPolicy(AWS_MANAGED_POLICIES.find((it) => it.name.endsWith("RegistryPowerUser"))?.text ?? "");
  assert.deepEqual(remarks, []);
});

test("an action that there is not is told, with the one that was meant", () => {
  says(messages("identity", { Action: "ecr:PutImges", ...ANY }), /no action ecr:PutImges; did you mean ecr:PutImage\?/);
  says(messages("identity", { Action: "ecr:Foo*", ...ANY }), /covers no action of ecr/);
  says(messages("identity", { Action: "erc:PutImage", ...ANY }), /did you mean ecr:PutImage\?/);
  assert.deepEqual(messages("identity", { Action: ["s3:GetObject", "es:ESHttpGet", "ecr:DescribeImages"], ...ANY }), []);
});

test("an action that is never asked of the resource is told", () => {
  const repository = "arn:aws:ecr:us-east-1:000000000000:repository/app";
  const about = (Action: string, Resource: string | string[]) => messages("identity", { Action, Resource });
  says(about("ecr:GetAuthorizationToken", repository), /only Resource "\*" covers it/);
  says(about("ecr:DeleteRepository", "arn:aws:ecr:us-east-1:000000000000:app"), /covers the ARN of none/);
  says(about("ecr:DeleteRepository", `${repository}:latest`), /covers the ARN of none/);
  says(about("ecr:DeleteRepository", "arn:aws:s3:::bucket"), /another service's/);
  for (const Resource of [repository, "arn:aws:ecr:*:*:rep*", "arn:aws:ecr:*:*:repository/${aws:username}/*", "arn:aws:ecr:*"]) {
    assert.deepEqual(about("ecr:DeleteRepository", Resource), [], Resource);
  }
  says(messages("repository", { Principal: { AWS: "111122223333" }, ...LOGIN }), /policy of one never gives it/);
  says(messages("repository", { Principal: { AWS: "111122223333" }, Action: "s3:GetObject" }), /never asked of a repository/);
});

test("whoever may pull or push needs the rest of what docker does", () => {
  const pull = { Action: ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"], ...ANY };
  says(messages("identity", pull), /not log in/);
  assert.deepEqual(messages("identity", pull, LOGIN), []);
  says(
    messages("identity", { Action: "ecr:BatchGetImage", ...ANY }, LOGIN),
    /not ecr:GetDownloadUrlForLayer: clients cannot pull/,
  );
  const push = { Action: ["ecr:PutImage", "ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload"], ...ANY };
  says(messages("identity", push, LOGIN), /not ecr:BatchCheckLayerAvailability: clients cannot push/);
  assert.deepEqual(messages("boundary", pull), []);
});

test("doors that are wider than they look are told", () => {
  const Action = "ecr:DescribeImages";
  says(messages("repository", { Principal: "*", Action }), /lets everybody in/);
  assert.deepEqual(
    messages("repository", { Principal: "*", Action, Condition: { StringEquals: { "aws:PrincipalOrgID": "o-1" } } }),
    [],
  );
  says(messages("repository", { NotPrincipal: { AWS: "111122223333" }, Action }), /NotPrincipal with Allow/);
  says(messages("trust", { Principal: { AWS: "*" }, Action: "sts:AssumeRole" }), /lets everybody in/);
});

test("what does nothing is told", () => {
  const one = { Action: "ecr:DescribeImages", ...ANY };
  says(messages("identity", { Sid: "a", ...one }, { Sid: "b", ...one }), /says the same as statement 0/);
  says(messages("identity", one, { Effect: "Deny", Action: "ecr:*", ...ANY }), /Statement 1 denies all/);
  says(messages("identity", { ...one, Condition: { StringEquals: { "aws:SourceIpp": "x" } } }), /condition key aws:sourceipp/);
  says(messages("identity", { ...one, Condition: { StringEquals: { "aws:username": [] } } }), /has no values/);
  const old = textOf({ Action: "ecr:DescribeImages", Resource: "arn:aws:ecr:*:*:repository/${aws:username}" });
  says(
    checkPolicy(old.replace("2012-10-17", "2008-10-17")).remarks.map((it) => it.message),
    /plain text/,
  );
});

test("each kind has its own elements", () => {
  const Action = "ecr:DescribeImages";
  const Principal = { AWS: "111122223333" };
  says(messages("identity", { Action, ...ANY, Principal }), /has no Principal/);
  says(messages("identity", { Action }), /with a Resource/);
  says(messages("repository", { Action }), /with a Principal/);
  says(messages("repository", { Action, Principal, Resource: "arn:aws:ecr:*" }), /no Resource but \*/);
  says(messages("registry", { Action, Principal }), /with a Resource/);
  says(messages("trust", { Action: "sts:AssumeRole", Principal, ...ANY }), /so it has no Resource/);
  says(messages("trust", { Action, Principal }), /may only specify STS AssumeRole actions/);
  says(messages("repository", { Action, Principal: { AWS: "ann" } }), /"ann" is not the form of any principal/);
  says(messages("scp", { Action, ...ANY, Principal }), /has no Principal/);
  assert.equal(checkPolicy(textOf({ Action: "sts:AssumeRole", Principal })).kind, "trust");
  assert.equal(checkPolicy(textOf({ Action, Principal })).kind, "repository");
  assert.equal(checkPolicy(textOf({ Action, Principal, Resource: "arn:aws:ecr:*" })).kind, "registry");
  assert.equal(checkPolicy(textOf({ Action, ...ANY })).kind, "identity");
});

test("with the data of a registry, whom there is not is told", async () => {
  await using at = await openTestDecisions();
  const ann = await at.add("user", "ann");
  const account = ann.account;
  const AWS = [ann.arn, account, `arn:aws:iam::${account}:user/bob`, "999999999999", `arn:aws:sts::${account}:assumed-role/r/s`];
  const { policy } = checkPolicy(textOf({ Principal: { AWS }, Action: "ecr:DescribeImages" }));
  assert.ok(policy);
  const remarks = await at.iam.metadata.readGlobal((tx) => remarkOnPrincipals(tx, policy));
  assert.deepEqual(
    remarks.map((it) => it.message),
    [
      `There is no user arn:aws:iam::${account}:user/bob here.`,
      "There is no account 999999999999 here.",
      `There is no role for the session arn:aws:sts::${account}:assumed-role/r/s here.`,
    ],
  );
});

test("every operation that is here is a known action, but for the one that asks for another", () => {
  const known = new Set([...actionsOf("iam"), ...actionsOf("sts")]);
  for (const { name } of iamOperations({} as never)) assert.ok(known.has(`iam:${name}`), name);
  const ecr = ecrOperations({} as never).map(({ name }) => name);
  assert.deepEqual(
    ecr.filter((it) => !actionsOf("ecr").includes(`ecr:${it}`)),
    ["ListImageReferrers"],
  );
  for (const { name } of stsOperations({} as never)) assert.ok(known.has(`sts:${name}`), name);
});
