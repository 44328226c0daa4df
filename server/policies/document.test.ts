import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePolicyDocument } from "./document.ts";
import { PolicyFault } from "./elements.ts";

/** A document with one statement, an Allow of all for everyone but for what is changed; a member that is undefined is left out. */
function policy(statement: object, document: object = {}): string {
  const whole = { Effect: "Allow", Principal: "*", Action: "*", ...statement };
  return JSON.stringify({ Version: "2012-10-17", Statement: [whole], ...document });
}

/** What is wrong with a document. */
function fault(text: string): string {
  try {
    parsePolicyDocument(text);
  } catch (error) {
    assert.ok(error instanceof PolicyFault, String(error));
    return error.message;
  }
  return "nothing";
}

const statementOf = (statement: object) => parsePolicyDocument(policy(statement)).statements[0]!;

test("a document comes in one form, however it is written", () => {
  const long = parsePolicyDocument(
    JSON.stringify({
      Version: "2012-10-17",
      Id: "shares",
      Statement: [
        {
          Sid: "Pull, and push: wir dürfen das!",
          Effect: "Deny",
          NotPrincipal: { AWS: ["123456789012"], Service: "codebuild.amazonaws.com" },
          NotAction: ["ecr:Put*"],
          NotResource: ["arn:aws:ecr:us-east-1:123456789012:repository/a/*"],
          Condition: { "ForAnyValue:StringLikeIfExists": { "aws:TagKeys": ["a*", 1, true] }, Null: { "aws:SourceVpc": false } },
        },
      ],
    }),
  );
  assert.deepEqual(long, {
    version: "2012-10-17",
    id: "shares",
    statements: [
      {
        sid: "Pull, and push: wir dürfen das!",
        effect: "Deny",
        principals: {
          except: true,
          of: [
            { kind: "account", account: "123456789012" },
            { kind: "service", name: "codebuild.amazonaws.com" },
          ],
        },
        actions: { except: true, of: ["ecr:Put*"] },
        resources: { except: true, of: ["arn:aws:ecr:us-east-1:123456789012:repository/a/*"] },
        conditions: [
          { operator: "StringLike", set: "ForAnyValue", ifExists: true, key: "aws:tagkeys", values: ["a*", "1", "true"] },
          { operator: "Null", set: undefined, ifExists: false, key: "aws:sourcevpc", values: ["false"] },
        ],
      },
    ],
  });

  const short = parsePolicyDocument('{"Statement":{"Effect":"Allow","Action":"ecr:*"}}');
  assert.deepEqual(short, {
    version: "2008-10-17",
    id: undefined,
    statements: [
      {
        sid: undefined,
        effect: "Allow",
        principals: undefined,
        actions: { except: false, of: ["ecr:*"] },
        resources: undefined,
        conditions: [],
      },
    ],
  });
});

test("everyone is written as a star in two ways", () => {
  const everyone = { except: false, of: [{ kind: "everyone" }] };
  assert.deepEqual(statementOf({ Principal: "*" }).principals, everyone);
  assert.deepEqual(statementOf({ Principal: { AWS: "*" } }).principals, everyone);
});

test("a principal that cannot be one is kept as unknown, for another to refuse", () => {
  assert.deepEqual(statementOf({ Principal: { AWS: "nobody" } }).principals?.of, [{ kind: "unknown", name: "nobody" }]);
});

test("actions of any vendor are legal, and so is a condition without values or comparisons", () => {
  assert.deepEqual(statementOf({ Action: ["s3:GetObject", "*:*", "ecr:Un?known*"] }).actions.of.length, 3);
  assert.deepEqual(statementOf({ Condition: {} }).conditions, []);
  assert.deepEqual(statementOf({ Condition: { Bool: {} } }).conditions, []);
  assert.deepEqual(statementOf({ Condition: { Bool: { "aws:SecureTransport": [] } } }).conditions[0]?.values, []);
});

