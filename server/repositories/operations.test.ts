import assert from "node:assert/strict";
import { test } from "node:test";
import type { Call } from "../kernel/call.ts";
import type { AccountId, Region } from "../kernel/names.ts";
import type { Ask } from "../kernel/operation.ts";
import type { Quotas } from "../kernel/quotas.ts";
import { read } from "../kernel/shape.ts";
import { createSealer } from "../keys/sealer.ts";
import { query } from "../platform/metadata/query.ts";
import { testCall, testRegistry } from "../testing/call.ts";
import { fakeClock } from "../testing/fake-clock.ts";
import { addLayers, image } from "../testing/image.ts";
import { openTestMetadata } from "../testing/metadata.ts";
import type { RepositoryDeps } from "./deps.ts";
import { findRepository } from "./find-repository.ts";
import { repositoryJobs } from "./jobs.ts";
import { listRepositoryNames } from "./list-repositories.ts";
import { repositoryOperations } from "./operations.ts";

interface Repository {
  readonly repositoryName: string;
  readonly [member: string]: unknown;
}

interface Answer {
  readonly repository: Repository;
  readonly repositories: readonly Repository[];
  readonly nextToken?: string;
  readonly tags: readonly { Key: string; Value: string }[];
}

const other = "111111111111" as AccountId;

async function open(quotas: Partial<Quotas> = {}) {
  const metadata = await openTestMetadata();
  const deps: RepositoryDeps = {
    metadata,
    clock: fakeClock(1_700_000_000_123),
    quotas,
    sealer: createSealer(Buffer.alloc(32, 1)),
  };
  const table = new Map(repositoryOperations(deps).map((it) => [it.name, it]));
  const run = async (name: string, value: object, call: Call = testCall()): Promise<Answer> => {
    const operation = table.get(name);
    assert.ok(operation, name);
    const input = read(operation.input, value) as never;
    if (operation.asks !== "none") operation.asks(input, call);
    return (await operation.handle(call, input)) as Answer;
  };
  const asks = (name: string, value: object): readonly Ask[] => {
    const operation = table.get(name)!;
    assert.ok(operation.asks !== "none");
    return operation.asks(read(operation.input, value) as never, testCall());
  };
  return { deps, run, asks, [Symbol.asyncDispose]: () => metadata[Symbol.asyncDispose]() };
}

const arn = (name: string, account = "000000000000", region = "us-east-1") =>
  `arn:aws:ecr:${region}:${account}:repository/${name}`;

test("a new repository has ECR's defaults, a URI on the host that the client reaches, and a time in seconds", async () => {
  await using it = await open();
  const { repository } = await it.run("CreateRepository", { repositoryName: "team/app" });
  assert.deepEqual(repository, {
    repositoryArn: arn("team/app"),
    registryId: "000000000000",
    repositoryName: "team/app",
    repositoryUri: "localhost:4510/team/app",
    createdAt: 1_700_000_000.123,
    imageTagMutability: "MUTABLE",
    imageScanningConfiguration: { scanOnPush: false },
    encryptionConfiguration: { encryptionType: "AES256" },
  });
  assert.deepEqual(await it.run("DescribeRepositories", { repositoryNames: ["team/app"] }), { repositories: [repository] });
});

test("what a repository is created with is what it is described with", async () => {
  await using it = await open();
  const filters = [{ filterType: "WILDCARD", filter: "dev-*" }];
  const { repository } = await it.run("CreateRepository", {
    repositoryName: "app",
    imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
    imageTagMutabilityExclusionFilters: filters,
    imageScanningConfiguration: { scanOnPush: true },
    encryptionConfiguration: { encryptionType: "KMS" },
    tags: [
      { Key: "b", Value: "2" },
      { Key: "a", Value: "" },
    ],
  });
  assert.deepEqual(repository["imageTagMutabilityExclusionFilters"], filters);
  assert.deepEqual(repository["imageScanningConfiguration"], { scanOnPush: true });
  assert.deepEqual(repository["encryptionConfiguration"], {
    encryptionType: "KMS",
    kmsKey: "arn:aws:kms:us-east-1:000000000000:alias/aws/ecr",
  });
  assert.deepEqual((await it.run("DescribeRepositories", {})).repositories, [repository]);
  const { tags } = await it.run("ListTagsForResource", { resourceArn: arn("app") });
  assert.deepEqual(tags, [
    { Key: "a", Value: "" },
    { Key: "b", Value: "2" },
  ]);
});

