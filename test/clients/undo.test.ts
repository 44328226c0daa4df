import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import {
  BatchDeleteImageCommand,
  DeleteLifecyclePolicyCommand,
  DeleteRepositoryCommand,
  PutLifecyclePolicyCommand,
} from "@aws-sdk/client-ecr";
import { callLongshore } from "../../server/commands/call-longshore.ts";
import { findCredentials } from "../../server/commands/aws-profile.ts";
import { runLongshore } from "../installation.ts";
import { without } from "../programs.ts";
import { assertSameBlobs, makeLayout } from "./image-layout.ts";
import { awsEnvironment, type Scene, setScene } from "./scene.ts";
import { setSkopeo, type Skopeo } from "./skopeo.ts";

const AN_ID = /longshore undo ([0-9a-z]{20})/;

describe("what clients have deleted comes back", { skip: without("skopeo", "tar") }, () => {
  let scene: Scene;
  let skopeo: Skopeo;

  before(async () => {
    scene = await setScene();
    skopeo = await setSkopeo(scene);
  });
  after(() => scene[Symbol.asyncDispose]());

  const copy = (from: string, to: string) => skopeo.copy(from, to, "--all");
  const longshore = (...args: string[]) => runLongshore(scene, args);
  const idIn = (text: string): string => AN_ID.exec(text)?.[1] ?? assert.fail(text);

  /** Pushes an index of two images; returns how to pull it and to make sure that it is what it was. */
  async function push(repository: string) {
    await scene.createRepository(repository);
    const layout = await makeLayout(await scene.folder(repository), ["amd64", "arm64"]);
    const remote = `docker://${scene.host}/${repository}:v1`;
    await copy(`oci:${layout.folder}:v1`, remote);
    let pulls = 0;
    const assertThere = async (from = remote): Promise<void> => {
      const pulled = await scene.folder(`${repository}-pulled-${++pulls}`);
      await copy(from, `oci:${pulled}:v1`);
      await assertSameBlobs(pulled, layout.folder);
    };
    return {
      layout,
      remote,
      assertThere,
      assertGone: () => assert.rejects(assertThere(), /manifest unknown|NAME_UNKNOWN|name unknown/i),
    };
  }

  test("an image that skopeo has deleted, by the command", async () => {
    const { layout, remote, assertThere, assertGone } = await push("by-skopeo");
    await skopeo.ask("delete", remote);
    await assertGone();
    const listed = await longshore("deletions", "by-skopeo");
    assert.match(listed, new RegExp(`the image by-skopeo@${layout.root.digest} \\(v1; .* KiB\\)\n  by arn:aws:iam::`));
    const id = idIn(listed);
    assert.equal(await longshore("undo", id), `by-skopeo@${layout.root.digest} is back, as v1.\n`);
    await assertThere();
    assert.match(await longshore("deletions"), /brought back at/);
    assert.equal(JSON.parse(await longshore("deletions", "--json", "--image", layout.root.digest))[0].deletionId, id);
  });

  test("an index and its children that the API has deleted, by the API", async () => {
    const { layout, assertThere, assertGone } = await push("by-api");
    const digests = [layout.root.digest, ...layout.images.map((it) => it.descriptor.digest)];
    const imageIds = digests.map((imageDigest) => ({ imageDigest }));
    await scene.server.ecr.send(new BatchDeleteImageCommand({ repositoryName: "by-api", imageIds }));
    await assertGone();
    const credentials = findCredentials(awsEnvironment(scene));
    const server = { endpoint: new URL(scene.server.url), region: "us-east-1", credentials };
    const input = { repositoryName: "by-api", imageIds: [{ imageTag: "v1" }] };
    const answer = (await callLongshore(server, "RestoreImages", input)) as { images: object[]; failures: object[] };
    assert.deepEqual([answer.images.length, answer.failures], [1, []]);
    await assertThere();
  });

  test("a repository, under its name and under another", async () => {
    const { assertThere, assertGone } = await push("whole");
    const remove = () => scene.server.ecr.send(new DeleteRepositoryCommand({ repositoryName: "whole", force: true }));
    await remove();
    await assertGone();
    await longshore("undo", "--repository", "whole");
    await assertThere();
    await remove();
    await scene.createRepository("whole");
    const id = idIn(await longshore("deletions", "whole", "--kind", "repository"));
    await assert.rejects(longshore("undo", id), /already exists/);
    assert.match(await longshore("undo", id, "--as", "whole/old"), /is back as whole\/old/);
    await assertThere(`docker://${scene.host}/whole/old:v1`);
  });

  test("an image of a repository that is gone, after that one of all that had its name", async () => {
    const { layout, assertThere } = await push("older");
    const repositoryName = "older";
    const remove = () => scene.server.ecr.send(new DeleteRepositoryCommand({ repositoryName, force: true }));
    await scene.server.ecr.send(new BatchDeleteImageCommand({ repositoryName, imageIds: [{ imageDigest: layout.root.digest }] }));
    const image = idIn(await longshore("deletions", repositoryName, "--kind", "image"));
    await remove();
    const repository = idIn(await longshore("deletions", repositoryName, "--kind", "repository"));
    await scene.createRepository(repositoryName);
    await remove();
    await assert.rejects(longshore("undo", image), new RegExp(`gone itself: longshore undo ${repository} comes first`));
    await longshore("undo", repository);
    await assert.rejects(longshore("undo", image, "--as", "other"), /no repository/);
    await longshore("undo", image);
    await assertThere();
  });

  test("all that a run of a lifecycle policy has deleted", async () => {
    const { remote, layout, assertThere, assertGone } = await push("expired");
    const newer = await makeLayout(await scene.folder("expired-newer"), ["amd64"]);
    await copy(`oci:${newer.folder}:v1`, remote.replace(/v1$/, "v2"));
    const selection = { tagStatus: "any", countType: "imageCountMoreThan", countNumber: 1 };
    const rule = { rulePriority: 1, description: "the last one", selection, action: { type: "expire" } };
    const lifecyclePolicyText = JSON.stringify({ rules: [rule] });
    await scene.server.ecr.send(new PutLifecyclePolicyCommand({ repositoryName: "expired", lifecyclePolicyText }));
    await longshore("lifecycle", "run", "expired");
    await assertGone();
    const [{ deletionReason, deletedBy }, ...others] = JSON.parse(await longshore("deletions", "expired", "--json"));
    assert.deepEqual([deletedBy, deletionReason.rulePriority, others.length], ["lifecycle", 1, layout.images.length]);
    await scene.server.ecr.send(new DeleteLifecyclePolicyCommand({ repositoryName: "expired" }));
    await longshore("undo", "--run", deletionReason.runId);
    await assertThere();
    await assert.rejects(longshore("undo", "--run", deletionReason.runId), /Nothing that the run .* can be brought back/);
  });

  test("nothing that was purged", async () => {
    const { remote, assertGone } = await push("leaked");
    await skopeo.ask("delete", remote);
    const id = idIn(await longshore("deletions", "leaked"));
    assert.match(await longshore("deletions", "purge", "leaked"), /^Nobody can bring back 1 image and 0 repositories any more\./);
    await assert.rejects(longshore("undo", id), /is not kept any more/);
    await assertGone();
    for (const wrong of [
      ["deletions", "purge"],
      ["deletions", "purge", "leaked", "--all"],
      ["undo"],
      ["undo", "x", "--repository", "a"],
    ]) {
      await assert.rejects(longshore(...wrong), /--repository|--all/);
    }
    await assert.rejects(longshore("deletions", "--kind", "blob"), /--kind must be image, tag or repository/);
    await assert.rejects(longshore("undo", "x"), /There is no deletion x/);
  });
});
