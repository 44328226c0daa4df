import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import {
  DescribePullThroughCacheRulesCommand,
  DescribeRegistryCommand,
  DescribeRepositoriesCommand,
  DescribeRepositoryCreationTemplatesCommand,
  ECRClient,
  GetRegistryScanningConfigurationCommand,
} from "@aws-sdk/client-ecr";
import { run, without } from "../programs.ts";
import { makeLayout } from "./image-layout.ts";
import { pushLayout } from "./push-layout.ts";
import { awsEnvironment, type Scene, setScene } from "./scene.ts";
import { setTerraform, type Terraform, withoutTerraform } from "./terraform.ts";

const FIRST = { changed: "false", locks: "true" };
const CHANGED = { changed: "true" };

describe("Terraform with the AWS provider", { skip: withoutTerraform || without("aws", "tar") }, () => {
  let scene: Scene;
  let terraform: Terraform;
  let digest: string;

  before(async () => {
    scene = await setScene();
    await scene.createRepository("given");
    const layout = await makeLayout(await scene.folder("given"), ["amd64"]);
    await pushLayout(scene.server.ecr, "given", { layout, imageTag: "v1" });
    digest = layout.root.digest;
    terraform = await setTerraform(scene, ["ecr.tf", "iam.tf", "users.tf", "organisation.tf"]);
  });
  after(() => scene[Symbol.asyncDispose]());

  describe("what it applies is what it finds", () => {
    let found: Record<string, any>;
    before(async () => {
      await terraform.apply(FIRST);
      found = await terraform.outputs();
    });

    test("of ECR", () => {
      const { image, app, template } = found;
      assert.equal(found["repository_url"], `${scene.host}/team/app`);
      const names = ["bare", "given", "sealed", "sealed-by-default", "team/app", "team/locked"];
      assert.deepEqual(found["repository_names"], names);
      assert.deepEqual(found["most_recent_image_tags"], ["v1"]);
      assert.deepEqual([image.digest, image.tags, image.uri], [digest, ["v1"], `${scene.host}/given@${digest}`]);
      assert.deepEqual(app, {
        arn: "arn:aws:ecr:us-east-1:000000000000:repository/team/app",
        mutability: "MUTABLE",
        tags: { team: "one", gone: "soon" },
        scan: true,
        encryption: "AES256",
      });
      assert.deepEqual(template, {
        applied_for: ["PULL_THROUGH_CACHE"],
        description: "What is mirrored",
        tags: { "made-by": "hand" },
      });
      assert.equal(found["upstream"], "library");
    });

    test("of IAM's roles, policies and providers", () => {
      const { role, policy, roles, provider } = found;
      assert.equal(role.arn, "arn:aws:iam::000000000000:role/ci/ci");
      assert.match(role.boundary, /^arn:aws:iam::000000000000:policy\/boundary-/);
      assert.deepEqual([role.longest, role.trust, role.tags], [3600, "CI", { team: "one", Name: "ci" }]);
      assert.deepEqual(policy, {
        arn: "arn:aws:iam::000000000000:policy/ci/push",
        description: "Pushes images",
        first: "ecr:GetAuthorizationToken",
      });
      assert.deepEqual(roles, ["ci"]);
      assert.equal(provider, "arn:aws:iam::000000000000:oidc-provider/token.actions.example.com");
    });

    test("of users and groups", () => {
      const { user, users, group, keys, alias } = found;
      assert.equal(user.arn, "arn:aws:iam::000000000000:user/ann");
      assert.equal(user.boundary, "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPowerUser");
      assert.deepEqual(user.tags, { team: "one" });
      assert.deepEqual(users, ["ann", "bob"]);
      assert.deepEqual(group, { arn: "arn:aws:iam::000000000000:group/teams/devs", users: ["ann", "bob"] });
      assert.deepEqual([keys, alias], [["Active"], "longshore-one"]);
    });

    test("of Organizations", () => {
      const { organisation, account, units } = found;
      assert.match(account.arn, new RegExp(`^arn:aws:organizations::000000000000:account/${organisation}/[0-9]{12}$`));
      assert.deepEqual([account.status, account.joined], ["ACTIVE", "CREATED"]);
      assert.deepEqual(units, ["Workloads"]);
    });

    test("and the plan after that is empty", () => terraform.assertNoDrift(FIRST));
  });

  test("it cannot destroy what locks hold", async () => {
    await assert.rejects(terraform.destroy(FIRST, "aws_ecr_repository.locked"), /protected from\s+(│\s+)?deletion/);
  });

  describe("every argument can be changed", () => {
    let found: Record<string, any>;
    before(async () => {
      await terraform.apply(CHANGED);
      found = await terraform.outputs();
    });

    test("of ECR", () => {
      const { app } = found;
      assert.deepEqual([app.mutability, app.scan, app.tags], ["IMMUTABLE", false, { team: "two", cost: "7" }]);
      assert.equal(found["upstream"], "bitnami");
    });

    test("of IAM's roles, policies and providers", () => {
      const { role } = found;
      assert.deepEqual([role.longest, role.boundary, role.tags], [7200, "", { team: "two", Name: "ci" }]);
    });

    test("of users and groups", () => {
      const { user, users, group, keys, alias } = found;
      assert.equal(user.arn, "arn:aws:iam::000000000000:user/people/ann");
      assert.equal(user.boundary, "");
      assert.deepEqual(users, ["ann", "rob"]);
      assert.deepEqual(group, { arn: "arn:aws:iam::000000000000:group/developers", users: ["ann"] });
      assert.deepEqual([keys, alias], [["Inactive"], "longshore-two"]);
    });

    test("of Organizations", () => assert.deepEqual(found["units"], ["Workload"]));

    test("and the plan after that is empty", () => terraform.assertNoDrift(CHANGED));
  });

  test("what it destroys is gone, and nothing else is", async () => {
    await terraform.destroy(CHANGED);
    const { ecr } = scene.server;
    const { repositories } = await ecr.send(new DescribeRepositoriesCommand({}));
    assert.deepEqual(
      repositories?.map((it) => it.repositoryName),
      ["given"],
    );
    const west = new ECRClient({ region: "us-west-2", endpoint: scene.server.url, credentials: scene.server.credentials });
    assert.deepEqual((await west.send(new DescribeRepositoriesCommand({}))).repositories, []);
    west.destroy();
    assert.deepEqual((await ecr.send(new DescribePullThroughCacheRulesCommand({}))).pullThroughCacheRules, []);
    const templates = await ecr.send(new DescribeRepositoryCreationTemplatesCommand({}));
    assert.deepEqual(templates.repositoryCreationTemplates, []);
    assert.deepEqual((await ecr.send(new DescribeRegistryCommand({}))).replicationConfiguration, { rules: [] });
    const { scanningConfiguration } = await ecr.send(new GetRegistryScanningConfigurationCommand({}));
    assert.deepEqual(scanningConfiguration, { scanType: "BASIC", rules: [] });
    const list = async (command: string, ...args: string[]) => {
      const flags = ["--endpoint-url", scene.server.url, "--output", "json"];
      return JSON.parse(await run("aws", [...flags, "iam", command, ...args], { env: awsEnvironment(scene) }));
    };
    assert.deepEqual(await list("list-roles"), { Roles: [] });
    assert.deepEqual(await list("list-policies", "--scope", "Local"), { Policies: [] });
    assert.deepEqual(await list("list-open-id-connect-providers"), { OpenIDConnectProviderList: [] });
    assert.deepEqual(await list("list-users"), { Users: [] });
    assert.deepEqual(await list("list-groups"), { Groups: [] });
  });
});
