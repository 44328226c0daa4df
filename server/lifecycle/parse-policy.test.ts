import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { RegistryError } from "../kernel/errors.ts";
import { checkLifecyclePolicy, parseLifecyclePolicy } from "./parse-policy.ts";

const UNTAGGED = { tagStatus: "untagged", countType: "imageCountMoreThan", countNumber: 1 };
const ANY = { ...UNTAGGED, tagStatus: "any" };
const PUSHED = { ...UNTAGGED, countType: "sinceImagePushed", countUnit: "days" };
const PULLED = { ...ANY, countType: "sinceImagePulled", countUnit: "days" };
const ARCHIVED = { ...ANY, countType: "sinceImageTransitioned", countUnit: "days", storageClass: "archive" };
const EXPIRE = { type: "expire" };
const ARCHIVE = { type: "transition", targetStorageClass: "archive" };

function rule(selection: object, action: object = EXPIRE, rulePriority: unknown = 1): object {
  return { rulePriority, selection, action };
}

function tagged(lists: object): object {
  return { ...UNTAGGED, tagStatus: "tagged", ...lists };
}

/** What is said about a policy with these rules, without what stands before nearly all of it. */
function said(...rules: unknown[]): string {
  return saidOf(JSON.stringify({ rules }));
}

function saidOf(text: string): string {
  const before = "Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: '";
  try {
    checkLifecyclePolicy(text);
  } catch (error) {
    assert.ok(error instanceof RegistryError, String(error));
    assert.equal(error.code, "InvalidParameterException");
    assert.ok(error.message.startsWith(before), error.message);
    return error.message.slice(before.length).replace(/^Lifecycle policy validation failure: /, "");
  }
  return "good";
}

describe("a policy is read", () => {
  test("into rules by priority, with what was left out filled in", () => {
    const text = JSON.stringify({
      rules: [
        rule(ARCHIVED, EXPIRE, 30),
        rule(PULLED, ARCHIVE, 20),
        { ...rule(tagged({ tagPatternList: ["*-rc*", "*-rc*"] }), EXPIRE, 3), description: "清理 · café" },
        rule(tagged({ tagPrefixList: ["prod-", "release-"], storageClass: "standard" }), EXPIRE, 2),
        rule({ ...PUSHED, countNumber: 14, tagPrefixList: [] }, ARCHIVE, 1),
      ],
    });
    assert.deepEqual(parseLifecyclePolicy(text).rules, [
      {
        priority: 1,
        description: undefined,
        tags: "untagged",
        storageClass: "STANDARD",
        count: { type: "sinceImagePushed", days: 14 },
        action: "TRANSITION",
      },
      {
        priority: 2,
        description: undefined,
        tags: [
          { kind: "prefix", text: "prod-" },
          { kind: "prefix", text: "release-" },
        ],
        storageClass: "STANDARD",
        count: { type: "imageCountMoreThan", images: 1 },
        action: "EXPIRE",
      },
      {
        priority: 3,
        description: "清理 · café",
        tags: [{ kind: "pattern", text: "*-rc*" }],
        storageClass: "STANDARD",
        count: { type: "imageCountMoreThan", images: 1 },
        action: "EXPIRE",
      },
      {
        priority: 20,
        description: undefined,
        tags: "any",
        storageClass: "STANDARD",
        count: { type: "sinceImagePulled", days: 1 },
        action: "TRANSITION",
      },
      {
        priority: 30,
        description: undefined,
        tags: "any",
        storageClass: "ARCHIVE",
        count: { type: "sinceImageTransitioned", days: 1 },
        action: "EXPIRE",
      },
    ]);
  });

  test("with four wildcards in a pattern, and fifty rules", () => {
    assert.equal(said(rule(tagged({ tagPatternList: ["*a*b*c*"] }))), "good");
    assert.equal(
      said(...Array.from({ length: 50 }, (_, i) => rule(tagged({ tagPrefixList: [`p${i}`] }), EXPIRE, i + 1))),
      "good",
    );
  });
});

test("of very many mistakes the first ones are told", () => {
  const message = said(rule(tagged({ tagPrefixList: Array.from({ length: 10_000 }, () => 1) })));
  assert.equal(message.split("\n").length, 101);
});

