import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { copyFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
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

const CONFIGURATION = join(import.meta.dirname, "terraform/main.tf");
/** Where a machine without a way to Terraform's registry keeps the provider: a folder in the form of a file system mirror. */
const MIRRORS = [process.env["LONGSHORE_TEST_TERRAFORM_PLUGINS"] ?? "", "/opt/tf-plugins", "/usr/share/terraform/plugins"];
const mirror = MIRRORS.find((it) => existsSync(join(it, "registry.terraform.io/hashicorp/aws")));
const absent =
  mirror === undefined ? "not on this machine: Terraform's AWS provider, in LONGSHORE_TEST_TERRAFORM_PLUGINS" : false;
/** What `terraform plan -detailed-exitcode` ends with when it would change something. */
const DRIFT = 2;

describe("Terraform with the AWS provider", { skip: without("terraform", "tar") || absent }, () => {
  let scene: Scene;
  let folder: string;
  let env: Record<string, string>;
  let digest: string;

  before(async () => {
    scene = await setScene();
    folder = await scene.folder("terraform");
    const settings = { TF_CLI_CONFIG_FILE: join(folder, "terraform.rc"), TF_IN_AUTOMATION: "1", CHECKPOINT_DISABLE: "1" };
    env = { ...awsEnvironment(scene), ...settings };
    await copyFile(CONFIGURATION, join(folder, "main.tf"));
    await writeFile(settings.TF_CLI_CONFIG_FILE, `provider_installation {\n  filesystem_mirror { path = "${mirror}" }\n}\n`);
    await scene.createRepository("given");
    const layout = await makeLayout(await scene.folder("given"), ["amd64"]);
    await pushLayout(scene.server.ecr, "given", { layout, imageTag: "v1" });
    digest = layout.root.digest;
    await terraform("init");
  });
  after(() => scene[Symbol.asyncDispose]());

  const terraform = (command: string, ...args: string[]) =>
    run("terraform", [`-chdir=${folder}`, command, "-no-color", ...args], { env, timeout_ms: 300_000 });
  const change = (changed: boolean) => ["-input=false", `-var=endpoint=${scene.server.url}`, `-var=changed=${changed}`];

  async function outputs(): Promise<Record<string, any>> {
    const values = JSON.parse(await terraform("output", "-json")) as Record<string, { readonly value: unknown }>;
    return Object.fromEntries(Object.entries(values).map(([name, { value }]) => [name, value]));
  }

  async function assertNoDrift(changed: boolean): Promise<void> {
    const plan = terraform("plan", "-detailed-exitcode", ...change(changed));
    await plan.catch((error: Error) => assert.fail(`the plan is not empty (${DRIFT}) or failed: ${error.message}`));
  }

  test("what it applies is what it finds, and the plan after that is empty", async () => {
    await terraform("apply", "-auto-approve", ...change(false));
    await assertNoDrift(false);
    const { image, app, template, ...found } = await outputs();
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
    await terraform("apply", "-auto-approve", ...change(true));
    await assertNoDrift(true);
    const { app, ...found } = await outputs();
    assert.equal(app.mutability, "IMMUTABLE");
    assert.deepEqual(app.tags, { team: "two", cost: "7" });
    assert.equal(app.scan, false);
    assert.equal(found["upstream"], "bitnami");
  });

  test("what it destroys is gone, and nothing else is", async () => {
    await terraform("destroy", "-auto-approve", ...change(true));
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
