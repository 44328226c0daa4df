import assert from "node:assert/strict";
import { test } from "node:test";
import { addEntity, removeEntity } from "../../iam/entities.ts";
import type { Principal } from "../../kernel/call.ts";
import type { AccountId, Arn } from "../../kernel/names.ts";
import { rootOf, testRegistry } from "../../testing/call.ts";
import { openTestEcr, type TestEcr } from "../../testing/ecr.ts";

const registryId = testRegistry.account;
const other = "111111111111" as AccountId;
const statement = { Sid: "new statement", Effect: "Allow", Principal: { AWS: other }, Action: ["ecr:BatchGetImage"] };
const text = JSON.stringify({ Version: "2008-10-17", Statement: [statement] });
const registryText = JSON.stringify({ Version: "2012-10-17", Statement: [{ ...statement, Resource: "*" }] });
const denial = JSON.stringify({ Statement: { Effect: "Deny", Principal: "*", Action: "ecr:*" } });

async function open(): Promise<TestEcr> {
  const ecr = await openTestEcr();
  await ecr.call("CreateRepository", { repositoryName: "app" });
  return ecr;
}

const words = (constraint: string) => ({
  name: "InvalidParameterException",
  message: `Invalid parameter at 'PolicyText' failed to satisfy constraint: '${constraint}'`,
});
const noRepository = {
  name: "RepositoryNotFoundException",
  message: `The repository with name 'gone' does not exist in the registry with id '${registryId}'`,
};
const noRepositoryPolicy = {
  name: "RepositoryPolicyNotFoundException",
  message: `Repository policy does not exist for the repository with name 'app' in the registry with id '${registryId}'`,
};
const noRegistryPolicy = {
  name: "RegistryPolicyNotFoundException",
  message: `Registry policy does not exist in the registry with id '${registryId}'`,
};

test("a repository's policy is set, replaced, read and taken away", async () => {
  await using ecr = await open();
  assert.deepEqual(await ecr.refusal("GetRepositoryPolicy", { repositoryName: "app" }), noRepositoryPolicy);
  const answer = { registryId, repositoryName: "app", policyText: text };
  assert.deepEqual(await ecr.call("SetRepositoryPolicy", { repositoryName: "app", policyText: text }), answer);
  assert.deepEqual(await ecr.call("GetRepositoryPolicy", { repositoryName: "app", registryId }), answer);

  const policyText = text.replace("new", "newer");
  await ecr.call("SetRepositoryPolicy", { repositoryName: "app", policyText });
  const replaced = { ...answer, policyText };
  assert.deepEqual(await ecr.call("GetRepositoryPolicy", { repositoryName: "app" }), replaced);
  assert.deepEqual(await ecr.call("DeleteRepositoryPolicy", { repositoryName: "app" }), replaced);
  assert.deepEqual(await ecr.refusal("GetRepositoryPolicy", { repositoryName: "app" }), noRepositoryPolicy);
  assert.deepEqual(await ecr.refusal("DeleteRepositoryPolicy", { repositoryName: "app" }), noRepositoryPolicy);
});

test("a registry's policy is put, replaced, read and taken away", async () => {
  await using ecr = await open();
  assert.deepEqual(await ecr.refusal("GetRegistryPolicy"), noRegistryPolicy);
  assert.deepEqual(await ecr.call("PutRegistryPolicy", { policyText: registryText }), { registryId, policyText: registryText });

  const policyText = registryText.replace("new", "newer");
  const replaced = { registryId, policyText };
  await ecr.call("PutRegistryPolicy", { policyText });
  assert.deepEqual(await ecr.call("GetRegistryPolicy"), replaced);
  assert.deepEqual(await ecr.call("DeleteRegistryPolicy"), replaced);
  assert.deepEqual(await ecr.refusal("DeleteRegistryPolicy"), noRegistryPolicy);
  assert.deepEqual(await ecr.refusal("GetRegistryPolicy"), noRegistryPolicy);
});

test("texts come back character for character: their spaces, their order, their escapes, their Unicode", async () => {
  await using ecr = await open();
  const odd = [
    `  \n\t{"Statement" :\r\n[ ${JSON.stringify({ ...statement, Sid: "ünïcödé 策略 🐳 \u2028 '\"\\ %_" })}  ]\n,"Version":"2012-10-17"}\n\n`,
    String.raw`{"Statement":{"Sid":"\u0000\u00e9\ud83d\udc33\ud800\/","Action":"ecr:\u002a","Principal":"*","Effect":"Allow"}}`,
  ];
  for (const policyText of odd) {
    await ecr.call("SetRepositoryPolicy", { repositoryName: "app", policyText });
    assert.equal((await ecr.call("GetRepositoryPolicy", { repositoryName: "app" })).policyText, policyText);
    assert.equal((await ecr.call("DeleteRepositoryPolicy", { repositoryName: "app" })).policyText, policyText);
  }
});

