import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { DescribeImagesCommand, paginateListImages } from "@aws-sdk/client-ecr";
import { runLongshore } from "../installation.ts";
import { run, without } from "../programs.ts";
import { findCli } from "./aws-cli.ts";
import { assertSameBlobs, type ImageLayout, makeLayout } from "./image-layout.ts";
import { awsEnvironment, type Scene, setScene } from "./scene.ts";
import { setSkopeo, type Skopeo } from "./skopeo.ts";

/** As a guide has it, with the comment that stands before it there. */
const COMMENT = "// Lifecycle policy - keep last 30 tagged images, delete untagged after 1 day\n";
const POLICY = `{
  "rules": [
    {
      "rulePriority": 1,
      "description": "Remove untagged images after 1 day",
      "selection": { "tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 1 },
      "action": { "type": "expire" }
    },
    {
      "rulePriority": 2,
      "description": "Keep only 30 tagged images",
      "selection": { "tagStatus": "tagged", "tagPrefixList": ["v"], "countType": "imageCountMoreThan", "countNumber": 30 },
      "action": { "type": "expire" }
    }
  ]
}
`;
const KEPT = 30;
const OLD = 3;
const AT_ONCE = 4;

const cli = findCli(2) ?? findCli(1);
const absent = cli === undefined ? "not on this machine: the AWS CLI" : false;

describe("a lifecycle policy of the AWS CLI", { skip: absent || without("skopeo", "tar") }, () => {
  let scene: Scene;
  let skopeo: Skopeo;

  before(async () => {
    scene = await setScene();
    skopeo = await setSkopeo(scene);
    await scene.createRepository("app");
  });
  after(() => scene[Symbol.asyncDispose]());

  const aws = (...args: string[]) =>
    run(cli ?? "aws", ["--endpoint-url", scene.server.url, "ecr", ...args, "--repository-name", "app", "--output", "json"], {
      env: awsEnvironment(scene),
    });
  const copy = (from: string, to: string) => skopeo.copy(from, to, "--all");
  const remote = (tag: string): string => `docker://${scene.host}/app:${tag}`;

  async function push(tag: string, architectures: readonly string[] = ["amd64"]): Promise<readonly [string, ImageLayout]> {
    const layout = await makeLayout(await scene.folder(tag), architectures);
    await copy(`oci:${layout.folder}:v1`, remote(tag));
    return [tag, layout];
  }

  async function tagsThere(): Promise<readonly string[]> {
    const tags: string[] = [];
    for await (const page of paginateListImages(
      { client: scene.server.ecr },
      { repositoryName: "app", filter: { tagStatus: "TAGGED" } },
    )) {
      tags.push(...(page.imageIds ?? []).map((it) => it.imageTag ?? ""));
    }
    return tags.sort();
  }

  test("with a comment in it is refused, and the answer says where the JSON breaks", async () => {
    const file = join(await scene.folder("policies"), "commented.json");
    await writeFile(file, COMMENT + POLICY);
    await assert.rejects(
      aws("put-lifecycle-policy", "--lifecycle-policy-text", `file://${file}`),
      /Could not map policyString into LifecyclePolicy.*The JSON breaks at line 1, column 1/,
    );
  });

  test("does what its preview shows, the images that it keeps are what they were, and the others say why they went", async () => {
    const old: string[] = [];
    for (let i = 0; i < OLD; i++) old.push((await push(`v-old-${i}`))[0]);
    const kept = new Map([await push("v-index", ["amd64", "arm64"])]);
    for (let i = 1; i < KEPT; i += AT_ONCE) {
      const tags = Array.from({ length: Math.min(AT_ONCE, KEPT - i) }, (_, n) => `v-${i + n}`);
      for (const [tag, layout] of await Promise.all(tags.map((it) => push(it)))) kept.set(tag, layout);
    }
    const [other, layout] = await push("other");
    kept.set(other, layout);

    const file = join(await scene.folder("policies"), "policy.json");
    await writeFile(file, POLICY);
    await aws("put-lifecycle-policy", "--lifecycle-policy-text", `file://${file}`);
    await aws("start-lifecycle-policy-preview");
    await aws("wait", "lifecycle-policy-preview-complete");
    const preview = JSON.parse(await aws("get-lifecycle-policy-preview"));
    const shown = preview.previewResults.flatMap((it: { imageTags: string[] }) => it.imageTags);
    assert.deepEqual(shown.toSorted(), old);
    assert.equal(preview.summary.expiringImageTotalCount, OLD);

    const total = (await scene.server.ecr.send(new DescribeImagesCommand({ repositoryName: "app", maxResults: 100 })))
      .imageDetails;
    assert.equal(await runLongshore(scene, ["lifecycle", "run", "app"]), `app:  ${OLD} of ${total?.length} images expired.\n`);
    assert.deepEqual(await tagsThere(), [...kept.keys()].sort());
    for (const [tag, pushed] of kept) {
      const pulled = await scene.folder(`pulled-${tag}`);
      await copy(remote(tag), `oci:${pulled}:v1`);
      await assertSameBlobs(pulled, pushed.folder);
    }

    assert.match(
      await runLongshore(scene, ["lifecycle", "runs"]),
      new RegExp(`app +${OLD} of ${total?.length} images expired\\.`),
    );
    await assert.rejects(runLongshore(scene, ["lifecycle", "runs", "ap"]), /'ap' does not exist/);
    const explained = await runLongshore(scene, ["lifecycle", "explain", "app"]);
    assert.match(
      explained,
      /v-index .*Stays until one newer image comes\. Rule 2 expires images with tags v\* but for the newest 30\./,
    );
    assert.match(
      explained,
      /the image app@sha256:[0-9a-f]{64} \(v-old-0; .*\n {2}by lifecycle\n {2}Rule 2 expires images with tags v\*/,
    );
    assert.match(await runLongshore(scene, ["lifecycle", "explain", "app", "v-old-0"]), /^\n.*the image app@sha256:.*v-old-0/);
    const [line = ""] = explained.split("\n");
    assert.equal(
      await runLongshore(scene, ["lifecycle", "explain", "app", line.slice(0, 19)]),
      `${line.replace(/ {2,}/g, "  ")}\n`,
    );
    const events = (await runLongshore(scene, ["lifecycle", "runs", "--events"])).trim().split("\n");
    assert.equal(JSON.parse(events[0] ?? "").serviceEventDetails.lifecycleEventImageActions.length, OLD);
    assert.ok(JSON.parse(await aws("get-lifecycle-policy")).lastEvaluatedAt !== 0);
  });

  test("is carried out by the command where no server runs", async () => {
    for (let i = 0; i < 2; i++) await push(`v-late-${i}`);
    await scene.server.stop();
    assert.match(await runLongshore(scene, ["lifecycle", "run"]), /^app: {2}2 of \d+ images expired\.\n$/);
  });
});
