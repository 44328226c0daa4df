import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Scene, setScene } from "./scene.ts";
import { setTerraform, type Terraform, withoutTerraform } from "./terraform.ts";

describe("Terraform with users and groups", { skip: withoutTerraform }, () => {
  let scene: Scene;
  let terraform: Terraform;
  before(async () => {
    scene = await setScene();
    terraform = await setTerraform(scene, "users");
  });
  after(() => scene[Symbol.asyncDispose]());

  test("what it applies is what it finds, and the plan after that is empty", async () => {
    await terraform.apply({ changed: "false" });
    await terraform.assertNoDrift({ changed: "false" });
    const { user, users, group, keys, alias } = await terraform.outputs();
    assert.equal(user.arn, "arn:aws:iam::000000000000:user/ann");
    assert.equal(user.boundary, "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPowerUser");
    assert.deepEqual(user.tags, { team: "one" });
    assert.deepEqual(users, ["ann", "bob"]);
    assert.deepEqual(group, { arn: "arn:aws:iam::000000000000:group/teams/devs", users: ["ann", "bob"] });
    assert.deepEqual([keys, alias], [["Active"], "longshore-one"]);
  });

  test("every argument can be changed, and the plan after that is empty", async () => {
    await terraform.apply({ changed: "true" });
    await terraform.assertNoDrift({ changed: "true" });
    const { user, users, group, keys, alias } = await terraform.outputs();
    assert.equal(user.arn, "arn:aws:iam::000000000000:user/people/ann");
    assert.equal(user.boundary, "");
    assert.deepEqual(users, ["ann", "rob"]);
    assert.deepEqual(group, { arn: "arn:aws:iam::000000000000:group/developers", users: ["ann"] });
    assert.deepEqual([keys, alias], [["Inactive"], "longshore-two"]);
  });

  test("everything is destroyed", () => terraform.destroy({ changed: "true" }));
});
