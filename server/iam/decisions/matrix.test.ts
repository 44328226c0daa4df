import assert from "node:assert/strict";
import { test } from "node:test";
import { repositoryArn } from "../../kernel/names.ts";
import { allRepositoryNames } from "../../repositories/list-repositories.ts";
import { testRegistry } from "../../testing/call.ts";
import { openTestDecisions, otherRegistry } from "../../testing/decisions.ts";
import { explainHypothetical } from "./explain-hypothetical.ts";
import { listPrincipals } from "./list-principals.ts";
import { verdictOf } from "./verdict.ts";

test("everybody is listed: root users, users and roles of all accounts", async () => {
  await using at = await openTestDecisions();
  await at.add("role", "push");
  await at.add("user", "ann");
  const names = [];
  for await (const { arn, session } of listPrincipals(at.iam.metadata)) names.push(session?.principalArn ?? arn);
  const own = testRegistry.account;
  assert.deepEqual(names, [
    `arn:aws:iam::${own}:root`,
    `arn:aws:iam::${own}:user/ann`,
    `arn:aws:iam::${own}:role/push`,
    `arn:aws:iam::${otherRegistry.account}:root`,
  ]);
});

test("the repositories of a registry are listed, and no other's", async () => {
  await using at = await openTestDecisions();
  for (const name of ["b", "a"]) await at.setRepositoryPolicy(testRegistry, name, { Principal: "*", Action: "ecr:*" });
  await at.setRepositoryPolicy(otherRegistry, "c", { Principal: "*", Action: "ecr:*" });
  const names = [];
  for await (const name of allRepositoryNames(at.iam, testRegistry)) names.push(name);
  assert.deepEqual(names, ["a", "b"]);
});

test("a verdict says what it depends on where a condition asks for what nobody has given", async () => {
  await using at = await openTestDecisions();
  const Condition = { IpAddress: { "aws:SourceIp": "10.0.0.0/8" } };
  const ann = await at.add(
    "user",
    "ann",
    { Action: "ecr:PutImage", Resource: "*", Condition },
    { Action: ["ecr:ListImages", "ecr:DeleteRepository"], Resource: "*" },
    { Effect: "Deny", Action: "ecr:DeleteRepository", Resource: "*", Condition },
  );
  const verdict = async (action: string, ip?: string) => {
    const context = new Map(ip === undefined ? [] : [["aws:sourceip", [ip]]]);
    const resource = repositoryArn(testRegistry, "app");
    const { metadata } = at.iam;
    const request = { principal: ann, action, resource, context, region: testRegistry.region };
    return verdictOf(await explainHypothetical({ metadata, authorizer: at.authorizer }, request));
  };
  assert.deepEqual(await verdict("ecr:ListImages"), { allowed: true, dependsOn: [] });
  assert.deepEqual(await verdict("ecr:PutImage"), { allowed: false, dependsOn: ["aws:sourceip"] });
  assert.deepEqual(await verdict("ecr:PutImage", "10.1.1.1"), { allowed: true, dependsOn: [] });
  assert.deepEqual(await verdict("ecr:DeleteRepository"), { allowed: true, dependsOn: ["aws:sourceip"] });
  assert.deepEqual(await verdict("ecr:BatchGetImage"), { allowed: false, dependsOn: [] });
});