test("a policy may have 10,240 characters and not one more", async () => {
  await using ecr = await open();
  const message = "Member must have length less than or equal to 10240";
  const tooLong = {
    name: "InvalidParameterException",
    message: `Invalid parameter at 'policyText' failed to satisfy constraint: '${message}'`,
  };
  const exactly = text.padEnd(10_240);
  assert.equal((await ecr.call("SetRepositoryPolicy", { repositoryName: "app", policyText: exactly })).policyText, exactly);
  assert.deepEqual(await ecr.refusal("SetRepositoryPolicy", { repositoryName: "app", policyText: `${exactly} ` }), tooLong);
  await ecr.call("PutRegistryPolicy", { policyText: registryText.padEnd(10_240) });
  assert.deepEqual(await ecr.refusal("PutRegistryPolicy", { policyText: registryText.padEnd(10_241) }), tooLong);
});

test("a text that is refused leaves the policy that was there", async () => {
  await using ecr = await open();
  await ecr.call("SetRepositoryPolicy", { repositoryName: "app", policyText: text });
  await ecr.call("PutRegistryPolicy", { policyText: registryText });
  const nobody = text.replace(other, "arn:aws:iam::1:root");
  const set = (policyText: string) => ecr.refusal("SetRepositoryPolicy", { repositoryName: "app", policyText });
  const put = (policyText: string) => ecr.refusal("PutRegistryPolicy", { policyText });

  for (const wrong of [
    "",
    "policy",
    "{}",
    text.replace("Allow", "Maybe"),
    registryText.replace('"Resource":"*"', '"Resource":"x"'),
  ]) {
    assert.deepEqual(await set(wrong), words("Invalid repository policy provided"), wrong);
  }
  for (const wrong of ["", "policy", "{}", text])
    assert.deepEqual(await put(wrong), words("Invalid registry policy provided"), wrong);
  assert.deepEqual(await set(nobody), words("Principal not found"));
  assert.deepEqual(await put(registryText.replace(other, "nobody")), words("Principal not found"));

  assert.equal((await ecr.call("GetRepositoryPolicy", { repositoryName: "app" })).policyText, text);
  assert.equal((await ecr.call("GetRegistryPolicy")).policyText, registryText);
});

test("a policy that would keep the caller from setting another has to be forced", async () => {
  await using ecr = await open();
  const input = { repositoryName: "app", policyText: denial };
  for (const force of [undefined, false]) {
    assert.deepEqual(await ecr.refusal("SetRepositoryPolicy", { ...input, force }), words("Invalid repository policy provided"));
  }
  assert.deepEqual(await ecr.refusal("GetRepositoryPolicy", { repositoryName: "app" }), noRepositoryPolicy);
  // What is not a policy cannot be forced.
  const wrong = { repositoryName: "app", policyText: "{}", force: true };
  assert.deepEqual(await ecr.refusal("SetRepositoryPolicy", wrong), words("Invalid repository policy provided"));
  assert.equal((await ecr.call("SetRepositoryPolicy", { ...input, force: true })).policyText, denial);
});

test("users and roles are held by their unique ids: one who is not there cannot be named, one who is made again is another", async () => {
  await using ecr = await open();
  const arn = `arn:aws:iam::${registryId}:user/ann` as Arn;
  const policyText = text.replace(other, arn);
  const put = (it: string) => ecr.call("PutRegistryPolicy", { policyText: it });
  const ann = (entityId: string): Principal => ({
    type: "user",
    account: registryId,
    arn,
    userId: entityId,
    entityId,
    userName: "ann",
  });
  const pull = { repositoryName: "app", imageIds: [{ imageTag: "v1" }] };
  const add = () => ecr.metadata.writeGlobal((tx) => addEntity(tx, registryId, { kind: "user", name: "ann", path: "/" }, 0));

  assert.deepEqual(await ecr.refusal("SetRepositoryPolicy", { repositoryName: "app", policyText }), words("Principal not found"));
  assert.deepEqual(
    await ecr.refusal("PutRegistryPolicy", { policyText: registryText.replace(other, arn) }),
    words("Principal not found"),
  );
  const first = await add();
  await ecr.call("SetRepositoryPolicy", { repositoryName: "app", policyText });
  await put(registryText.replace(other, arn));
  assert.equal((await ecr.call("BatchGetImage", pull, { principal: ann(first.id) })).failures.length, 1);
  await ecr.metadata.writeGlobal((tx) => removeEntity(tx, first));
  const second = ann((await add()).id);
  assert.equal((await ecr.refusal("BatchGetImage", pull, { principal: second })).name, "AccessDeniedException");
  assert.equal((await ecr.call("GetRepositoryPolicy", { repositoryName: "app" })).policyText, policyText);
});