describe("what is not JSON", () => {
  const text = "Lifecycle policy parsing failure: Could not map policyString into LifecyclePolicy.'";

  test("gets ECR's text and where it breaks", () => {
    const commented = `// Lifecycle policy - keep last 30 tagged images\n${JSON.stringify({ rules: [rule(ANY)] })}`;
    assert.equal(saidOf(commented), `${text} The JSON breaks at line 1, column 1: a value was expected, but '/' was found.`);
    assert.equal(
      saidOf('{\n  "rules": [\n  ],\n}'),
      `${text} The JSON breaks at line 4, column 1: a name in double quotes was expected, but '}' was found.`,
    );
  });

  test("and JSON that is no object gets the text alone", () => {
    for (const json of ["[]", "null", "1", '"rules"']) assert.equal(saidOf(json), text);
  });
});

describe("what the schema forbids", () => {
  const cases: Readonly<Record<string, readonly [policy: unknown, said: string]>> = {
    "no rules": [{}, 'object has missing required properties (["rules"])'],
    "rules that are no list": [{ rules: rule(ANY) }, 'object has missing required properties (["rules"])'],
    "another member beside rules": [
      { rules: [rule(ANY)], version: 1, id: 2 },
      'object instance has properties which are not allowed by the schema: (["version", "id"])',
    ],
    "no rule": [{ rules: [] }, "array is too short: must have at least 1 elements but instance has 0 elements"],
    "51 rules": [
      { rules: Array.from({ length: 51 }, () => rule(ANY)) },
      "array is too long: must have at most 50 elements but instance has 51 elements",
    ],
    "a rule that is no object": [
      { rules: ["rule"] },
      'instance type (string) does not match any allowed primitive type (allowed: ["object"])',
    ],
    "a rule without its members": [
      { rules: [{}] },
      'object has missing required properties (["action", "rulePriority", "selection"])',
    ],
    "another member of a rule": [
      { rules: [{ ...rule(ANY), priority: 1 }] },
      'object instance has properties which are not allowed by the schema: (["priority"])',
    ],
    "a member that objects inherit": [
      { rules: [{ ...rule(ANY), toString: 1 }] },
      'object instance has properties which are not allowed by the schema: (["toString"])',
    ],
    "a priority of 0": [
      { rules: [rule(ANY, EXPIRE, 0)] },
      "numeric instance is lower than the required minimum (minimum: 1, found: 0)",
    ],
    "a priority that is no whole number": [
      { rules: [rule(ANY, EXPIRE, 1.5)] },
      'instance type (number) does not match any allowed primitive type (allowed: ["integer"])',
    ],
    "a description of null": [
      { rules: [{ ...rule(ANY), description: null }] },
      'instance type (null) does not match any allowed primitive type (allowed: ["string"])',
    ],
    "a selection without its members": [
      { rules: [rule({})] },
      'object has missing required properties (["countNumber", "countType", "tagStatus"])',
    ],
    "another member of a selection": [
      { rules: [rule({ ...ANY, tags: [] })] },
      'object instance has properties which are not allowed by the schema: (["tags"])',
    ],
    "an unknown tagStatus": [
      { rules: [rule({ ...ANY, tagStatus: "all" })] },
      'instance value (all) not found in enum :(possible values: ["any", "tagged", "untagged"])',
    ],
    "an unknown storageClass": [
      { rules: [rule({ ...ANY, storageClass: "ARCHIVE" })] },
      'instance value (ARCHIVE) not found in enum :(possible values: ["archive", "standard"])',
    ],
    "an unknown countType": [
      { rules: [rule({ ...ANY, countType: "imageCount" })] },
      "instance failed to match exactly one schema (matched 0 out of 4)",
    ],
    "a unit of images": [
      { rules: [rule({ ...ANY, countUnit: "days" })] },
      "instance failed to match exactly one schema (matched 0 out of 4)",
    ],
    "a unit of null": [
      { rules: [rule({ ...ANY, countUnit: null })] },
      "instance failed to match exactly one schema (matched 0 out of 4)",
    ],
    "an age without a unit": [
      { rules: [rule({ ...PUSHED, countUnit: undefined })] },
      "instance failed to match exactly one schema (matched 0 out of 4)",
    ],
    "an age in hours": [
      { rules: [rule({ ...PUSHED, countUnit: "hours" })] },
      'instance value (hours) not found in enum :(possible values: ["days"])',
    ],
    "an age in the archive of images that are not in it": [
      { rules: [rule({ ...ARCHIVED, storageClass: undefined })] },
      "instance failed to match exactly one schema (matched 0 out of 4)",
    ],
    "a number of 0": [
      { rules: [rule({ ...ANY, countNumber: 0 })] },
      "numeric instance is lower than the required minimum (minimum: 1, found: 0)",
    ],
    "a number in quotes": [
      { rules: [rule({ ...ANY, countNumber: "1" })] },
      'instance type (string) does not match any allowed primitive type (allowed: ["integer"])',
    ],
    "prefixes of null": [
      { rules: [rule({ ...ANY, tagPrefixList: null })] },
      'instance type (null) does not match any allowed primitive type (allowed: ["array"])',
    ],
    "an empty prefix": [
      { rules: [rule(tagged({ tagPrefixList: [""] }))] },
      'string "" is too short (length: 0, required minimum: 1)',
    ],
    "an unknown action": [
      { rules: [rule(ANY, { type: "delete" })] },
      'instance value (delete) not found in enum :(possible values: ["expire", "transition"])',
    ],
    "an action without a type": [{ rules: [rule(ANY, {})] }, 'object has missing required properties (["type"])'],
    "a target of null": [
      { rules: [rule(ANY, { ...EXPIRE, targetStorageClass: null })] },
      "instance failed to match exactly one schema (matched 0 out of 2)",
    ],
    "a target of an expiry": [
      { rules: [rule(ANY, { ...ARCHIVE, type: "expire" })] },
      "instance failed to match exactly one schema (matched 0 out of 2)",
    ],
  };
  for (const [name, [policy, sentence]] of Object.entries(cases)) {
    test(name, () => assert.equal(saidOf(JSON.stringify(policy)), `${sentence}\n'`));
  }

  test("is said all at once, one sentence a line, in the order of the text", () => {
    assert.equal(
      said(rule({ ...ANY, countNumber: 0 }, { type: "delete" }), {}, rule(ANY, EXPIRE, 0)),
      "numeric instance is lower than the required minimum (minimum: 1, found: 0)\n" +
        'instance value (delete) not found in enum :(possible values: ["expire", "transition"])\n' +
        'object has missing required properties (["action", "rulePriority", "selection"])\n' +
        "numeric instance is lower than the required minimum (minimum: 1, found: 0)\n'",
    );
  });
});

