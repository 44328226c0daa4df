import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Scene, setScene } from "./scene.ts";
import { setTerraform, type Terraform, withoutTerraform } from "./terraform.ts";

describe("Terraform's resources of AWS Organizations", { skip: withoutTerraform }, () => {
  let scene: Scene;
  let terraform: Terraform;

  before(async () => {
    scene = await setScene();
    terraform = await setTerraform(scene, "organisation");
  });
  after(() => scene[Symbol.asyncDispose]());

  test("what it applies is what it finds, and the plan after that is empty", async () => {
    await terraform.apply({ changed: "false" });
    await terraform.assertNoDrift({ changed: "false" });
    const { organisation, account, units } = await terraform.outputs();
    assert.match(account.arn, new RegExp(`^arn:aws:organizations::000000000000:account/${organisation}/[0-9]{12}$`));
    assert.deepEqual([account.status, account.joined], ["ACTIVE", "CREATED"]);
    assert.deepEqual(units, ["Workloads"]);
  });

  test("what can be changed is changed, and the plan after that is empty", async () => {
    await terraform.apply({ changed: "true" });
    await terraform.assertNoDrift({ changed: "true" });
  });

  test("what it destroys is gone, and can be made again", async () => {
    await terraform.destroy({ changed: "true" });
    await terraform.apply({ changed: "false" });
    await terraform.destroy({ changed: "false" });
  });
});
