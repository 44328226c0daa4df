import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { RegistryError } from "../kernel/errors.ts";
import { POLICY_TEXT_LENGTH_MAX } from "../kernel/limits.ts";
import { isInRegistryScope, parseRegistryPolicy, parseRepositoryPolicy } from "./resource-policies.ts";

const ROOT = { AWS: "arn:aws:iam::123456789012:root" };
const ARN = "arn:aws:ecr:us-east-1:123456789012:repository/prod/*";

function policy(statement: object): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: ROOT, Action: "ecr:*", ...statement }],
  });
}

/** What a client is told of a policy. */
function refusal(parse: (text: string) => unknown, text: string): string {
  try {
    parse(text);
  } catch (error) {
    assert.ok(error instanceof RegistryError && error.code === "InvalidParameterException", String(error));
    return error.message;
  }
  return "accepted";
}

const words = (constraint: string) => `Invalid parameter at 'PolicyText' failed to satisfy constraint: '${constraint}'`;
const invalidRepositoryPolicy = words("Invalid repository policy provided");
const invalidRegistryPolicy = words("Invalid registry policy provided");
const principalNotFound = words("Principal not found");

test("the examples of ECR's user guide are repository policies", () => {
  for (const statement of [
    { Sid: "AllowPushPull", Principal: { AWS: ["arn:aws:iam::111122223333:user/push-pull-user-1"] }, Resource: "*" },
    { Sid: "AllowCrossAccountPush", Principal: { AWS: "arn:aws:iam::111122223333:root" }, Action: ["ecr:PutImage"] },
    { Sid: "DenyPull", Effect: "Deny", Principal: "*", Action: ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"] },
    { Effect: "Deny", Principal: "*", Condition: { NotIpAddress: { "aws:SourceIp": "54.240.143.0/24" } }, Resource: ["*"] },
    {
      Sid: "new statement: CodeBuild may pull",
      Principal: { Service: "codebuild.amazonaws.com" },
      Condition: {
        ArnLike: { "aws:SourceArn": "arn:aws:codebuild:us-east-1:123456789012:project/project" },
        StringEquals: { "aws:SourceAccount": "123456789012" },
      },
    },
  ]) {
    assert.equal(refusal(parseRepositoryPolicy, policy(statement)), "accepted", JSON.stringify(statement));
  }
});

test("a repository policy is about its repository: a Resource but for a star is refused", () => {
  for (const statement of [
    { Resource: ARN },
    { Resource: "arn:aws:ecr:us-east-1:123456789012:repository/app" },
    { Resource: ["*", ARN] },
    { Resource: [] },
    { Resource: "**" },
    { NotResource: "*" },
    { NotResource: ARN },
  ]) {
    assert.equal(refusal(parseRepositoryPolicy, policy(statement)), invalidRepositoryPolicy, JSON.stringify(statement));
  }
});

test("a policy that shares prefixes with other accounts is one of a registry, and none of a repository", () => {
  const Statement = ["prod", "dev"].map((prefix) => ({
    Sid: `share-${prefix}`,
    Effect: "Allow",
    Principal: { AWS: ["arn:aws:iam::234567890123:root", "arn:aws:iam::345678901234:role/ECR-Push-Role"] },
    Action: ["ecr:BatchGetImage", "ecr:CreateRepository", "ecr:ReplicateImage"],
    Resource: [`arn:aws:ecr:us-west-2:123456789012:repository/${prefix}/*`],
  }));
  const text = JSON.stringify({ Version: "2012-10-17", Statement });
  assert.equal(refusal(parseRegistryPolicy, text), "accepted");
  assert.equal(refusal(parseRepositoryPolicy, text), invalidRepositoryPolicy);
});

test("a registry policy says which repositories it is about", () => {
  for (const statement of [{ Resource: ARN }, { Resource: "*" }, { Resource: [ARN, "*"] }, { NotResource: ARN }]) {
    assert.equal(refusal(parseRegistryPolicy, policy(statement)), "accepted", JSON.stringify(statement));
  }
  assert.equal(refusal(parseRegistryPolicy, policy({})), invalidRegistryPolicy);
  assert.equal(refusal(parseRegistryPolicy, policy({ Resource: "prod/*" })), invalidRegistryPolicy);
});

test("both say whom they are about", () => {
  assert.equal(refusal(parseRepositoryPolicy, policy({ Principal: undefined })), invalidRepositoryPolicy);
  assert.equal(refusal(parseRegistryPolicy, policy({ Principal: undefined, Resource: "*" })), invalidRegistryPolicy);
  const nobody = { Principal: { AWS: ["123456789012", "arn:aws:iam::123456789012:*"] }, Resource: "*" };
  assert.equal(refusal(parseRepositoryPolicy, policy(nobody)), principalNotFound);
  assert.equal(refusal(parseRegistryPolicy, policy(nobody)), principalNotFound);
  assert.equal(
    refusal(parseRepositoryPolicy, policy({ Principal: undefined, NotPrincipal: { AWS: "nobody" } })),
    principalNotFound,
  );
});

test("under scope V1 the policy of a registry is about three actions, under V2 about all", () => {
  for (const action of ["ecr:ReplicateImage", "ecr:BatchImportUpstreamImage", "ecr:CreateRepository"]) {
    assert.ok(isInRegistryScope(action, "V1") && isInRegistryScope(action, "V2"));
  }
  assert.ok(!isInRegistryScope("ecr:BatchGetImage", "V1") && isInRegistryScope("ecr:BatchGetImage", "V2"));
});

test("what is wrong with the document comes before who is not found", () => {
  const statements = [
    { Effect: "Allow", Principal: { AWS: "nobody" }, Action: "*" },
    { Effect: "Allow", Principal: "*" },
  ];
  assert.equal(refusal(parseRepositoryPolicy, JSON.stringify({ Statement: statements })), invalidRepositoryPolicy);
});

test("a text that is no policy is refused in each one's words", () => {
  for (const text of ["", "{}", "[]", "null", "file://policy.json", "{'Statement':[]}", '{"rules":[]}']) {
    assert.equal(refusal(parseRepositoryPolicy, text), invalidRepositoryPolicy, text);
    assert.equal(refusal(parseRegistryPolicy, text), invalidRegistryPolicy, text);
  }
});

const oneOrMore = (...values: string[]) => {
  const one = fc.constantFrom(...values);
  return fc.oneof(one, fc.uniqueArray(one, { minLength: 1 }));
};
const comparisons = fc.dictionary(
  fc.constantFrom("aws:SourceIp", "aws:PrincipalTag/team"),
  fc.oneof(oneOrMore("a", "*", ""), fc.boolean()),
);
/** Statements of repository policies. */
const statement = fc.record(
  {
    Effect: fc.constantFrom("Allow", "Deny"),
    Principal: fc.oneof(
      fc.constant("*"),
      fc.record({ AWS: oneOrMore("*", "123456789012", ROOT.AWS) }),
      fc.record({ Service: oneOrMore("codebuild.amazonaws.com") }),
    ),
    Action: oneOrMore("*", "ecr:*", "ecr:PutImage", "s3:?et*"),
    Resource: fc.constantFrom("*", ["*"]),
    Condition: fc.dictionary(fc.constantFrom("StringLike", "ForAllValues:ArnLikeIfExists", "Null"), comparisons),
  },
  { requiredKeys: ["Effect", "Principal", "Action"] },
);
const document = fc.record(
  {
    Version: fc.constantFrom("2008-10-17", "2012-10-17"),
    Id: fc.string(),
    Statement: fc.oneof(statement, fc.array(statement, { minLength: 1, maxLength: 3 })),
  },
  { requiredKeys: ["Statement"] },
);

/** What a client could put in the place of anything. */
const noise = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom(
    "*",
    "ecr:*",
    ARN,
    "nobody",
    "\ud800",
    null,
    [],
    {},
    { AWS: [[]] },
    { Bool: { "a:b": [{}] } },
    JSON.parse('{"__proto__":1}'),
  ),
);
const ELEMENTS = [
  "Sid",
  "Effect",
  "Principal",
  "NotPrincipal",
  "Action",
  "NotAction",
  "Resource",
  "NotResource",
  "Condition",
  "x",
];
const spoiled = fc
  .record({
    whole: document,
    broken: statement,
    changes: fc.dictionary(fc.constantFrom(...ELEMENTS), noise, { minKeys: 1, maxKeys: 2 }),
  })
  .map(({ whole, broken, changes }) => ({ ...whole, Statement: [{ ...broken, ...changes }] }));

