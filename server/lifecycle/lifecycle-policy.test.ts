import assert from "node:assert/strict";
import { test } from "node:test";
import { openTestEcr } from "../testing/ecr.ts";

/** With spaces, an order of members and characters of its own: it has to come back so. */
const POLICY = `{"rules": [
  { "selection": {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 7},
    "action": {"type": "expire"}, "rulePriority": 1, "description": "删除 7 天前的镜像" }
]}\n`;

async function openWithRepository() {
  const ecr = await openTestEcr();
  await ecr.call("CreateRepository", { repositoryName: "app" });
  return ecr;
}

test("a lifecycle policy comes back as it was sent, and was evaluated at the epoch before it ever was", async () => {
  await using ecr = await openWithRepository();
  const answer = { registryId: "000000000000", repositoryName: "app", lifecyclePolicyText: POLICY };
  const put = await ecr.call("PutLifecyclePolicy", { repositoryName: "app", lifecyclePolicyText: POLICY });
  assert.deepEqual(put, answer);
  assert.deepEqual(await ecr.call("GetLifecyclePolicy", { repositoryName: "app" }), { ...answer, lastEvaluatedAt: 0 });
});

test("putting another one replaces it, deleting it returns it", async () => {
  await using ecr = await openWithRepository();
  const other = POLICY.replace('"countNumber": 7', '"countNumber": 8');
  for (const lifecyclePolicyText of [POLICY, other])
    await ecr.call("PutLifecyclePolicy", { repositoryName: "app", lifecyclePolicyText });
  assert.equal((await ecr.call("DeleteLifecyclePolicy", { repositoryName: "app" })).lifecyclePolicyText, other);
  for (const operation of ["GetLifecyclePolicy", "DeleteLifecyclePolicy"]) {
    assert.deepEqual(await ecr.refusal(operation, { repositoryName: "app" }), {
      name: "LifecyclePolicyNotFoundException",
      message: "Lifecycle policy does not exist for the repository with name 'app' in the registry with id '000000000000'",
    });
  }
});

test("a policy that is refused leaves the one before it", async () => {
  await using ecr = await openWithRepository();
  await ecr.call("PutLifecyclePolicy", { repositoryName: "app", lifecyclePolicyText: POLICY });
  const bad = [POLICY.replace("{", "// comment\n{"), POLICY.replace("untagged", "none"), "{}", `${POLICY}${" ".repeat(30_720)}`];
  const messages = [];
  for (const lifecyclePolicyText of bad) {
    const { name, message } = await ecr.refusal("PutLifecyclePolicy", { repositoryName: "app", lifecyclePolicyText });
    assert.equal(name, "InvalidParameterException");
    messages.push(message.replace(/^Invalid parameter at '(\w+)' failed to satisfy constraint: /, "$1 "));
  }
  assert.deepEqual(messages, [
    "LifecyclePolicyText 'Lifecycle policy parsing failure: Could not map policyString into LifecyclePolicy.' " +
      "The JSON breaks at line 1, column 1: a value was expected, but '/' was found.",
    "LifecyclePolicyText 'Lifecycle policy validation failure: " +
      `instance value (none) not found in enum :(possible values: ["any", "tagged", "untagged"])\n'`,
    "lifecyclePolicyText 'Member must have length greater than or equal to 100'",
    "lifecyclePolicyText 'Member must have length less than or equal to 30720'",
  ]);
  assert.equal((await ecr.call("GetLifecyclePolicy", { repositoryName: "app" })).lifecyclePolicyText, POLICY);
});

test("a repository has to be there, and each registry has its own", async () => {
  await using ecr = await openWithRepository();
  for (const [operation, more] of [
    ["PutLifecyclePolicy", { lifecyclePolicyText: POLICY }],
    ["GetLifecyclePolicy", {}],
    ["DeleteLifecyclePolicy", {}],
  ] as const) {
    const missing = await ecr.refusal(operation, { repositoryName: "gone", ...more });
    assert.equal(missing.name, "RepositoryNotFoundException");
    const elsewhere = await ecr.refusal(operation, { repositoryName: "app", registryId: "111111111111", ...more });
    assert.equal(elsewhere.name, "RepositoryNotFoundException");
  }
});

test("a policy goes with its repository", async () => {
  await using ecr = await openWithRepository();
  await ecr.call("PutLifecyclePolicy", { repositoryName: "app", lifecyclePolicyText: POLICY });
  await ecr.call("DeleteRepository", { repositoryName: "app" });
  await ecr.call("CreateRepository", { repositoryName: "app" });
  assert.equal((await ecr.refusal("GetLifecyclePolicy", { repositoryName: "app" })).name, "LifecyclePolicyNotFoundException");
});
