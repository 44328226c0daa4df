import assert from "node:assert/strict";
import { TagResourceCommand, UntagResourceCommand } from "@aws-sdk/client-ecr";
import { after, before, describe, test } from "node:test";
import { runLongshore } from "../installation.ts";
import { run, without } from "../programs.ts";
import { findCli } from "./aws-cli.ts";
import { makeLayout } from "./image-layout.ts";
import { pushLayout } from "./push-layout.ts";
import { awsEnvironment, type Scene, setScene } from "./scene.ts";
import { setSkopeo } from "./skopeo.ts";

const POLICY = {
  Version: "2012-10-17",
  Statement: [
    { Effect: "Allow", Action: "ecr:*", Resource: "*" },
    {
      Effect: "Deny",
      Action: ["ecr:TagResource", "ecr:UntagResource"],
      Resource: "*",
      Condition: { "ForAnyValue:StringLike": { "aws:TagKeys": "longshore:*" } },
    },
  ],
};

describe("locks", { skip: without("tar") }, () => {
  let scene: Scene;
  let digest: string;

  before(async () => {
    scene = await setScene();
    await scene.createRepository("app");
    const layout = await makeLayout(await scene.folder("app"), ["amd64"]);
    await pushLayout(scene.server.ecr, "app", { layout, imageTag: "v1" });
    digest = layout.root.digest;
  });
  after(() => scene[Symbol.asyncDispose]());

  const arn = "arn:aws:ecr:us-east-1:000000000000:repository/app";
  const held = (what: string, key: string) =>
    `${what} is protected from deletion by the resource tag '${key}' of the repository.`;

  for (const major of [1, 2]) {
    const cli = findCli(major);
    describe(`the AWS CLI ${major}`, { skip: cli === undefined && "not on this machine" }, () => {
      const aws = (args: readonly string[], env: Record<string, string> = {}) => {
        const all = [...args, "--endpoint-url", scene.server.url, "--output", "json"];
        return run(cli ?? "", all, { env: { ...awsEnvironment(scene), ...env } });
      };
      const ecr = (command: string, ...args: string[]) => aws(["ecr", command, ...args]);
      const lock = (key: string) => ecr("tag-resource", "--resource-arn", arn, "--tags", `Key=${key},Value=true`);
      const unlock = (key: string) => ecr("untag-resource", "--resource-arn", arn, "--tag-keys", key);
      const remove = async (id: string) =>
        JSON.parse(await ecr("batch-delete-image", "--repository-name", "app", "--image-ids", id)).failures as {
          failureCode: string;
          failureReason: string;
        }[];

      test("sets locks, and is refused what they hold until it takes them off", async () => {
        for (const key of ["longshore:lock", "longshore:lock-tag:v1", `longshore:lock-image:${digest}`]) {
          await lock(key);
          const [failure] = await remove(`imageDigest=${digest}`);
          assert.equal(failure?.failureCode, "ImageInaccessible");
          assert.ok(failure.failureReason.startsWith(held(`The image '${digest}'`, key)), failure.failureReason);
          const deleted = ecr("delete-repository", "--repository-name", "app", "--force");
          await assert.rejects(deleted, (error: Error) => error.message.includes(held("The repository 'app'", key)));
          await unlock(key);
        }
      });

      test("cannot unlock for a user who may not take such tags off", async () => {
        const user = `bob-${major}`;
        await lock("longshore:lock");
        await aws(["iam", "create-user", "--user-name", user]);
        const policy = ["--policy-name", "all", "--policy-document", JSON.stringify(POLICY)];
        await aws(["iam", "put-user-policy", "--user-name", user, ...policy]);
        const { AccessKey } = JSON.parse(await aws(["iam", "create-access-key", "--user-name", user]));
        const env = { AWS_ACCESS_KEY_ID: AccessKey.AccessKeyId, AWS_SECRET_ACCESS_KEY: AccessKey.SecretAccessKey };
        const untag = (key: string) => aws(["ecr", "untag-resource", "--resource-arn", arn, "--tag-keys", key], env);
        await assert.rejects(untag("longshore:lock"), /AccessDenied/);
        await untag("team");
        await unlock("longshore:lock");
      });
    });
  }

  test("skopeo is refused on /v2/, with the sentence", { skip: without("skopeo") }, async () => {
    const skopeo = await setSkopeo(scene);
    const remove = () => skopeo.ask("delete", `docker://${scene.host}/app@${digest}`);
    const tags = [{ Key: "longshore:lock-tag:v1", Value: "true" }];
    await scene.server.ecr.send(new TagResourceCommand({ resourceArn: arn, tags }));
    await assert.rejects(remove(), (error: Error) => {
      assert.match(error.message, /denied/i);
      return error.message.includes("longshore:lock-tag:v1");
    });
    await scene.server.ecr.send(new UntagResourceCommand({ resourceArn: arn, tagKeys: ["longshore:lock-tag:v1"] }));
  });

  test("longshore usage prints what a registry, a repository and an image take", async () => {
    const usage = (...args: string[]) => runLongshore(scene, ["usage", ...args]);
    const table = await usage();
    assert.match(table, /^repository +images +tags +needed +reclaimable +kept for now +archived +unique +stored\n/);
    assert.match(table, /^app +1 +1 +[0-9.]+ K?i?B /m);
    const { repositories, total } = JSON.parse(await usage("app", "--json"));
    assert.equal(repositories[0].imageCount, 1);
    assert.equal(total.neededSizeInBytes, repositories[0].neededSizeInBytes);
    for (const image of ["v1", digest]) {
      const text = await usage("app", image);
      assert.match(text, new RegExp(`^${digest} +[0-9.]+ K?i?B +[0-9.]+ K?i?B +0 B$`, "m"));
      assert.match(
        text,
        /\nDeleting these frees [0-9.]+ K?i?B of the repository, of which no other repository holds [0-9.]+ K?i?B\.\n$/,
      );
    }
    await assert.rejects(usage("app", "v2"), /does not exist/);
    await assert.rejects(usage("gone"), /The repository with name 'gone' does not exist/);
  });
});
