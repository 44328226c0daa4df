import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { findPrograms, run } from "../programs.ts";
import { findCli } from "./aws-cli.ts";
import { boto3Version } from "./boto3-version.ts";
import { awsEnvironment, type Scene, setScene } from "./scene.ts";

const python = findPrograms("python3").find((it) => boto3Version(it) !== "");
const PULL = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly";
const documentOf = (statement: object): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] });

test("boto3 makes users, groups, roles and policies, lists them page by page, simulates them and takes them away", {
  skip: python === undefined && "not on this machine: a python3 with boto3",
}, async () => {
  await using scene = await setScene();
  const script = [join(import.meta.dirname, "boto3-iam.py"), scene.server.url];
  await run(python ?? "", script, { env: awsEnvironment(scene) });
});

for (const major of [1, 2]) {
  const cli = findCli(major);
  describe(`AWS CLI ${major}`, { skip: cli === undefined && `not on this machine: version ${major} of aws` }, () => {
    let scene: Scene;
    before(async () => {
      scene = await setScene();
    });
    after(() => scene[Symbol.asyncDispose]());

    const iam = async (command: string, ...args: readonly string[]): Promise<any> => {
      const flags = ["--endpoint-url", scene.server.url, "--output", "json"];
      const text = await run(cli ?? "", ["iam", command, ...args, ...flags], { env: awsEnvironment(scene) });
      return text.trim() === "" ? undefined : JSON.parse(text);
    };
    const user = (name: string) => ["--user-name", name];

    test("users are made, put into groups, given policies, and what they may do is told", async () => {
      for (const name of ["ann", "bob", "eve"]) await iam("create-user", ...user(name), "--tags", "Key=team,Value=one");
      await iam("create-group", "--group-name", "developers");
      const push = documentOf({ Action: "ecr:PutImage", Resource: "*" });
      const { Policy } = await iam("create-policy", "--policy-name", "push", "--policy-document", push);
      await iam("add-user-to-group", "--group-name", "developers", ...user("ann"));
      await iam("attach-group-policy", "--group-name", "developers", "--policy-arn", Policy.Arn);
      await iam("attach-user-policy", ...user("ann"), "--policy-arn", PULL);
      const simulation = ["--policy-source-arn", "arn:aws:iam::000000000000:user/ann"];
      const actions = ["--action-names", "ecr:PutImage", "ecr:BatchGetImage", "ecr:DeleteRepository"];
      const { EvaluationResults } = await iam("simulate-principal-policy", ...simulation, ...actions);
      assert.deepEqual(
        EvaluationResults.map((it: { EvalDecision: string }) => it.EvalDecision),
        ["allowed", "allowed", "implicitDeny"],
      );
    });

    test("lists come in pages, which the command puts together or stops between", async () => {
      const namesOf = ({ Users }: { Users: { UserName: string }[] }) => Users.map((it) => it.UserName);
      assert.deepEqual(namesOf(await iam("list-users", "--page-size", "1")), ["ann", "bob", "eve"]);
      const first = await iam("list-users", "--max-items", "2", "--page-size", "1");
      assert.deepEqual(namesOf(first), ["ann", "bob"]);
      assert.deepEqual(namesOf(await iam("list-users", "--starting-token", first.NextToken)), ["eve"]);
    });

    test("a role is made, and waited for until it is there", async () => {
      const trust = documentOf({ Principal: { AWS: "arn:aws:iam::000000000000:user/ann" }, Action: "sts:AssumeRole" });
      await iam("create-role", "--role-name", "build", "--assume-role-policy-document", trust);
      await iam("wait", "role-exists", "--role-name", "build");
      await iam("attach-role-policy", "--role-name", "build", "--policy-arn", PULL);
      const { AttachedPolicies } = await iam("list-attached-role-policies", "--role-name", "build");
      assert.deepEqual(AttachedPolicies, [{ PolicyName: "AmazonEC2ContainerRegistryPullOnly", PolicyArn: PULL }]);
    });

    test("what is in use is not deleted, and what is not is", async () => {
      await assert.rejects(iam("delete-user", ...user("ann")), /DeleteConflict/);
      await assert.rejects(iam("delete-role", "--role-name", "build"), /DeleteConflict/);
      await iam("detach-role-policy", "--role-name", "build", "--policy-arn", PULL);
      await iam("delete-role", "--role-name", "build");
      await iam("detach-user-policy", ...user("ann"), "--policy-arn", PULL);
      await iam("remove-user-from-group", "--group-name", "developers", ...user("ann"));
      for (const name of ["ann", "bob", "eve"]) await iam("delete-user", ...user(name));
      await assert.rejects(iam("get-user", ...user("ann")), /NoSuchEntity.*The user with name ann cannot be found/s);
      const policy = ["--policy-arn", "arn:aws:iam::000000000000:policy/push"];
      await assert.rejects(iam("delete-policy", ...policy), /DeleteConflict/);
      await iam("detach-group-policy", "--group-name", "developers", ...policy);
      await iam("delete-policy", ...policy);
      await iam("delete-group", "--group-name", "developers");
      assert.deepEqual(await iam("list-groups"), { Groups: [] });
    });
  });
}
