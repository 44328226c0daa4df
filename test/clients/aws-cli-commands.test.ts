import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import * as sdk from "@aws-sdk/client-ecr";
import { assertOutput } from "../../server/testing/model.ts";
import { run, without } from "../programs.ts";
import { findCli } from "./aws-cli.ts";
import type { EcrCommand, Given } from "./ecr-commands/command.ts";
import { ecrCommands } from "./ecr-commands/ecr-commands.ts";
import { blobPath, makeLayout } from "./image-layout.ts";
import { pushLayout } from "./push-layout.ts";
import { awsEnvironment, type Scene, setScene } from "./scene.ts";

const POLICIES = {
  repository: {
    Version: "2012-10-17",
    Statement: [{ Sid: "all may pull", Effect: "Allow", Principal: "*", Action: ["ecr:BatchGetImage"] }],
  },
  registry: {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { AWS: "arn:aws:iam::234567890123:root" },
        Action: "ecr:ReplicateImage",
        Resource: "arn:aws:ecr:us-east-1:000000000000:repository/*",
      },
    ],
  },
  lifecycle: {
    rules: [
      {
        rulePriority: 1,
        selection: { tagStatus: "untagged", countType: "sinceImagePushed", countUnit: "days", countNumber: 14 },
        action: { type: "expire" },
      },
    ],
  },
};
/** What a CLI says of a command, an option or a member that is newer than it is. */
const NEWER_THAN_CLI = /argument operation: Invalid choice|Unknown options: --[a-z-]+|Unknown parameter in input/;
/** To ask the table which operations it has. */
const NOTHING: Given = {
  digest: "",
  layerDigest: "",
  layerSize: 0,
  manifest: "",
  layer: "",
  account: "",
  repositoryPolicy: "",
  registryPolicy: "",
  lifecyclePolicy: "",
};

test("every operation of ECR's API is one of the commands", () => {
  const operations = Object.keys(sdk)
    .filter((it) => it.endsWith("Command") && it !== "$Command")
    .map((it) => it.slice(0, -"Command".length));
  assert.deepEqual(
    ecrCommands(NOTHING)
      .map((it) => it.operation)
      .sort(),
    operations.sort(),
  );
});

for (const major of [2, 1]) {
  const path = findCli(major);
  const absent = path === undefined ? `not on this machine: version ${major} of the AWS CLI` : false;

  describe(`every command of aws ecr, version ${major}`, { skip: absent || without("tar") }, () => {
    let scene: Scene;
    let given: Given;
    let env: Record<string, string>;
    let uploadId = "";

    before(async () => {
      scene = await setScene();
      env = awsEnvironment(scene);
      given = await prepare(scene);
    });
    after(() => scene[Symbol.asyncDispose]());

    async function ecr(operation: string, args: readonly string[]): Promise<any> {
      const filled = args.map((it) => (it === "{uploadId}" ? uploadId : it));
      const answer = await run(
        path ?? "aws",
        ["--endpoint-url", scene.server.url, "--output", "json", "ecr", commandName(operation), ...filled],
        { env },
      );
      return answer.trim() === "" ? {} : JSON.parse(answer);
    }

    async function check({ operation, good, answer = {}, bad, refusal }: EcrCommand): Promise<void> {
      if (good !== undefined) {
        const found = await ecr(operation, good);
        assert.partialDeepStrictEqual(found, answer);
        assertOutput(operation, found, { times: "as the CLI prints them" });
        if (operation === "InitiateLayerUpload") ({ uploadId } = found);
      }
      const refused = await ecr(operation, bad).catch((error: Error) => error.message);
      assert.match(typeof refused === "string" ? refused : `It answered ${JSON.stringify(refused)}`, refusal);
    }

    for (const { operation } of ecrCommands(NOTHING)) {
      test(commandName(operation), async (t) => {
        const command = ecrCommands(given).find((it) => it.operation === operation);
        assert(command !== undefined);
        await check(command).catch((error: Error) => {
          if (!NEWER_THAN_CLI.test(error.message)) throw error;
          t.skip(`this version of the CLI does not know it: ${NEWER_THAN_CLI.exec(error.message)?.[0]}`);
        });
      });
    }
  });
}

/** `PutImage` is `put-image`. */
function commandName(operation: string): string {
  return operation.replaceAll(/(?<!^)[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
}

/** Three repositories: two with the same image, and one that the commands make. */
async function prepare(scene: Scene): Promise<Given> {
  const layout = await makeLayout(await scene.folder("image"), ["amd64"]);
  for (const name of ["cli/app", "cli/other"]) {
    await scene.createRepository(name);
    await pushLayout(scene.server.ecr, name, { layout, imageTag: "v1" });
  }
  const [image] = layout.images;
  assert(image !== undefined);
  const documents = await scene.folder("documents");
  const write = async (name: keyof typeof POLICIES) => {
    const path = join(documents, `${name}.json`);
    await writeFile(path, JSON.stringify(POLICIES[name], undefined, 2));
    return path;
  };
  return {
    account: "000000000000",
    digest: layout.root.digest,
    layerDigest: image.layer.digest,
    layerSize: image.layer.size,
    layer: blobPath(layout.folder, image.layer.digest),
    manifest: blobPath(layout.folder, layout.root.digest),
    repositoryPolicy: await write("repository"),
    registryPolicy: await write("registry"),
    lifecyclePolicy: await write("lifecycle"),
  };
}
