import assert from "node:assert/strict";
import { test } from "node:test";
import { CREATION_TEMPLATES_MAX } from "../../kernel/limits.ts";
import type { Region } from "../../kernel/names.ts";
import { createSealer } from "../../keys/sealer.ts";
import type { Metadata } from "../../platform/metadata/metadata.ts";
import { testCall, testRegistry } from "../../testing/call.ts";
import { openTestEcr, type TestEcr } from "../../testing/ecr.ts";
import { templateOperations } from "./operations.ts";

const CREATE = "CreateRepositoryCreationTemplate";
const UPDATE = "UpdateRepositoryCreationTemplate";
const DESCRIBE = "DescribeRepositoryCreationTemplates";
const DELETE = "DeleteRepositoryCreationTemplate";

const role = "arn:aws:iam::000000000000:role/service/templates";
const policy = '{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"ecr:ListImages"}]}';
const lifecycle =
  '{"rules":[{"rulePriority":1,"selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":10},"action":{"type":"expire"}}]}';
const filters = [{ filterType: "WILDCARD", filter: "dev-*" }];

/** A template with everything that one can have. */
const full = {
  prefix: "prod",
  description: "for production",
  encryptionConfiguration: { encryptionType: "KMS", kmsKey: "arn:aws:kms:us-east-1:123456789012:key/0a-1b" },
  resourceTags: [{ Key: "team", Value: "blue" }],
  imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
  imageTagMutabilityExclusionFilters: filters,
  repositoryPolicy: policy,
  lifecyclePolicy: lifecycle,
  appliedFor: ["CREATE_ON_PUSH", "REPLICATION"],
  customRoleArn: role,
};

const describeAll = async (ecr: TestEcr) => (await ecr.call(DESCRIBE)).repositoryCreationTemplates;

test("a template of nothing but a prefix and a purpose has ECR's defaults", async () => {
  await using ecr = await openTestEcr();
  const { repositoryCreationTemplate, registryId } = await ecr.call(CREATE, { prefix: "prod", appliedFor: ["REPLICATION"] });
  assert.equal(registryId, testRegistry.account);
  const seconds = ecr.clock.now() / 1000;
  assert.deepEqual(repositoryCreationTemplate, {
    prefix: "prod",
    encryptionConfiguration: { encryptionType: "AES256" },
    imageTagMutability: "MUTABLE",
    appliedFor: ["REPLICATION"],
    createdAt: seconds,
    updatedAt: seconds,
  });
  assert.deepEqual(await describeAll(ecr), [repositoryCreationTemplate]);
});

test("what a template is created with is what it is described and deleted with", async () => {
  await using ecr = await openTestEcr();
  const seconds = ecr.clock.now() / 1000;
  const template = { ...full, createdAt: seconds, updatedAt: seconds };
  assert.deepEqual((await ecr.call(CREATE, full)).repositoryCreationTemplate, template);
  assert.deepEqual(await describeAll(ecr), [template]);
  assert.deepEqual((await ecr.call(DELETE, { prefix: "prod" })).repositoryCreationTemplate, template);
  assert.deepEqual(await describeAll(ecr), []);
});

test("an update leaves what it does not name, and takes away what it empties", async () => {
  await using ecr = await openTestEcr();
  const { createdAt } = (await ecr.call(CREATE, full)).repositoryCreationTemplate;
  ecr.clock.advance(5000);
  const stamps = { createdAt, updatedAt: ecr.clock.now() / 1000 };
  const renamed = await ecr.call(UPDATE, { prefix: "prod", description: "for all" });
  assert.deepEqual(renamed.repositoryCreationTemplate, { ...full, description: "for all", ...stamps });
  const emptied = await ecr.call(UPDATE, {
    prefix: "prod",
    description: "",
    resourceTags: [],
    repositoryPolicy: "",
    lifecyclePolicy: "",
    customRoleArn: "",
    encryptionConfiguration: { encryptionType: "KMS", kmsKey: "" },
    appliedFor: ["PULL_THROUGH_CACHE", "PULL_THROUGH_CACHE"],
    imageTagMutability: "MUTABLE",
  });
  const left = {
    prefix: "prod",
    encryptionConfiguration: { encryptionType: "KMS" },
    imageTagMutability: "MUTABLE",
    appliedFor: ["PULL_THROUGH_CACHE"],
    ...stamps,
  };
  assert.deepEqual(emptied.repositoryCreationTemplate, left);
  assert.deepEqual(await describeAll(ecr), [left]);
});

test("a key goes when keys are turned off, though Terraform's provider sends it along", async () => {
  await using ecr = await openTestEcr();
  await ecr.call(CREATE, full);
  const { kmsKey } = full.encryptionConfiguration;
  const input = { prefix: "prod", encryptionConfiguration: { encryptionType: "AES256", kmsKey } };
  const { repositoryCreationTemplate } = await ecr.call(UPDATE, input);
  assert.deepEqual(repositoryCreationTemplate.encryptionConfiguration, { encryptionType: "AES256" });
});

