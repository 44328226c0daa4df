import assert from "node:assert/strict";
import { test } from "node:test";
import { accessRequest, contextOf, own, policyOf, principals } from "../testing/policies.ts";
import { explain } from "./explain.ts";
import { rememberContext } from "./request.ts";

test("an explanation tells of every statement what matched, and which value of the request decided", () => {
  const identity = policyOf(
    "identity",
    {
      Sid: "PushFromOffice",
      Action: "ecr:Put*",
      Condition: {
        "ForAnyValue:StringLikeIfExists": { "aws:TagKeys": ["team", "${aws:username}"] },
        IpAddress: { "aws:SourceIp": "10.0.0.0/8" },
      },
    },
    { Action: "ecr:BatchGetImage", Resource: `arn:aws:ecr:*:${own}:repository/other` },
  );
  const resource = policyOf("resource", { Effect: "Deny", Principal: { AWS: principals.session.arn } });
  const context = contextOf({ "aws:sourceip": "192.0.2.1" });
  const { decision, statements } = explain(accessRequest({ context }), { identity: [identity], resource: [resource] });

  assert.deepEqual(decision, { allowed: false, because: "because no identity-based policy allows the ecr:PutImage action" });
  assert.deepEqual(statements, [
    {
      type: "resource",
      policy: "the resource policy",
      sid: undefined,
      index: 0,
      effect: "Deny",
      applies: false,
      matches: { principal: false, action: true, resource: true },
      conditions: [],
    },
    {
      type: "identity",
      policy: "the identity policy",
      sid: "PushFromOffice",
      index: 0,
      effect: "Allow",
      applies: false,
      matches: { principal: true, action: true, resource: true },
      conditions: [
        {
          operator: "ForAnyValue:StringLikeIfExists",
          key: "aws:tagkeys",
          wanted: ["team", "${aws:username}"],
          given: undefined,
          holds: true,
        },
        { operator: "IpAddress", key: "aws:sourceip", wanted: ["10.0.0.0/8"], given: ["192.0.2.1"], holds: false },
      ],
      variables: ["aws:username"],
    },
    {
      type: "identity",
      policy: "the identity policy",
      sid: undefined,
      index: 1,
      effect: "Allow",
      applies: false,
      matches: { principal: true, action: false, resource: false },
      conditions: [],
    },
  ]);
});

test("a context asks for a key when a policy first looks at it, and never again", () => {
  const asked: string[] = [];
  const context = rememberContext((key) => {
    asked.push(key);
    return key === "aws:sourceip" ? ["192.0.2.1"] : undefined;
  });
  const Condition = { IpAddress: { "aws:SourceIp": "10.0.0.0/8" }, StringEquals: { "aws:username": "anna" } };
  const identity = [
    policyOf("identity", { Condition: { Null: { "aws:SourceVpc": "false" } } }, { Condition }, { Condition }),
    policyOf("identity", { Action: "s3:*", Condition: { Null: { "aws:SourceVpce": "true" } } }),
  ];
  explain(accessRequest({ context }), { identity: identity.slice(0, 1), resource: [] });
  assert.deepEqual(asked, ["aws:sourcevpc", "aws:sourceip", "aws:username"]);
});
