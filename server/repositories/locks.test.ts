import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { repositoryName, testRegistry } from "../testing/call.ts";
import { openTestEcr, pushImage, type TestEcr } from "../testing/ecr.ts";
import { image } from "../testing/image.ts";
import { findRepository } from "./find-repository.ts";
import { lockFault, readLocks } from "./locks.ts";

const name = repositoryName("app");
const resourceArn = "arn:aws:ecr:us-east-1:000000000000:repository/app";
const digest = `sha256:${"a".repeat(64)}`;

let ecr: TestEcr;
beforeEach(async () => {
  ecr = await openTestEcr();
  await ecr.call("CreateRepository", { repositoryName: name });
});
afterEach(() => ecr[Symbol.asyncDispose]());

const tag = (Key: string, Value = "true") => ecr.call("TagResource", { resourceArn, tags: [{ Key, Value }] });
const untag = (Key: string) => ecr.call("UntagResource", { resourceArn, tagKeys: [Key] });
const locks = () => ecr.metadata.read(testRegistry, async (tx) => readLocks(tx, (await findRepository(tx, name)).id));

describe("locks", () => {
  test("a repository without such tags has none", async () => {
    await tag("team", "true");
    const { holderOf, holderOfRepository } = await locks();
    assert.equal(holderOf({ digest, tags: ["v1"] }), undefined);
    assert.equal(holderOfRepository, undefined);
  });

  test("each protects what its key names, and the repository with it", async () => {
    await tag("longshore:lock-tag:v1");
    await tag(`longshore:lock-image:${digest}`);
    const { holderOf, holderOfRepository } = await locks();
    assert.equal(holderOf({ tags: ["v1"] }), "longshore:lock-tag:v1");
    assert.equal(holderOf({ digest: "sha256:b", tags: ["v0", "v1"] }), "longshore:lock-tag:v1");
    assert.equal(holderOf({ digest, tags: [] }), `longshore:lock-image:${digest}`);
    assert.equal(holderOf({ tags: ["v2"] }), undefined);
    assert.equal(holderOf({ digest: "sha256:b", tags: [] }), undefined);
    assert.ok(holderOfRepository?.startsWith("longshore:lock-"));
  });

  test("longshore:lock protects all, and deletion protection the repository only", async () => {
    await tag("longshore:deletion-protection");
    assert.equal((await locks()).holderOf({ digest, tags: ["v1"] }), undefined);
    await tag("longshore:lock");
    assert.equal((await locks()).holderOf({ digest, tags: [] }), "longshore:lock");
    assert.equal((await locks()).holderOf({ tags: ["v1"] }), "longshore:lock");
  });

  test("one with the value false protects nothing", async () => {
    await tag("longshore:lock", "false");
    assert.equal((await locks()).holderOf({ digest, tags: ["v1"] }), undefined);
    assert.equal((await locks()).holderOfRepository, undefined);
  });
});

describe("a tag that looks like a lock", () => {
  test("can be set when it is one, however long the names in it that fit into a key", () => {
    const keys = ["lock", "deletion-protection", "lock-tag:v1.0_x-y", `lock-image:${digest}`];
    for (const key of keys) assert.equal(lockFault(`longshore:${key}`, "true"), undefined);
    assert.equal(lockFault("longshore-lock", "yes"), undefined);
  });

  test("is refused when it would protect nothing, and a sentence tells what would", async () => {
    for (const key of ["longshore:locked", "Longshore:Lock", "longshore:lock-tag:", "longshore:lock-image:v1"]) {
      const { name: code, message } = await ecr.refusal("TagResource", { resourceArn, tags: [{ Key: key, Value: "true" }] });
      assert.equal(code, "InvalidTagParameterException");
      assert.match(message, /^The tag key '.*' means nothing: keys that begin with 'longshore:' are longshore:lock, /);
    }
    const tags = [{ Key: "longshore:lock", Value: "yes" }];
    assert.deepEqual(await ecr.refusal("CreateRepository", { repositoryName: "other", tags }), {
      name: "InvalidTagParameterException",
      message: "The value of the tag 'longshore:lock' must be true, which locks, or false.",
    });
  });
});

describe("DeleteRepository", () => {
  const refusal = (force: boolean) => ecr.refusal("DeleteRepository", { repositoryName: name, force });

  for (const key of [
    "longshore:deletion-protection",
    "longshore:lock",
    "longshore:lock-tag:v1",
    `longshore:lock-image:${digest}`,
  ]) {
    test(`is refused while ${key} is set, also with force`, async () => {
      await tag(key);
      for (const force of [false, true]) {
        assert.deepEqual(await refusal(force), {
          name: "InvalidParameterException",
          message:
            `The repository 'app' is protected from deletion by the resource tag '${key}' of the repository. ` +
            `It can be deleted once the tag is taken off: aws ecr untag-resource --resource-arn <repository> --tag-keys ${key}`,
        });
      }
      await untag(key);
      await ecr.call("DeleteRepository", { repositoryName: name });
    });
  }

  test("images of a repository with deletion protection may go", async () => {
    await tag("longshore:deletion-protection");
    const pushed = image();
    await pushImage(ecr, name, pushed, "v1");
    const answer = await ecr.call("BatchDeleteImage", { repositoryName: name, imageIds: [{ imageDigest: pushed.digest }] });
    assert.deepEqual(answer.failures, []);
  });
});