test("exclusion filters stay with a setting that needs them and go with one that does not", async () => {
  await using ecr = await openTestEcr();
  await ecr.call(CREATE, full);
  const change = async (input: object) => {
    const { repositoryCreationTemplate: it } = await ecr.call(UPDATE, { prefix: "prod", ...input });
    return [it.imageTagMutability, it.imageTagMutabilityExclusionFilters];
  };
  assert.deepEqual(await change({ imageTagMutability: "MUTABLE_WITH_EXCLUSION" }), ["MUTABLE_WITH_EXCLUSION", filters]);
  assert.deepEqual(await change({ imageTagMutability: "IMMUTABLE" }), ["IMMUTABLE", undefined]);
  const message = (mistake: string, setting: string) =>
    `Invalid parameter at 'imageTagMutabilityExclusionFilters' failed to satisfy constraint: 'ImageTagMutabilityExclusionFilters ${mistake} when imageTagMutability is set as ${setting}'`;
  const refused = async (input: object) => (await ecr.refusal(UPDATE, { prefix: "prod", ...input })).message;
  assert.equal(
    await refused({ imageTagMutability: "MUTABLE_WITH_EXCLUSION" }),
    message("can't be null", "MUTABLE_WITH_EXCLUSION"),
  );
  assert.equal(await refused({ imageTagMutabilityExclusionFilters: filters }), message("are not allowed", "MUTABLE"));
});

test("a prefix is the same with and without a slash at its end, and comes back as it was sent", async () => {
  await using ecr = await openTestEcr();
  await ecr.call(CREATE, { prefix: "prod/", appliedFor: [] });
  const again = await ecr.refusal(CREATE, { prefix: "prod", appliedFor: [] });
  assert.equal(again.name, "TemplateAlreadyExistsException");
  assert.match(again.message, /'prod' already exists in the registry with id '000000000000'/);
  const named = await ecr.call(DESCRIBE, { prefixes: ["prod"] });
  assert.equal(named.repositoryCreationTemplates[0].prefix, "prod/");
  await ecr.call(CREATE, { prefix: "root", appliedFor: [] });
  await ecr.call(CREATE, { prefix: "ROOT", appliedFor: [] });
  await ecr.call(DELETE, { prefix: "prod" });
  assert.deepEqual(
    (await describeAll(ecr)).map((it: { prefix: string }) => it.prefix),
    ["ROOT", "root"],
  );
});

test("a template that is not there is not found, and left out where several are described", async () => {
  await using ecr = await openTestEcr();
  for (const name of [UPDATE, DELETE]) {
    const { name: code, message } = await ecr.refusal(name, { prefix: "prod" });
    assert.equal(code, "TemplateNotFoundException");
    assert.match(message, /'prod' does not exist in the registry with id '000000000000'/);
  }
  await ecr.call(CREATE, { prefix: "prod", appliedFor: [] });
  const some = await ecr.call(DESCRIBE, { prefixes: ["dev", "prod", "prod/team"] });
  assert.equal(some.repositoryCreationTemplates.length, 1);
  assert.deepEqual((await ecr.call(DESCRIBE, { prefixes: ["dev"] })).repositoryCreationTemplates, []);
});