test("a name that is taken or breaks ECR's pattern is refused", async () => {
  await using it = await open();
  await it.run("CreateRepository", { repositoryName: "app" });
  await assert.rejects(it.run("CreateRepository", { repositoryName: "app" }), {
    code: "RepositoryAlreadyExistsException",
    message: "The repository with name 'app' already exists in the registry with id '000000000000'",
  });
  for (const repositoryName of ["App", "a", "a//b", "-a", "a-", "a".repeat(257)]) {
    await assert.rejects(it.run("CreateRepository", { repositoryName }), { code: "InvalidParameterException" }, repositoryName);
  }
});

test("of many who create the same repository at once, one does", async () => {
  await using it = await open();
  const results = await Promise.allSettled(
    Array.from({ length: 8 }, () => it.run("CreateRepository", { repositoryName: "app" })),
  );
  assert.equal(results.filter((result) => result.status === "fulfilled").length, 1);
});

test("a KMS key is given in any of its forms, answered as an ARN, and refused where it would not be used", async () => {
  await using it = await open();
  const id = "12345678-1234-1234-1234-123456789012";
  const arnOf = (resource: string) => `arn:aws:kms:us-east-1:000000000000:${resource}`;
  for (const [at, [kmsKey, expected]] of [
    [id, arnOf(`key/${id}`)],
    ["mrk-12345678901234567890123456789012", arnOf("key/mrk-12345678901234567890123456789012")],
    ["alias/mine", arnOf("alias/mine")],
    [arnOf("alias/mine"), arnOf("alias/mine")],
    [`arn:aws:kms:us-east-1:111111111111:key/${id}`, `arn:aws:kms:us-east-1:111111111111:key/${id}`],
  ].entries()) {
    for (const encryptionType of ["KMS", "KMS_DSSE"]) {
      const repositoryName = `${encryptionType.toLowerCase()}-${at}`;
      const { repository } = await it.run("CreateRepository", {
        repositoryName,
        encryptionConfiguration: { encryptionType, kmsKey },
      });
      assert.deepEqual(repository["encryptionConfiguration"], { encryptionType, kmsKey: expected });
    }
  }
  const useless = { repositoryName: "app", encryptionConfiguration: { encryptionType: "AES256", kmsKey: "alias/mine" } };
  await assert.rejects(it.run("CreateRepository", useless), {
    code: "InvalidParameterException",
    message:
      "Invalid parameter at 'encryptionConfiguration' failed to satisfy constraint: 'Invalid encryption configuration: Encryption key should not be set for AES256 encryption.'",
  });
});

test("what is no key of the repository's region is refused as KMS refuses it", async () => {
  await using it = await open();
  const elsewhere = "arn:aws:kms:eu-west-1:000000000000:alias/mine";
  for (const kmsKey of ["mine", "alias/", elsewhere, "arn:aws:s3:us-east-1:000000000000:key/1"]) {
    const message = kmsKey === elsewhere ? "Invalid arn eu-west-1" : `Invalid keyId '${kmsKey}'`;
    await assert.rejects(
      it.run("CreateRepository", { repositoryName: "app", encryptionConfiguration: { encryptionType: "KMS", kmsKey } }),
      { code: "KmsException", message, detail: { kmsError: "NotFoundException" } },
    );
  }
  assert.deepEqual((await it.run("DescribeRepositories", {})).repositories, []);
});

