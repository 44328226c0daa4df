import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { run, without } from "../programs.ts";
import { awsEnvironment, type Scene, setScene } from "./scene.ts";
import { setTerraform, type Terraform, withoutTerraform } from "./terraform.ts";

describe("Terraform with IAM's roles, policies and providers", { skip: withoutTerraform || without("aws") }, () => {
  let scene: Scene;
  let terraform: Terraform;

  before(async () => {
    scene = await setScene();
    terraform = await setTerraform(scene, "iam");
  });
  after(() => scene[Symbol.asyncDispose]());

  test("what it applies is what it finds, and the plan after that is empty", async () => {
    await terraform.apply({ changed: "false" });
    await terraform.assertNoDrift({ changed: "false" });
    const { role, policy, roles, provider } = await terraform.outputs();
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

  test("every argument can be changed, and the plan after that is empty", async () => {
    await terraform.apply({ changed: "true" });
    await terraform.assertNoDrift({ changed: "true" });
    const { role } = await terraform.outputs();
    assert.deepEqual([role.longest, role.boundary, role.tags], [7200, "", { team: "two", Name: "ci" }]);
  });

  test("what it destroys is gone", async () => {
    await terraform.destroy({ changed: "true" });
    const list = (command: string, ...args: string[]) =>
      run("aws", ["--endpoint-url", scene.server.url, "--output", "json", "iam", command, ...args], {
        env: awsEnvironment(scene),
      });
    assert.deepEqual(JSON.parse(await list("list-roles")), { Roles: [] });
    assert.deepEqual(JSON.parse(await list("list-policies", "--scope", "Local")), { Policies: [] });
    assert.deepEqual(JSON.parse(await list("list-open-id-connect-providers")), { OpenIDConnectProviderList: [] });
  });
});
