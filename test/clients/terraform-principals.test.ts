import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { DescribeRepositoriesCommand } from "@aws-sdk/client-ecr";
import { run, without } from "../programs.ts";
import { makeLayout } from "./image-layout.ts";
import { pushLayout } from "./push-layout.ts";
import { awsEnvironment, type Scene, setScene } from "./scene.ts";
import { setTerraform, type Signer, withoutTerraform } from "./terraform.ts";

const ACCOUNT = "arn:aws:iam::000000000000";
const FULL_ACCESS = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryFullAccess";
const PASS_ROLES = {
  Effect: "Allow",
  Action: "iam:PassRole",
  Resource: ["puller", "reader", "templates", "maker"].map((it) => `${ACCOUNT}:role/${it}`),
};
/** All that the configuration makes, reads and takes away again, and nothing else. */
const TIGHT = [
  PASS_ROLES,
  {
    Effect: "Allow",
    Action: [
      "ecr:BatchGetImage",
      "ecr:CreateRepository",
      "ecr:DeleteLifecyclePolicy",
      "ecr:DeleteRepository",
      "ecr:DeleteRepositoryPolicy",
      "ecr:DescribeImages",
      "ecr:DescribeRepositories",
      "ecr:GetLifecyclePolicy",
      "ecr:GetRepositoryPolicy",
      "ecr:ListImages",
      "ecr:ListTagsForResource",
      "ecr:PutLifecyclePolicy",
      "ecr:SetRepositoryPolicy",
      "ecr:TagResource",
    ],
    Resource: "arn:aws:ecr:*:000000000000:repository/*",
  },
  {
    Effect: "Allow",
    Action: [
      "ecr:*AccountSetting",
      "ecr:*PullThroughCacheRule*",
      "ecr:*Registry*",
      "ecr:*RepositoryCreationTemplate*",
      "ecr:GetAuthorizationToken",
      "ecr:PutReplicationConfiguration",
    ],
    Resource: "*",
  },
];

describe("Terraform as somebody who is not root", { skip: withoutTerraform || without("aws", "tar") }, () => {
  let scene: Scene;

  const iam = async (command: string, ...args: readonly string[]): Promise<any> => {
    const flags = ["--endpoint-url", scene.server.url, "--output", "json"];
    const text = await run("aws", [...flags, "iam", command, ...args], { env: awsEnvironment(scene) });
    return text.trim() === "" ? undefined : JSON.parse(text);
  };
  const documentOf = (Statement: readonly object[]) => JSON.stringify({ Version: "2012-10-17", Statement });

  /** A user who may do what the statements and the managed policies say, and what it signs with. */
  async function addUser(name: string, statements: readonly object[], ...managed: readonly string[]): Promise<Signer> {
    await iam("create-user", "--user-name", name);
    const policy = ["--policy-name", "own", "--policy-document", documentOf(statements)];
    await iam("put-user-policy", "--user-name", name, ...policy);
    for (const arn of managed) await iam("attach-user-policy", "--user-name", name, "--policy-arn", arn);
    const { AccessKey } = await iam("create-access-key", "--user-name", name);
    const keys = { AWS_ACCESS_KEY_ID: AccessKey.AccessKeyId, AWS_SECRET_ACCESS_KEY: AccessKey.SecretAccessKey };
    // Keys in the environment go before a profile, but for the provider a profile that is named goes before them.
    return { name, environment: { ...keys, AWS_PROFILE: "" } };
  }

  before(async () => {
    scene = await setScene();
    await scene.createRepository("given");
    const layout = await makeLayout(await scene.folder("given"), ["amd64"]);
    await pushLayout(scene.server.ecr, "given", { layout, imageTag: "v1" });
  });
  after(() => scene[Symbol.asyncDispose]());

  /** Makes all of it, finds it as it is said to be, and takes it away. */
  async function applyAndDestroy(signer: Signer, variables: Readonly<Record<string, string>> = {}): Promise<void> {
    const terraform = await setTerraform(scene, ["ecr.tf"], signer);
    await terraform.apply(variables);
    await terraform.assertNoDrift(variables);
    await terraform.destroy(variables);
    const { repositories } = await scene.server.ecr.send(new DescribeRepositoriesCommand({}));
    assert.deepEqual(
      repositories?.map((it) => it.repositoryName),
      ["given"],
    );
  }

  test("a user with AWS's policy for ECR, who may pass the roles on, applies, plans clean and destroys", async () => {
    await applyAndDestroy(await addUser("deployer", [PASS_ROLES], FULL_ACCESS));
  });

  test("so does a role that the provider assumes, with just what is needed", async () => {
    const role = `${ACCOUNT}:role/deployment`;
    const signer = await addUser("pipeline", [{ Effect: "Allow", Action: "sts:AssumeRole", Resource: role }]);
    const trust = { Effect: "Allow", Principal: { AWS: `${ACCOUNT}:user/pipeline` }, Action: "sts:AssumeRole" };
    await iam("create-role", "--role-name", "deployment", "--assume-role-policy-document", documentOf([trust]));
    const policy = ["--policy-name", "tight", "--policy-document", documentOf(TIGHT)];
    await iam("put-role-policy", "--role-name", "deployment", ...policy);
    await applyAndDestroy(signer, { role });
  });

  test("a plan without the leave to read says what is missing, on what, and to whom", async () => {
    const lacking = { Effect: "Deny", Action: "ecr:DescribeRepositories", Resource: "*" };
    const terraform = await setTerraform(scene, ["denied.tf"], await addUser("blind", [PASS_ROLES, lacking], FULL_ACCESS));
    await assert.rejects(terraform.assertNoDrift(), refusal("blind", "ecr:DescribeRepositories", "repository/given"));
  });

  test("so does an apply without the leave to make something, or to pass a role on", async () => {
    const lacking = { Effect: "Deny", Action: "ecr:CreateRepository", Resource: "*" };
    const terraform = await setTerraform(scene, ["denied.tf"], await addUser("maker", [lacking], FULL_ACCESS));
    await assert.rejects(terraform.apply(), (error: Error) => {
      assert.match(error.message, refusal("maker", "ecr:CreateRepository", "repository/team/app"));
      assert.match(error.message, refusal("maker", "iam:PassRole", "role/puller"));
      return true;
    });
  });

  test("who may not assume the role hears that", async () => {
    const terraform = await setTerraform(scene, ["denied.tf"], await addUser("stranger", [PASS_ROLES], FULL_ACCESS));
    const role = `${ACCOUNT}:role/deployment`;
    await assert.rejects(terraform.assertNoDrift({ role }), refusal("stranger", "sts:AssumeRole", "role/deployment"));
  });
});

/** AWS's sentence, over as many lines as Terraform makes of it. */
function refusal(user: string, action: string, resource: string): RegExp {
  const words = ["User:", `${ACCOUNT}:user/${user}`, "is", "not", "authorized", "to", "perform:", action, "on", "resource:"];
  return new RegExp(`${words.join("[\\s│╷╵]+")}[\\s│╷╵]+arn:aws:(ecr:us-east-1|iam:):000000000000:${resource}`);
}