test("a repository that is not there has no policy and gets none", async () => {
  await using ecr = await open();
  assert.deepEqual(await ecr.refusal("SetRepositoryPolicy", { repositoryName: "gone", policyText: text }), noRepository);
  assert.deepEqual(await ecr.refusal("GetRepositoryPolicy", { repositoryName: "gone" }), noRepository);
  assert.deepEqual(await ecr.refusal("DeleteRepositoryPolicy", { repositoryName: "gone" }), noRepository);
});

test("a policy goes with its repository, and one of the same name begins without", async () => {
  await using ecr = await open();
  await ecr.call("CreateRepository", { repositoryName: "kept" });
  for (const repositoryName of ["app", "kept"]) await ecr.call("SetRepositoryPolicy", { repositoryName, policyText: text });
  await ecr.call("DeleteRepository", { repositoryName: "app" });
  await ecr.call("CreateRepository", { repositoryName: "app" });
  assert.deepEqual(await ecr.refusal("GetRepositoryPolicy", { repositoryName: "app" }), noRepositoryPolicy);
  assert.equal((await ecr.call("GetRepositoryPolicy", { repositoryName: "kept" })).policyText, text);
});

test("each account and each region has policies of its own, and taking one away leaves the others", async () => {
  await using ecr = await open();
  const registries = [
    testRegistry,
    { ...testRegistry, region: "eu-west-1" as typeof testRegistry.region },
    { ...testRegistry, account: other },
  ];
  const ownText = (of: string, index: number) => of.replace("new", `registry ${index}`);
  for (const [index, registry] of registries.entries()) {
    assert.equal((await ecr.refusal("GetRegistryPolicy", {}, { registry })).name, noRegistryPolicy.name);
    await ecr.call("PutRegistryPolicy", { policyText: ownText(registryText, index) }, { registry });

    if (index > 0) await ecr.call("CreateRepository", { repositoryName: "app" }, { registry });
    assert.equal(
      (await ecr.refusal("GetRepositoryPolicy", { repositoryName: "app" }, { registry })).name,
      noRepositoryPolicy.name,
    );
    await ecr.call("SetRepositoryPolicy", { repositoryName: "app", policyText: ownText(text, index) }, { registry });
  }
  for (const [index, registry] of registries.entries()) {
    const own = { registry };
    assert.equal((await ecr.call("GetRegistryPolicy", {}, own)).policyText, ownText(registryText, index));
    assert.equal((await ecr.call("DeleteRegistryPolicy", {}, own)).policyText, ownText(registryText, index));
    assert.equal((await ecr.call("GetRepositoryPolicy", { repositoryName: "app" }, own)).policyText, ownText(text, index));
    assert.equal((await ecr.call("DeleteRepositoryPolicy", { repositoryName: "app" }, own)).policyText, ownText(text, index));
  }
});

test("taking a policy away leaves what else its repository and its registry have set", async () => {
  await using ecr = await open();
  const repositoryName = "app";
  const selection = { tagStatus: "untagged", countType: "imageCountMoreThan", countNumber: 1 };
  const lifecyclePolicyText = JSON.stringify({ rules: [{ rulePriority: 1, selection, action: { type: "expire" } }] });
  const rule = { scanFrequency: "SCAN_ON_PUSH", repositoryFilters: [{ filter: "prod", filterType: "WILDCARD" }] };
  await ecr.call("PutLifecyclePolicy", { repositoryName, lifecyclePolicyText });
  await ecr.call("PutRegistryScanningConfiguration", { scanType: "BASIC", rules: [rule] });
  await ecr.call("SetRepositoryPolicy", { repositoryName, policyText: text });
  await ecr.call("PutRegistryPolicy", { policyText: registryText });

  await ecr.call("DeleteRepositoryPolicy", { repositoryName });
  await ecr.call("DeleteRegistryPolicy");
  assert.equal((await ecr.call("GetLifecyclePolicy", { repositoryName })).lifecyclePolicyText, lifecyclePolicyText);
  assert.deepEqual((await ecr.call("GetRegistryScanningConfiguration")).scanningConfiguration.rules, [rule]);
});

test("another account may not touch a registry's policies by naming it", async () => {
  await using ecr = await open();
  const stranger = { principal: rootOf(other) };
  for (const [name, input] of [
    ["SetRepositoryPolicy", { registryId, repositoryName: "app", policyText: text }],
    ["GetRepositoryPolicy", { registryId, repositoryName: "app" }],
    ["DeleteRepositoryPolicy", { registryId, repositoryName: "app" }],
    ["PutRegistryPolicy", { policyText: registryText }],
    ["GetRegistryPolicy", {}],
    ["DeleteRegistryPolicy", {}],
  ] as const) {
    const { name: refusal, message } = await ecr.refusal(name, input, stranger);
    assert.equal(refusal, "AccessDeniedException", name);
    const resource = "repositoryName" in input ? `arn:aws:ecr:us-east-1:${registryId}:repository/app` : "*";
    assert.ok(message.includes(`perform: ecr:${name} on resource: ${resource} `), message);
  }
});
