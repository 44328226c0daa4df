import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { RegistryError } from "../kernel/errors.ts";
import { parseIdentityPolicy, parseManagedPolicy, parseTrustPolicy } from "./iam-policies.ts";

const BUCKET = "arn:aws:s3:::example";

function policy(...statements: readonly object[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: statements });
}

/** The text with which a document is refused, which has to be an MalformedPolicyDocument. */
function faultOf(parse: (text: string) => unknown, text: string): string {
  try {
    parse(text);
  } catch (error) {
    assert.ok(error instanceof RegistryError && error.code === "MalformedPolicyDocumentException", String(error));
    return error.message;
  }
  return "";
}

// The texts are IAM's, as recorded by LocalStack and moto.
describe("policies of identities", () => {
  const allow = (more: object) => policy({ Effect: "Allow", ...more });
  const cases: readonly (readonly [string, string])[] = [
    ["no JSON", "Syntax errors in policy."],
    [allow({ Action: "s3:List" }), "Policy statement must contain resources."],
    [allow({ Action: "s3:List", Resource: [] }), "Policy statement must contain resources."],
    [allow({ Resource: BUCKET }), "Policy statement must contain actions."],
    [allow({ Action: [], Resource: BUCKET }), "Policy statement must contain actions."],
    [allow({ Action: "List", Resource: "*" }), "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."],
    [allow({ NotAction: "", Resource: "*" }), "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."],
    [allow({ Action: "s3:List:All", Resource: "*" }), "Actions/Condition can contain only one colon."],
    [allow({ Action: "a a:List", Resource: "*" }), "Vendor a a is not valid"],
    [allow({ Action: "s3:List", Resource: "bucket" }), 'Resource bucket must be in ARN format or "*".'],
    [allow({ Action: "s3:List", Resource: "" }), 'Resource  must be in ARN format or "*".'],
    [allow({ Action: "s3:List", Resource: "a:b:c" }), 'Partition "b" is not valid for resource "arn:b:c:*:*:*".'],
    [allow({ Action: "s3:List", Resource: "arn:aws" }), "Resource vendor must be fully qualified and cannot contain regexes."],
    [allow({ Action: "s3:List", Resource: "arn:aws:s3::example" }), "The policy failed legacy parsing"],
    [
      allow({ Action: "s3:List", Resource: "arn:aws:s3:us-east-1::example" }),
      "Resource arn:aws:s3:us-east-1::example can not contain region information.",
    ],
    [
      allow({ Action: "iam:List", Resource: "arn:aws:iam:us-east-1::user/a" }),
      "IAM resource arn:aws:iam:us-east-1::user/a cannot contain region information.",
    ],
    [policy({ Effect: "allow", Action: "s3:List", Resource: "*" }), "The policy failed legacy parsing"],
    [policy({ Effect: "Maybe", Action: "s3:List", Resource: "*" }), "Syntax errors in policy."],
    [allow({ Action: "s3:List", Resource: "*", Principal: "*" }), "Policy document should not specify a principal."],
    [
      policy(...[1, 2].map(() => ({ Sid: "same", Effect: "Allow", Action: "s3:List", Resource: "*" }))),
      "Statement IDs (SID) in a single policy must be unique.",
    ],
  ];
  for (const [text, fault] of cases) {
    test(`${text} is refused: ${fault}`, () => {
      assert.equal(faultOf(parseIdentityPolicy, text), fault);
    });
  }

  test("a resource of IAM is of a kind that IAM has", () => {
    const about = (resource: string) => faultOf(parseIdentityPolicy, allow({ Action: "iam:*", Resource: resource }));
    assert.match(
      about("arn:aws:iam::000000000000:thing/a"),
      /^IAM resource path must either be "\*", root, or start with user\//,
    );
    for (const it of ["root", "user/a", "role/*", "*", "${aws:username}"]) assert.equal(about(`arn:aws:iam::*:${it}`), "");
  });

  test("only inline ones may be in the older language", () => {
    const text = JSON.stringify({ Statement: { Effect: "Allow", Action: "ecr:*", Resource: "*" } });
    assert.equal(faultOf(parseIdentityPolicy, text), "");
    assert.equal(faultOf(parseManagedPolicy, text), "Policy document must be version 2012-10-17 or greater.");
  });
});

describe("trust policies", () => {
  const trust = (more: object) => policy({ Effect: "Allow", ...more });
  const Principal = { Service: "ecr.amazonaws.com" };
  const Action = "sts:AssumeRole";

  test("say who may assume a role, by which action of STS", () => {
    assert.equal(faultOf(parseTrustPolicy, trust({ Principal, Action: [Action, "sts:TagSession"] })), "");
    assert.equal(faultOf(parseTrustPolicy, trust({ Principal: { AWS: "000000000000" }, Action: "sts:*" })), "");
  });

  test("are refused in IAM's words when they say anything else", () => {
    const cases: readonly (readonly [string, string])[] = [
      ["{,}", "This policy contains invalid Json"],
      [trust({ Principal, Action, Resource: "*" }), "Has prohibited field Resource"],
      [trust({ NotPrincipal: Principal, Action }), "Has prohibited field NotPrincipal"],
      [trust({ Action }), "Missing required field Principal"],
      [trust({ Principal, Action: "ecr:PutImage" }), "AssumeRole policy may only specify STS AssumeRole actions."],
      [trust({ Principal, Action: "*" }), "AssumeRole policy may only specify STS AssumeRole actions."],
      [trust({ Principal: { AWS: "nobody" }, Action }), 'Invalid principal in policy: "AWS":"nobody"'],
    ];
    for (const [text, fault] of cases) assert.equal(faultOf(parseTrustPolicy, text), fault);
  });
});