test("an ARN that ends early is completed with stars", () => {
  for (const [written, whole] of [
    ["arn:aws:ecr", "arn:aws:ecr:*:*:*"],
    ["arn:aws:ecr:eu-west-1", "arn:aws:ecr:eu-west-1:*:*"],
    ["arn:aws:ecr:*:123456789012", "arn:aws:ecr:*:123456789012:*"],
    // Without its service: legal, and about nothing that there is.
    ["arn:aws:us-east-2:123456789012:repository/*", "arn:aws:us-east-2:123456789012:repository/*:*"],
    ["arn:aws:ecr:*:*:a:b:c", "arn:aws:ecr:*:*:a:b:c"],
  ]) {
    assert.deepEqual(statementOf({ Resource: written }).resources?.of, [whole]);
  }
});

test("Sids may be empty more than once", () => {
  const statement = { Sid: "", Effect: "Allow", Action: "*" };
  assert.equal(parsePolicyDocument(JSON.stringify({ Statement: [statement, statement] })).statements.length, 2);
});

test("what is not a policy document is a fault that says where and why", () => {
  const statements: readonly (readonly [object, string])[] = [
    [{ Effect: "allow" }, "Statement[0].Effect must be Allow or Deny"],
    [{ Effect: undefined }, "Statement[0].Effect must be Allow or Deny"],
    [{ Effect: ["Allow"] }, "Statement[0].Effect must be a string"],
    [{ Sid: 1 }, "Statement[0].Sid must be a string"],
    [{ Sid: null }, "Statement[0].Sid must be a string"],
    [{ Actions: "*" }, 'Statement[0] has a member that policies do not know: "Actions"'],
    [{ Action: undefined }, "Statement[0] must have an Action or a NotAction"],
    [{ NotAction: "*" }, "Statement[0] must not have both Action and NotAction"],
    [{ NotPrincipal: "*" }, "Statement[0] must not have both Principal and NotPrincipal"],
    [{ Resource: "*", NotResource: "*" }, "Statement[0] must not have both Resource and NotResource"],
    [{ Action: [] }, "Statement[0].Action must name at least one"],
    [{ Action: [["*"]] }, "Statement[0].Action must be a string or a list of strings, none empty"],
    [{ Action: null }, "Statement[0].Action must be a string or a list of strings, none empty"],
    [{ Action: "" }, "Statement[0].Action must be a string or a list of strings, none empty"],
    [{ Action: "PutImage" }, 'Statement[0].Action has what is not an action: "PutImage"'],
    [{ Action: "ecr:" }, 'Statement[0].Action has what is not an action: "ecr:"'],
    [{ Action: ":PutImage" }, 'Statement[0].Action has what is not an action: ":PutImage"'],
    [{ Action: "ec*:PutImage" }, 'Statement[0].Action has what is not an action: "ec*:PutImage"'],
    [{ Action: ["ecr:*", "ecr:a:b"] }, 'Statement[0].Action has what is not an action: "ecr:a:b"'],
    [{ Resource: "repository/app" }, 'Statement[0].Resource has what is not an ARN: "repository/app"'],
    [{ Resource: "arn:aws" }, 'Statement[0].Resource has what is not an ARN: "arn:aws"'],
    [{ Resource: ["*", 1] }, "Statement[0].Resource must be a string or a list of strings, none empty"],
    [{ Principal: "123456789012" }, "Statement[0].Principal must be an object"],
    [{ Principal: ["*"] }, "Statement[0].Principal must be an object"],
    [{ Principal: {} }, "Statement[0].Principal must name somebody"],
    [{ Principal: { AWS: [] } }, "Statement[0].Principal.AWS must name at least one"],
    [{ Principal: { AWS: { x: "*" } } }, "Statement[0].Principal.AWS must be a string or a list of strings, none empty"],
    [{ Principal: { aws: "*" } }, 'Statement[0].Principal has a member that policies do not know: "aws"'],
    [{ Condition: [] }, "Statement[0].Condition must be an object"],
    [{ Condition: null }, "Statement[0].Condition must be an object"],
    [{ Condition: { Equals: {} } }, 'Statement[0].Condition has an operator that policies do not know: "Equals"'],
    [{ Condition: { stringEquals: {} } }, 'Statement[0].Condition has an operator that policies do not know: "stringEquals"'],
    [{ Condition: { NullIfExists: {} } }, 'Statement[0].Condition has an operator that policies do not know: "NullIfExists"'],
    [{ Condition: { "ForAll:Bool": {} } }, 'Statement[0].Condition has an operator that policies do not know: "ForAll:Bool"'],
    [{ Condition: { toString: {} } }, 'Statement[0].Condition has an operator that policies do not know: "toString"'],
    [{ Condition: { Bool: "true" } }, "Statement[0].Condition.Bool must be an object"],
    [{ Condition: { Bool: { secure: true } } }, 'Statement[0].Condition.Bool has a key without a prefix: "secure"'],
    [{ Condition: { Bool: { ":secure": true } } }, 'Statement[0].Condition.Bool has a key without a prefix: ":secure"'],
    [{ Condition: { Bool: { "aws:": true } } }, 'Statement[0].Condition.Bool has a key without a prefix: "aws:"'],
    [
      { Condition: { Bool: { "a:B": 1, "A:b": 1 } } },
      "Statement[0].Condition.Bool has the same key twice, told apart by case only",
    ],
    [
      { Condition: { Bool: { "a:b": null } } },
      "Statement[0].Condition.Bool.a:b must be strings, booleans or numbers of at most 53 bits",
    ],
    [
      { Condition: { Bool: { "a:b": 2 ** 60 } } },
      "Statement[0].Condition.Bool.a:b must be strings, booleans or numbers of at most 53 bits",
    ],
  ];
  for (const [statement, message] of statements) assert.equal(fault(policy(statement)), message);

  const documents: readonly (readonly [object, string])[] = [
    [{ Version: "2012-10-18" }, "Version must be one of 2008-10-17, 2012-10-17"],
    [{ Version: 2012 }, "The policy.Version must be a string"],
    [{ Id: {} }, "The policy.Id must be a string"],
    [{ Statement: undefined }, "Statement[0] must be an object"],
    [{ Statement: [] }, "Statement must hold at least one"],
    [{ Statement: ["*"] }, "Statement[0] must be an object"],
    [{ rules: [] }, 'The policy has a member that policies do not know: "rules"'],
    [{ Statement: ["a", "b", "a"].map((Sid) => ({ Sid, Effect: "Allow", Action: "*" })) }, "Statement must not use a Sid twice"],
  ];
  for (const [document, message] of documents) assert.equal(fault(policy({}, document)), message);
});

test("what is not one JSON object, or not the same to every reader, is a fault", () => {
  const notJson = "The policy must be JSON that nests at most 6 deep";
  for (const text of [
    "",
    " ",
    "policy",
    "{",
    '{"Statement":}',
    `\uFEFF${policy({})}`,
    `// a policy\n${policy({})}`,
    `${policy({})}{}`,
  ]) {
    assert.equal(fault(text), notJson, text);
  }
  assert.equal(fault("[".repeat(5000) + "]".repeat(5000)), notJson);
  for (const text of ["null", "[]", '"Statement"', "1"]) assert.equal(fault(text), "The policy must be an object", text);
  const twice = "The policy must not name a member twice in one object";
  assert.equal(fault('{"Statement":{"Effect":"Deny","Effect":"Allow","Action":"*"}}'), twice);
  assert.equal(fault(String.raw`{"Statement":{"Effect":"Deny","Eff\u0065ct":"Allow","Action":"*"}}`), twice);
  assert.equal(fault('{"__proto__":{"Statement":{}}}'), 'The policy has a member that policies do not know: "__proto__"');
});
