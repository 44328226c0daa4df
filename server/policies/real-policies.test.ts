import assert from "node:assert/strict";
import { test } from "node:test";
import { parseRegistryPolicy, parseRepositoryPolicy } from "./resource-policies.ts";

// What real tools send, in their own order and form. ECR takes all of it, so each has to be taken here, and read right.

const ACCOUNT = "123456789012";
const OTHER = "111122223333";
const PULL = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];
const READ = [
  "ecr:ListTagsForResource",
  "ecr:ListImages",
  "ecr:GetRepositoryPolicy",
  "ecr:GetLifecyclePolicyPreview",
  "ecr:GetLifecyclePolicy",
  "ecr:GetDownloadUrlForLayer",
  "ecr:DescribeRepositories",
  "ecr:DescribeImages",
  "ecr:DescribeImageScanFindings",
  "ecr:BatchGetImage",
  "ecr:BatchCheckLayerAvailability",
];
const PUSH = ["ecr:UploadLayerPart", "ecr:PutImage", "ecr:InitiateLayerUpload", "ecr:CompleteLayerUpload"];

/** As Terraform's aws_iam_policy_document writes it. */
function document(...statements: object[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: statements.map((it) => ({ Effect: "Allow", ...it })) }, null, 2);
}

/** What a repository's policy says of each statement's principals. */
function principals(...statements: object[]): readonly unknown[] {
  return parseRepositoryPolicy(document(...statements)).statements.map((it) => it.principals?.of);
}

/** The comparisons of a repository policy with one statement. */
function conditions(statement: object): readonly unknown[] {
  return parseRepositoryPolicy(document({ Principal: "*", Action: PULL, ...statement })).statements[0]!.conditions;
}

test("terraform-aws-modules/ecr: readers, Lambda functions and writers", () => {
  const role = `arn:aws:iam::${ACCOUNT}:role/ci/push`;
  assert.deepEqual(
    principals(
      {
        Sid: "PrivateReadOnly",
        Principal: { AWS: [role, `arn:aws:iam::${OTHER}:root`] },
        Action: [...READ, "ecr:GetAuthorizationToken"],
      },
      {
        Sid: "PrivateLambdaReadOnly",
        Principal: { Service: "lambda.amazonaws.com" },
        Action: PULL.toReversed(),
        Condition: { StringLike: { "aws:sourceArn": `arn:aws:lambda:us-east-1:${ACCOUNT}:function:*` } },
      },
      { Sid: "ReadWrite", Principal: { AWS: role }, Action: PUSH },
    ),
    [
      [
        { kind: "role", account: ACCOUNT, arn: role },
        { kind: "account", account: OTHER },
      ],
      [{ kind: "service", name: "lambda.amazonaws.com" }],
      [{ kind: "role", account: ACCOUNT, arn: role }],
    ],
  );
});

test("terraform-aws-modules/ecr: whoever applies it may be a session", () => {
  const session = `arn:aws:sts::${ACCOUNT}:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/anna@example.com`;
  assert.deepEqual(principals({ Sid: "ReadWrite", Principal: { AWS: session }, Action: PUSH }), [
    [{ kind: "session", account: ACCOUNT, arn: session }],
  ]);
});

test("terraform-aws-modules/ecr: a registry's replication and pull through cache", () => {
  const resources = [
    `arn:aws:ecr:us-east-1:${ACCOUNT}:repository/ecr-ex-complete`,
    `arn:aws:ecr-public::${ACCOUNT}:repository/dockerhub/*`,
  ];
  const Principal = { AWS: `arn:aws:iam::${ACCOUNT}:root` };
  const policy = parseRegistryPolicy(
    document(
      { Principal, Action: "ecr:ReplicateImage", Resource: resources[0] },
      {
        Sid: "dockerhub",
        Principal,
        Action: ["ecr:CreateRepository", "ecr:BatchImportUpstreamImage"],
        Resource: resources[1],
      },
    ),
  );
  assert.deepEqual(
    policy.statements.map((it) => it.resources?.of),
    resources.map((it) => [it]),
  );
});

