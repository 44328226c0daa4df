import assert from "node:assert/strict";
import { test } from "node:test";
import { withRequestTags, withTagKeys } from "./request-tags.ts";

const ask = { action: "ecr:TagResource", resource: "*" } as const;

test("a request says its tags under keys in lower case, and all of its keys as they are", () => {
  const tags = [
    { Key: "Team", Value: "blue" },
    { Key: "env", Value: "dev" },
  ];
  const context = { "aws:tagkeys": ["Team", "env"], "aws:requesttag/team": ["blue"], "aws:requesttag/env": ["dev"] };
  assert.deepEqual(withRequestTags([ask], tags), [{ ...ask, context }]);
  assert.deepEqual(withTagKeys([ask], ["Team"]), [{ ...ask, context: { "aws:tagkeys": ["Team"] } }]);
});

test("a request without tags asks as it would", () => {
  for (const none of [undefined, []]) assert.deepEqual(withRequestTags([ask], none), [ask]);
});

test("of more tags than anything can have, so many are asked about", () => {
  const tags = Array.from({ length: 1_000 }, () => ({ Key: "a", Value: "b" }));
  assert.equal(withRequestTags([ask], tags).length, 50);
});

test("of keys that differ in case, each value is asked about", () => {
  const tags = ["env", "Env", "ENV"].map((Key, at) => ({ Key, Value: String(at) }));
  const values = withRequestTags([ask], [...tags, { Key: "team", Value: "blue" }]).map((it) => [
    it.context?.["aws:requesttag/env"],
    it.context?.["aws:requesttag/team"],
  ]);
  assert.deepEqual(values, [
    [["0"], ["blue"]],
    [["1"], ["blue"]],
    [["2"], ["blue"]],
  ]);
});