test("pages follow each other by prefix, and a token belongs to its question", async () => {
  await using ecr = await openTestEcr();
  for (const prefix of ["b", "a/b", "ROOT", "a", "c"]) await ecr.call(CREATE, { prefix, appliedFor: [] });
  const walk = async (question: object) => {
    const seen: string[] = [];
    let nextToken: string | undefined;
    do {
      const page = await ecr.call(DESCRIBE, { ...question, maxResults: 2, ...(nextToken === undefined ? {} : { nextToken }) });
      seen.push(...page.repositoryCreationTemplates.map((it: { prefix: string }) => it.prefix));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    return seen;
  };
  assert.deepEqual(await walk({}), ["ROOT", "a", "a/b", "b", "c"]);
  assert.deepEqual(await walk({ prefixes: ["c", "a", "b", "a"] }), ["a", "b", "c"]);
  const { nextToken } = await ecr.call(DESCRIBE, { maxResults: 1 });
  for (const question of [{ prefixes: ["a"], nextToken }, { nextToken: `${nextToken}A` }, { nextToken: "" }]) {
    assert.equal((await ecr.refusal(DESCRIBE, question)).name, "InvalidParameterException");
  }
});

test("a registry sees its own templates only", async () => {
  await using ecr = await openTestEcr();
  await ecr.call(CREATE, { prefix: "prod", appliedFor: [] });
  const abroad = { registry: { ...testRegistry, region: "eu-west-1" as Region } };
  assert.deepEqual((await ecr.call(DESCRIBE, {}, abroad)).repositoryCreationTemplates, []);
  assert.equal((await ecr.refusal(DELETE, { prefix: "prod" }, abroad)).name, "TemplateNotFoundException");
});

test("what no repository could have is refused, and then nothing is made or changed", async () => {
  await using ecr = await openTestEcr();
  await ecr.call(CREATE, { prefix: "kept", appliedFor: [] });
  const before = await describeAll(ecr);
  const tags = (count: number) => Array.from({ length: count }, (_, at) => ({ Key: `k${at}`, Value: "" }));
  const bad = [
    { description: "a".repeat(257) },
    { encryptionConfiguration: {} },
    { encryptionConfiguration: { encryptionType: "ROT13" } },
    { encryptionConfiguration: { encryptionType: "KMS", kmsKey: "alias/mine" } },
    { encryptionConfiguration: { encryptionType: "KMS", kmsKey: "arn:aws:kms:eu-west-1:123456789012:key/0a-1b" } },
    { resourceTags: tags(51) },
    { resourceTags: [{ Key: "aws:mine", Value: "" }] },
    { imageTagMutability: "SOMETIMES" },
    { imageTagMutability: "MUTABLE_WITH_EXCLUSION" },
    { imageTagMutability: "IMMUTABLE", imageTagMutabilityExclusionFilters: filters },
    { repositoryPolicy: "{" },
    { repositoryPolicy: " ".repeat(10_241) },
    { lifecyclePolicy: "{" },
    { lifecyclePolicy: " ".repeat(30_721) },
    { appliedFor: ["SOMETIMES"] },
    { customRoleArn: "role" },
    { customRoleArn: "arn:aws:iam::12:role/a" },
    { customRoleArn: `${role}${"a".repeat(2048)}` },
  ];
  for (const input of bad) {
    const made = await ecr.refusal(CREATE, { prefix: "made", appliedFor: [], ...input });
    assert.equal(made.name, "InvalidParameterException", JSON.stringify(input));
    const changed = await ecr.refusal(UPDATE, { prefix: "kept", ...input });
    assert.equal(changed.name, "InvalidParameterException", JSON.stringify(input));
  }
  for (const prefix of ["", "/", "Prod", "a//b", "ROOT/", "a".repeat(257)]) {
    assert.equal((await ecr.refusal(CREATE, { prefix, appliedFor: [] })).name, "InvalidParameterException");
  }
  assert.match((await ecr.refusal(CREATE, { prefix: "made" })).message, /'appliedFor'.*'Member must not be null'/);
  assert.match(
    (await ecr.refusal(CREATE, { prefix: "made", appliedFor: ["SOMETIMES"] })).message,
    /'appliedFor'.*Member must satisfy enum value set: \[REPLICATION, PULL_THROUGH_CACHE, CREATE_ON_PUSH\]/,
  );
  assert.deepEqual(await describeAll(ecr), before);
});

test("a registry has room for so many templates", async () => {
  await using ecr = await openTestEcr();
  for (let at = 0; at < CREATION_TEMPLATES_MAX; at++) await ecr.call(CREATE, { prefix: `p${at}`, appliedFor: [] });
  assert.equal((await ecr.refusal(CREATE, { prefix: "more", appliedFor: [] })).name, "LimitExceededException");
  await ecr.call(DELETE, { prefix: "p0" });
  await ecr.call(CREATE, { prefix: "more", appliedFor: [] });
});

test("of many who create the same template at once, one does", async () => {
  await using ecr = await openTestEcr();
  const tries = Array.from({ length: 8 }, () => ecr.call(CREATE, { prefix: "prod", appliedFor: [] }));
  const results = await Promise.allSettled(tries);
  assert.equal(results.filter((it) => it.status === "fulfilled").length, 1);
});

test("its author is asked for all that it will do without asking again", () => {
  const sealer = createSealer(Buffer.alloc(32, 1));
  const nobody = (): never => assert.fail("asking needs nothing else");
  const deps = { sealer, clock: { now: nobody }, metadata: {} as Metadata, checkLifecyclePolicy: nobody };
  const asksOf = (input: object) =>
    templateOperations(deps)
      .slice(0, 2)
      .map(({ asks }) => asks !== "none" && asks(input as never, testCall()).slice(1));
  const below = "arn:aws:ecr:us-east-1:000000000000:repository/prod/*";
  const bare = [{ action: "ecr:CreateRepository", resource: below }];
  assert.deepEqual(asksOf({ prefix: "prod/" }), [bare, bare]);
  assert.deepEqual(asksOf({ prefix: "prod", resourceTags: [], repositoryPolicy: "", lifecyclePolicy: "" }), [bare, bare]);
  const context = { "aws:tagkeys": ["team"], "aws:requesttag/team": ["blue"] };
  const tagged = ["CreateRepository", "TagResource"].map((it) => ({ action: `ecr:${it}`, resource: below, context }));
  const documents = ["SetRepositoryPolicy", "PutLifecyclePolicy"].map((it) => ({ action: `ecr:${it}`, resource: below }));
  const passed = { action: "iam:PassRole", resource: role, context: { "iam:passedtoservice": ["ecr.amazonaws.com"] } };
  const all = [...tagged, ...documents, passed];
  assert.deepEqual(asksOf(full), [all, all]);
  const everywhere = [{ action: "ecr:CreateRepository", resource: "arn:aws:ecr:us-east-1:000000000000:repository/*" }];
  assert.deepEqual(asksOf({ prefix: "ROOT" }), [everywhere, everywhere]);
});