test("a registry takes as many repositories as it may have, whoever races, and another one has room of its own", async () => {
  await using it = await open({ repositoriesMax: 3 });
  const create = (repositoryName: string, registryId?: string) => it.run("CreateRepository", { repositoryName, registryId });
  const results = await Promise.allSettled(Array.from({ length: 8 }, (_, at) => create(`app-${at}`)));
  assert.equal(results.filter((result) => result.status === "fulfilled").length, 3);
  assert.equal((await it.run("DescribeRepositories", {})).repositories.length, 3);
  await assert.rejects(create("one-more"), {
    code: "LimitExceededException",
    message: "The registry with id '000000000000' already has the maximum allowed number of repositories which is '3'",
  });
  const [{ repositoryName }] = (await it.run("DescribeRepositories", {})).repositories as [Repository];
  await assert.rejects(create(repositoryName), { code: "RepositoryAlreadyExistsException" });
  await create("one-more", other);
  await it.run("DeleteRepository", { repositoryName });
  await create("one-more");
});

test("naming a repository that is not there fails, whatever else is named", async () => {
  await using it = await open();
  await it.run("CreateRepository", { repositoryName: "app" });
  await assert.rejects(it.run("DescribeRepositories", { repositoryNames: ["app", "gone"] }), {
    code: "RepositoryNotFoundException",
    message: "The repository with name 'gone' does not exist in the registry with id '000000000000'",
  });
  await assert.rejects(it.run("DescribeRepositories", { repositoryNames: ["app"], maxResults: 1 }), {
    code: "InvalidParameterException",
  });
  await assert.rejects(it.run("DescribeRepositories", { maxResults: 1001 }), {
    message:
      "Invalid parameter at 'maxResults' failed to satisfy constraint: 'Member must have value less than or equal to 1000'",
  });
});

test("pages follow each other by name, and a token belongs to its registry", async () => {
  await using it = await open();
  for (const repositoryName of ["bb", "a0", "a/b", "a-b"]) await it.run("CreateRepository", { repositoryName });
  const first = await it.run("DescribeRepositories", { maxResults: 3 });
  assert.deepEqual(
    first.repositories.map((one) => one.repositoryName),
    ["a-b", "a/b", "a0"],
  );
  const last = await it.run("DescribeRepositories", { maxResults: 3, nextToken: first.nextToken });
  assert.deepEqual(
    last.repositories.map((one) => one.repositoryName),
    ["bb"],
  );
  assert.equal(last.nextToken, undefined);
  const elsewhere = it.run("DescribeRepositories", { registryId: other, nextToken: first.nextToken });
  await assert.rejects(elsewhere, { code: "InvalidParameterException" });
  const names = await listRepositoryNames(it.deps, testRegistry, { after: "a-b", size: 2 });
  assert.deepEqual(names, { items: ["a/b", "a0"], next: "a0" });
});

test("a registry sees its own repositories only: by account, by region, by id and by ARN", async () => {
  await using it = await open();
  await it.run("CreateRepository", { repositoryName: "app" });
  const abroad = testCall({ registry: { ...testRegistry, region: "eu-west-1" as Region } });
  assert.deepEqual((await it.run("DescribeRepositories", {}, abroad)).repositories, []);
  assert.deepEqual((await it.run("DescribeRepositories", { registryId: other })).repositories, []);

  const theirs = await it.run("CreateRepository", { repositoryName: "app", registryId: other });
  assert.equal(theirs.repository["repositoryArn"], arn("app", other));
  await it.run("TagResource", { resourceArn: arn("app", other), tags: [{ Key: "owner", Value: "them" }] });
  assert.deepEqual((await it.run("ListTagsForResource", { resourceArn: arn("app") })).tags, []);
  assert.equal((await it.run("ListTagsForResource", { resourceArn: arn("app", other) })).tags.length, 1);
});