describe("rules that do not make sense", () => {
  const notUnderstood = "Lifecycle policy parsing failure: Could not map policyString into LifecyclePolicy.'";

  test("a transition needs a target, and numbers have 32 bits", () => {
    assert.equal(said(rule(ANY, { type: "transition" })), notUnderstood);
    assert.equal(said(rule({ ...ANY, countNumber: 2 ** 31 })), notUnderstood);
    assert.equal(said(rule(ANY, EXPIRE, 2 ** 31)), notUnderstood);
  });

  test("prefixes or patterns go with tagged, one of them, and only with it", () => {
    const none = "Must specify tagPrefixList or tagPatternList when tagStatus=TAGGED.'";
    assert.equal(said(rule(tagged({}))), none);
    assert.equal(said(rule(tagged({ tagPrefixList: [] }))), none);
    assert.equal(
      said(rule(tagged({ tagPrefixList: ["a"], tagPatternList: ["b"] }))),
      "If policy has a tagged rule, it must specify only one of tagPrefixList or tagPatternList'",
    );
    assert.equal(said(rule({ ...ANY, tagPrefixList: ["a"] })), "Cannot specify tagPrefixList with tagStatus any'");
    assert.equal(said(rule({ ...UNTAGGED, tagPatternList: ["a"] })), "Cannot specify tagPatternList with tagStatus untagged'");
  });

  test("a pattern has four wildcards at most", () => {
    assert.equal(
      said(rule(tagged({ tagPatternList: ["*a*b*c*d*"] }))),
      "Invalid tag pattern provided. Total number of * must not exceed 4'",
    );
  });

  test("what is in the archive is selected by its age there, and expires", () => {
    const standard = "SINCE_IMAGE_PUSHED, SINCE_IMAGE_PULLED and IMAGE_COUNT_MORE_THAN support the STANDARD storage class only'";
    for (const it of [ANY, PUSHED, PULLED]) assert.equal(said(rule({ ...it, storageClass: "archive" })), standard);
    assert.equal(said(rule(ARCHIVED, ARCHIVE)), "SINCE_IMAGE_TRANSITIONED supports the EXPIRE action only'");
    assert.equal(said(rule(PULLED)), "SINCE_IMAGE_PULLED supports the TRANSITION action only'");
  });

  test("priorities are unique in all of a policy", () => {
    assert.equal(said(rule(UNTAGGED), rule(ARCHIVED)), "Duplicate priority in multiple rules'");
  });

  test("in one storage class there is one rule for untagged, and one for any that comes last", () => {
    const archivedUntagged = { ...ARCHIVED, tagStatus: "untagged" };
    assert.equal(said(rule(UNTAGGED), rule(PUSHED, EXPIRE, 2)), "Only one rule can select Untagged images per storage class.'");
    assert.equal(said(rule(UNTAGGED), rule(archivedUntagged, EXPIRE, 2)), "good");
    assert.equal(said(rule(ANY), rule(PULLED, ARCHIVE, 2)), "Only one rule can specify tagStatus=ANY per storage class.'");
    assert.equal(said(rule(ANY), rule(ARCHIVED, EXPIRE, 2)), "good");
    const last = "Rule for tagStatus=ANY must have the lowest priority per storage class'";
    assert.equal(said(rule(ANY), rule(UNTAGGED, EXPIRE, 2)), last);
    assert.equal(said(rule(UNTAGGED, EXPIRE, 2), rule(ANY)), last);
    assert.equal(said(rule(ARCHIVED), rule(archivedUntagged, EXPIRE, 2)), last);
    assert.equal(said(rule(ANY), rule(archivedUntagged, EXPIRE, 2)), "good");
  });

  test("a prefix stands in one rule of a storage class", () => {
    const prod = tagged({ tagPrefixList: ["prod", "prod"] });
    const archived = { ...ARCHIVED, tagStatus: "tagged", tagPrefixList: ["prod"] };
    assert.equal(
      said(rule(prod), rule(tagged({ tagPrefixList: ["dev", "prod"] }), EXPIRE, 2)),
      "Rules must have a unique set of tag prefixes per storage class.'",
    );
    assert.equal(said(rule(prod), rule(tagged({ tagPrefixList: ["prod-"] }), EXPIRE, 2), rule(archived, EXPIRE, 3)), "good");
  });
});

