import assert from "node:assert/strict";
import { test } from "node:test";
import { arnOf, openTestRepositories } from "../testing/repositories.ts";

test("tags are added, changed and removed, and others stay", async () => {
  await using it = await openTestRepositories();
  const resourceArn = arnOf("app");
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
  await using it = await openTestRepositories();
  const refused = async (tags: { Key: string; Value: string }[], code = "InvalidTagParameterException") => {
    await assert.rejects(it.run("CreateRepository", { repositoryName: "app", tags }), { code });
    await assert.rejects(it.run("TagResource", { resourceArn: arnOf("base"), tags }), { code });
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
    resourceArn: arnOf("base"),
    tags: Array.from({ length: 50 }, (_, at) => ({ Key: `k${at}`, Value: "" })),
  });
  await assert.rejects(it.run("TagResource", { resourceArn: arnOf("base"), tags: [{ Key: "one more", Value: "" }] }), {
    code: "TooManyTagsException",
  });
  assert.equal((await it.run("ListTagsForResource", { resourceArn: arnOf("base") })).tags.length, 50);
});