test("the question that is asked names the registry that is acted on", async () => {
  await using it = await open();
  assert.deepEqual(it.asks("DeleteRepository", { repositoryName: "app", registryId: other }), [
    { action: "ecr:DeleteRepository", resource: arn("app", other) },
  ]);
  assert.deepEqual(it.asks("UntagResource", { resourceArn: arn("app", other), tagKeys: [] }), [
    { action: "ecr:UntagResource", resource: arn("app", other) },
  ]);
  assert.deepEqual(it.asks("DescribeRepositories", {}), [{ action: "ecr:DescribeRepositories", resource: arn("*") }]);
  assert.deepEqual(
    it.asks("DescribeRepositories", { repositoryNames: ["aa", "bb"] }).map((ask) => ask.resource),
    [arn("aa"), arn("bb")],
  );
  const tagged = it.asks("CreateRepository", { repositoryName: "app", tags: [{ Key: "a", Value: "b" }] });
  assert.deepEqual(
    tagged.map((ask) => ask.action),
    ["ecr:CreateRepository", "ecr:TagResource"],
  );
});

test("an ARN that is not a repository's, or is of another region, is no ARN here", async () => {
  await using it = await open();
  await it.run("CreateRepository", { repositoryName: "app" });
  for (const resourceArn of [
    "app",
    "",
    arn("app", "000000000000", "eu-west-1"),
    "arn:aws:s3:us-east-1:000000000000:repository/app",
  ]) {
    await assert.rejects(it.run("ListTagsForResource", { resourceArn }), {
      message: "Invalid parameter at 'resourceArn' failed to satisfy constraint: 'Invalid ARN'",
    });
  }
});

test("tags are added, changed and removed, and others stay", async () => {
  await using it = await open();
  const resourceArn = arn("app");
  await it.run("CreateRepository", {
    repositoryName: "app",
    tags: [
      { Key: "a", Value: "1" },
      { Key: "b", Value: "1" },
    ],
  });
  await it.run("TagResource", {
    resourceArn,
    tags: [
      { Key: "b", Value: "2" },
      { Key: "ü:/=+-@", Value: "x y" },
    ],
  });
  await it.run("UntagResource", { resourceArn, tagKeys: ["a", "never there"] });
  const { tags } = await it.run("ListTagsForResource", { resourceArn });
  assert.deepEqual(tags, [
    { Key: "b", Value: "2" },
    { Key: "ü:/=+-@", Value: "x y" },
  ]);
});

test("tags that no resource can have are refused, and then none is set", async () => {
  await using it = await open();
  const refused = async (tags: { Key: string; Value: string }[], code = "InvalidTagParameterException") => {
    await assert.rejects(it.run("CreateRepository", { repositoryName: "app", tags }), { code });
    await assert.rejects(it.run("TagResource", { resourceArn: arn("base"), tags }), { code });
  };
  await it.run("CreateRepository", { repositoryName: "base" });
  await refused([{ Key: "", Value: "" }]);
  await refused([{ Key: "a".repeat(129), Value: "" }]);
  await refused([{ Key: "a", Value: "a".repeat(257) }]);
  await refused([
    { Key: "a", Value: "1" },
    { Key: "a", Value: "2" },
  ]);
  await refused([{ Key: "AWS:mine", Value: "" }]);
  await refused([{ Key: "a?", Value: "" }]);
  await refused([{ Key: "a", Value: "\u0007" }]);
  await refused(
    Array.from({ length: 51 }, (_, at) => ({ Key: `k${at}`, Value: "" })),
    "TooManyTagsException",
  );
  await it.run("TagResource", {
    resourceArn: arn("base"),
    tags: Array.from({ length: 50 }, (_, at) => ({ Key: `k${at}`, Value: "" })),
  });
  await assert.rejects(it.run("TagResource", { resourceArn: arn("base"), tags: [{ Key: "one more", Value: "" }] }), {
    code: "TooManyTagsException",
  });
  assert.equal((await it.run("ListTagsForResource", { resourceArn: arn("base") })).tags.length, 50);
});

