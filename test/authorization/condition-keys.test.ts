import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { sampleInput } from "../bad-input/samples.ts";
import { APIS, type Service } from "./aws-request.ts";
import { type AuthorizationScene, openAuthorizationScene } from "./scene.ts";

/** Condition keys that operations answer beside those of every request: a value that the sample has, and one that it has not. */
const KEYS: readonly (readonly [service: Service, operation: string, key: string, value: string])[] = [
  ["iam", "CreateServiceLinkedRole", "iam:AWSServiceName", "replication.ecr.amazonaws.com"],
  ["iam", "AttachUserPolicy", "iam:PolicyARN", "arn:aws:iam::000000000000:policy/push"],
  ["iam", "DetachRolePolicy", "iam:PolicyARN", "arn:aws:iam::000000000000:policy/push"],
  ["iam", "PutRolePermissionsBoundary", "iam:PermissionsBoundary", "arn:aws:iam::000000000000:policy/boundary"],
  ["iam", "UntagRole", "aws:TagKeys", "team"],
  ["sts", "GetFederationToken", "aws:TagKeys", "team"],
  ["organizations", "EnableAWSServiceAccess", "organizations:ServicePrincipal", "sso.amazonaws.com"],
  ["organizations", "DisableAWSServiceAccess", "organizations:ServicePrincipal", "sso.amazonaws.com"],
  ["organizations", "CreatePolicy", "organizations:PolicyType", "SERVICE_CONTROL_POLICY"],
  ["organizations", "DetachPolicy", "organizations:PolicyType", "SERVICE_CONTROL_POLICY"],
  ["organizations", "EnablePolicyType", "organizations:PolicyType", "SERVICE_CONTROL_POLICY"],
  ["organizations", "ListPolicies", "organizations:PolicyType", "SERVICE_CONTROL_POLICY"],
  ["organizations", "CreateAccount", "aws:TagKeys", "team"],
  ["organizations", "CreateOrganizationalUnit", "aws:TagKeys", "team"],
  ["organizations", "UntagResource", "aws:TagKeys", "team"],
  ["ecr", "CreateRepository", "aws:TagKeys", "team"],
];

describe("a condition decides on what the request says", () => {
  let scene: AuthorizationScene;
  before(async () => {
    scene = await openAuthorizationScene();
    scene.stubbed = true;
  });
  after(() => scene[Symbol.asyncDispose]());

  for (const [service, name, key, value] of KEYS) {
    test(`${service}:${name} and ${key}`, async () => {
      const operation = APIS[service].operations.find((it) => it.name === name) ?? assert.fail(name);
      const allowIf = async (wanted: string): Promise<number> => {
        const Condition = { "ForAllValues:StringEquals": { [key]: wanted }, Null: { [key]: "false" } };
        await scene.allow(scene.ann, [{ Effect: "Allow", Action: "*", Resource: "*", Condition }]);
        return (await scene.post(scene.ann, service, name, sampleInput(operation, "all"))).status;
      };
      assert.equal(await allowIf(value), 200);
      assert.notEqual(await allowIf("other"), 200);
    });
  }
});
