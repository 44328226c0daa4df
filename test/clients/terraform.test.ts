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
import { without } from "../programs.ts";
import { makeLayout } from "./image-layout.ts";
import { pushLayout } from "./push-layout.ts";
import { type Scene, setScene } from "./scene.ts";
import { setTerraform, type Terraform, withoutTerraform } from "./terraform.ts";

describe("Terraform with the AWS provider", { skip: withoutTerraform || without("tar") }, () => {
  let scene: Scene;
  let terraform: Terraform;
  let digest: string;

  before(async () => {
    scene = await setScene();
    await scene.createRepository("given");
    const layout = await makeLayout(await scene.folder("given"), ["amd64"]);
    await pushLayout(scene.server.ecr, "given", { layout, imageTag: "v1" });
    digest = layout.root.digest;
    terraform = await setTerraform(scene, "ecr");
  });
  after(() => scene[Symbol.asyncDispose]());

  test("what it applies is what it finds, and the plan after that is empty", async () => {
    await terraform.apply({ changed: "false" });
    await terraform.assertNoDrift({ changed: "false" });
    const { image, app, template, ...found } = await terraform.outputs();
    assert.equal(found["repository_url"], `${scene.host}/team/app`);
    assert.deepEqual(found["repository_names"], ["bare", "given", "sealed", "sealed-by-default", "team/app"]);
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

  test("every argument can be changed, and the plan after that is empty", async () => {
    await terraform.apply({ changed: "true" });
    await terraform.assertNoDrift({ changed: "true" });
    const { app, ...found } = await terraform.outputs();
    assert.equal(app.mutability, "IMMUTABLE");
    assert.deepEqual(app.tags, { team: "two", cost: "7" });
    assert.equal(app.scan, false);
    assert.equal(found["upstream"], "bitnami");
  });

  test("what it destroys is gone, and nothing else is", async () => {
    await terraform.destroy({ changed: "true" });
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
  });
});