test("the mutability of tags can be changed", async () => {
  await using it = await open();
  await it.run("CreateRepository", { repositoryName: "app" });
  const imageTagMutabilityExclusionFilters = [{ filterType: "WILDCARD", filter: "v*" }];
  const change = { repositoryName: "app", imageTagMutability: "MUTABLE_WITH_EXCLUSION", imageTagMutabilityExclusionFilters };
  assert.deepEqual(await it.run("PutImageTagMutability", change), { registryId: "000000000000", ...change });
  const described = (await it.run("DescribeRepositories", {})).repositories[0]!;
  assert.deepEqual(described["imageTagMutabilityExclusionFilters"], imageTagMutabilityExclusionFilters);
  await assert.rejects(
    it.run("PutImageTagMutability", {
      ...change,
      imageTagMutabilityExclusionFilters: [{ filterType: "WILDCARD", filter: "*a*b*" }],
    }),
    { code: "InvalidParameterException" },
  );
  await assert.rejects(it.run("PutImageTagMutability", { ...change, repositoryName: "gone" }), {
    code: "RepositoryNotFoundException",
  });
  await it.run("PutImageTagMutability", { repositoryName: "app", imageTagMutability: "IMMUTABLE" });
  assert.equal((await it.run("DescribeRepositories", {})).repositories[0]!["imageTagMutabilityExclusionFilters"], undefined);
  await assert.rejects(it.run("PutImageTagMutability", { repositoryName: "app", imageTagMutability: "SOMETIMES" }), {
    message:
      "Invalid parameter at 'imageTagMutability' failed to satisfy constraint: 'Member must satisfy enum value set: [IMMUTABLE, MUTABLE, MUTABLE_WITH_EXCLUSION, IMMUTABLE_WITH_EXCLUSION]'",
  });
});

const insertManifest = query<{ repository_id: number }>()((db, p) =>
  db.insertInto("manifests").values({
    repository_id: p.repository_id,
    digest: "sha256:00",
    media_type: "",
    artifact_type: null,
    body: Buffer.from("{}"),
    body_size: 2,
    image_size: 0,
    subject: null,
    annotations: null,
    pushed_ms: 0,
    pulled_ms: null,
    status: "ACTIVE",
    tagged: 0,
  }),
);
const layerDigests = query()((db) => db.selectFrom("layers").select("digest"));
const manifestDigests = query()((db) => db.selectFrom("manifests").select("digest"));

test("a repository that holds images is deleted only with force, is gone at once, and what it held is swept away", async () => {
  await using it = await open();
  const { metadata } = it.deps;
  const held = await it.run("CreateRepository", { repositoryName: "held" });
  await it.run("CreateRepository", { repositoryName: "kept" });
  const ids = await metadata.write(testRegistry, async (tx) => {
    const found: number[] = [];
    for (const name of ["held", "kept"] as const) {
      const { id } = await findRepository(tx, name as never);
      await tx.run(insertManifest, { repository_id: id });
      await addLayers(tx, id, image());
      found.push(id);
    }
    return found;
  });
  await assert.rejects(it.run("DeleteRepository", { repositoryName: "held" }), {
    code: "RepositoryNotEmptyException",
    message:
      "The repository with name 'held' in registry with id '000000000000' cannot be deleted because it still contains images",
  });
  assert.deepEqual(await it.run("DeleteRepository", { repositoryName: "held", force: true }), held);
  await assert.rejects(it.run("DeleteRepository", { repositoryName: "held", force: true }), {
    code: "RepositoryNotFoundException",
  });

  const [sweeper] = repositoryJobs({ metadata });
  for (const repository_id of ids) await sweeper!.run({ repository_id }, new AbortController().signal);
  const left = await metadata.readGlobal(async (tx) => [
    ...(await tx.all(layerDigests, {})),
    ...(await tx.all(manifestDigests, {})),
  ]);
  assert.equal(left.length, 3, "the other repository has its manifest and its two layers still, though a job named it");
});

test("a repository that is made again under its name has nothing of the one before", async () => {
  await using it = await open();
  await it.run("CreateRepository", { repositoryName: "app", tags: [{ Key: "a", Value: "1" }] });
  await it.run("DeleteRepository", { repositoryName: "app" });
  await it.run("CreateRepository", { repositoryName: "app" });
  assert.deepEqual((await it.run("ListTagsForResource", { resourceArn: arn("app") })).tags, []);
});