// Measured by cdk-preflight, 2026-09; the first of two mistakes is told.
describe("what ECR has been seen to refuse is refused in its words", () => {
  const wild = (pattern: string) => rule(tagged({ tagPatternList: [pattern] }), EXPIRE, 2);
  const fifty = Array.from({ length: 50 }, (_, i) => rule(tagged({ tagPatternList: [`p${i}*`] }), EXPIRE, i + 2));
  const cases: Readonly<Record<string, readonly [rules: readonly object[], said: string]>> = {
    "a transition without a target": [
      [rule({ ...PUSHED, tagStatus: "any" }, { type: "transition" })],
      "Lifecycle policy parsing failure: Could not map policyString into LifecyclePolicy.'",
    ],
    "a number of images in days": [
      [rule({ ...ANY, countUnit: "days" })],
      "instance failed to match exactly one schema (matched 0 out of 4)\n'",
    ],
    "a rule without a selection": [
      [{ rulePriority: 1, action: EXPIRE }],
      'object has missing required properties (["selection"])\n\'',
    ],
    "51 rules, one of them without a selection": [
      [{ rulePriority: 1, action: EXPIRE }, ...fifty],
      "array is too long: must have at most 50 elements but instance has 51 elements\n'",
    ],
    "the same priority twice": [[rule(PUSHED), rule(ANY)], "Duplicate priority in multiple rules'"],
    "tagged without tags, and a pattern with five wildcards": [
      [rule(tagged({})), wild("a*b*b*b*b*")],
      "Must specify tagPrefixList or tagPatternList when tagStatus=TAGGED.'",
    ],
    "a pattern with five wildcards": [[wild("a*b*b*b*b*")], "Invalid tag pattern provided. Total number of * must not exceed 4'"],
  };
  for (const [name, [rules, sentence]] of Object.entries(cases)) test(name, () => assert.equal(said(...rules), sentence));
});

test("whatever JSON is sent, it is read or refused in these words", () => {
  const value = fc.oneof(fc.jsonValue(), fc.constantFrom(null, 0, 1, -1, "", "any", "tagged", "days", [], ["a"], {}));
  const part = fc.record(
    { tagStatus: value, countType: value, countNumber: value, countUnit: value, tagPrefixList: value, storageClass: value },
    { requiredKeys: [] },
  );
  const rules = fc.array(
    fc.record({ rulePriority: value, selection: fc.oneof(value, part), action: value }, { requiredKeys: [] }),
  );
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), fc.record({ rules: fc.oneof(value, rules) })), (policy) => {
      saidOf(JSON.stringify(policy));
    }),
    { numRuns: 5_000 },
  );
});