test("cloudposse/ecr: readers, pushers, owners, functions of other accounts, organizations", () => {
  const statements = [
    { Sid: "ReadonlyAccess", Principal: { AWS: `arn:aws:iam::${OTHER}:role/read` }, Action: READ },
    {
      Sid: "PullThroughAccess",
      Principal: { AWS: `arn:aws:iam::${OTHER}:root` },
      Action: ["ecr:TagResource", "ecr:BatchImportUpstreamImage"],
    },
    { Sid: "PushAccess", Principal: { AWS: `arn:aws:iam::${OTHER}:user/push` }, Action: [...PUSH, "ecr:GetAuthorizationToken"] },
    { Sid: "FullAccess", Principal: { AWS: `arn:aws:iam::${ACCOUNT}:role/owner` }, Action: "ecr:*" },
    {
      Sid: "LambdaECRImageCrossAccountRetrievalPolicy",
      Principal: { Service: "lambda.amazonaws.com" },
      Action: PULL,
      Condition: {
        StringLike: { "aws:SourceArn": [`arn:aws:lambda:*:${OTHER}:function:*`, `arn:aws:lambda:*:${ACCOUNT}:function:*`] },
      },
    },
    { Sid: "CrossAccountPermission", Principal: { AWS: [OTHER, `arn:aws:iam::${ACCOUNT}:root`] }, Action: PULL },
    {
      Sid: "OrganizationsFullAccess",
      Principal: "*",
      Action: "ecr:*",
      Condition: { StringEquals: { "aws:PrincipalOrgID": "o-abcd1234ef" } },
    },
  ];
  assert.deepEqual(
    principals(...statements).map((of) => (of as { kind: string }[]).map((it) => it.kind)),
    [["role"], ["account"], ["user"], ["role"], ["service"], ["account", "account"], ["everyone"]],
  );
});

test("CDK: what grantPull and grantPullPush give to services, accounts, organizations and everyone", () => {
  const Action = ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"];
  const given = [
    { Service: "codebuild.amazonaws.com" },
    { Service: ["ecs-tasks.amazonaws.com", "states.eu-central-1.amazonaws.com"] },
    { AWS: `arn:aws:iam::${OTHER}:root` },
    { AWS: "*" },
    { AWS: ["*"] },
    { AWS: [`arn:aws:iam::${OTHER}:role/cdk-hnb659fds-deploy-role-${OTHER}-us-east-1`, `arn:aws:iam::${ACCOUNT}:root`] },
  ];
  // CDK writes no Sid, and its Version last.
  const text = JSON.stringify({
    Statement: given.map((Principal) => ({ Action, Effect: "Allow", Principal })),
    Version: "2012-10-17",
  });
  assert.deepEqual(
    parseRepositoryPolicy(text).statements.map((it) => it.principals?.of.map(({ kind }) => kind)),
    [["service"], ["service", "service"], ["account"], ["everyone"], ["everyone"], ["role", "account"]],
  );
});

test("Lambda: the statement that it adds by itself", () => {
  const Action = [...PULL, "ecr:SetRepositoryPolicy", "ecr:DeleteRepositoryPolicy", "ecr:GetRepositoryPolicy"];
  assert.deepEqual(principals({ Sid: "LambdaECRImageRetrievalPolicy", Principal: { Service: "lambda.amazonaws.com" }, Action }), [
    [{ kind: "service", name: "lambda.amazonaws.com" }],
  ]);
});

test("conditions on organizations, their units, tags, networks and encryption on the way", () => {
  for (const [Condition, comparisons] of [
    [{ StringEquals: { "aws:PrincipalOrgID": ["o-a", "o-b"] } }, [["StringEquals", undefined, "aws:principalorgid"]]],
    [
      { "ForAnyValue:StringLike": { "aws:PrincipalOrgPaths": ["o-a/r-b/ou-c/*"] } },
      [["StringLike", "ForAnyValue", "aws:principalorgpaths"]],
    ],
    [
      { ArnEquals: { "aws:PrincipalArn": `arn:aws:iam::${OTHER}:role/push` }, Bool: { "aws:SecureTransport": "false" } },
      [
        ["ArnEquals", undefined, "aws:principalarn"],
        ["Bool", undefined, "aws:securetransport"],
      ],
    ],
    [
      { StringNotEqualsIfExists: { "aws:SourceVpce": "vpce-1a2b3c4d", "ecr:ResourceTag/env": "${aws:PrincipalTag/env}" } },
      [
        ["StringNotEquals", undefined, "aws:sourcevpce"],
        ["StringNotEquals", undefined, "ecr:resourcetag/env"],
      ],
    ],
  ] as const) {
    const read = conditions({ Condition }) as { operator: string; set: unknown; key: string }[];
    assert.deepEqual(
      read.map(({ operator, set, key }) => [operator, set, key]),
      comparisons,
    );
  }
});

test("every partition's principals, and names below paths, as IAM and IAM Identity Center make them", () => {
  for (const partition of ["aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-eusc"]) {
    for (const [resource, kind] of [
      ["user/division/anna", "user"],
      ["role/service-role/codebuild", "role"],
      ["role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Admin_0123456789abcdef", "role"],
    ] as const) {
      const arn = `arn:${partition}:iam::${ACCOUNT}:${resource}`;
      assert.deepEqual(principals({ Principal: { AWS: arn }, Action: PULL }), [[{ kind, account: ACCOUNT, arn }]]);
    }
    const root = { AWS: `arn:${partition}:iam::${ACCOUNT}:root` };
    assert.deepEqual(principals({ Principal: root, Action: PULL }), [[{ kind: "account", account: ACCOUNT }]]);
  }
});