test("any JSON, and any text at all, is a document or an InvalidParameterException", () => {
  const texts = fc.oneof(
    document.map((it) => JSON.stringify(it)),
    spoiled.map((it) => JSON.stringify(it)),
    fc.json(),
    fc.string({ unit: "binary" }),
    fc.record({ document, at: fc.nat(), inserted: fc.string() }).map((it) => {
      const text = JSON.stringify(it.document);
      const cut = it.at % text.length;
      return text.slice(0, cut) + it.inserted + text.slice(cut);
    }),
  );
  const known = new Set(["accepted", invalidRepositoryPolicy, invalidRegistryPolicy, principalNotFound]);
  fc.assert(
    fc.property(texts, (text) => {
      assert.ok(known.has(refusal(parseRepositoryPolicy, text)));
      assert.ok(known.has(refusal(parseRegistryPolicy, text)));
    }),
    { numRuns: 2_000 },
  );
});

test("a document means the same however it is spaced and in whatever order its members stand", () => {
  fc.assert(
    fc.property(document, fc.constantFrom(1, "\t", "\r\n"), (value, indent) => {
      const parsed = parseRepositoryPolicy(JSON.stringify(value));
      assert.deepEqual(parseRepositoryPolicy(JSON.stringify(value, null, indent)), parsed);
      const reversed = Object.fromEntries(Object.entries(value).toReversed());
      assert.deepEqual(parseRepositoryPolicy(JSON.stringify(reversed)), parsed);
    }),
  );
});

test("texts a hundred times as long as ECR allows take no more than their length, whatever fills them", () => {
  const length = 100 * POLICY_TEXT_LENGTH_MAX;
  for (const filler of ["[", "{", '"', "\\", '{"a":', "*", ":", '","', " ", "\\u0061", '"ecr:*",', '"a":"a",']) {
    const filled = filler.repeat(length / filler.length);
    for (const text of [filled, `{"Statement":${filled}`, policy({ Action: filled }), policy({ Principal: { AWS: filled } })]) {
      assert.match(refusal(parseRepositoryPolicy, text), /^Invalid parameter at 'PolicyText'/);
    }
  }
  const many = Array.from({ length: 20_000 }, (_, index) => ({
    Sid: `${index}`,
    Effect: "Deny",
    Principal: "*",
    Action: "ecr:*",
  }));
  assert.equal(parseRepositoryPolicy(JSON.stringify({ Statement: many })).statements.length, 20_000);
});
