import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import {
  CreateRepositoryCommand,
  DescribeImagesCommand,
  type TargetStorageClass,
  UpdateImageStorageClassCommand,
} from "@aws-sdk/client-ecr";
import { assertWhole, makeImage, ociClient } from "../crash/oci-client.ts";
import { blobsIn, type Installation, install, runLongshore } from "../installation.ts";
import { type RunningLongshore, spawnLongshore, startLongshore } from "../longshore.ts";
import { PATIENCE_MS, until } from "../patience.ts";
import { killGroup } from "../processes.ts";

const NAME = "archive/app";

describe("an archive in a folder of its own", () => {
  let installation: Installation;
  let archive: string;
  before(async () => {
    installation = await install();
    archive = await mkdtemp(join(tmpdir(), "longshore-archive-"));
  });
  after(async () => {
    await installation[Symbol.asyncDispose]();
    await rm(archive, { recursive: true, force: true });
  });

  const start = () => startLongshore(installation, { workers: 2, flags: ["--archive-data", archive] });
  const filesIn = async (folder: string): Promise<number> => (await blobsIn(folder)).length;
  const put = (server: RunningLongshore, imageTag: string, targetStorageClass: TargetStorageClass) =>
    server.ecr.send(new UpdateImageStorageClassCommand({ repositoryName: NAME, imageId: { imageTag }, targetStorageClass }));
  const statusOf = async (server: RunningLongshore, imageTag: string) => {
    const { imageDetails } = await server.ecr.send(new DescribeImagesCommand({ repositoryName: NAME, imageIds: [{ imageTag }] }));
    return imageDetails?.[0]?.imageStatus;
  };

  test("takes the layers of archived images, gives them back, and is asked for when it is missing", async () => {
    const [kept, put_away] = [makeImage(300_000), makeImage(400_000)];
    {
      await using server = await start();
      const client = await ociClient(server);
      await server.ecr.send(new CreateRepositoryCommand({ repositoryName: NAME }));
      await client.pushImage(NAME, "kept", kept);
      await client.pushImage(NAME, "old", put_away);
      await put(server, "old", "ARCHIVE");
      assert.equal((await client.send("GET", `/v2/${NAME}/manifests/old`)).status, 404);
    }
    {
      // A start looks at once for what is to be moved.
      await using server = await start();
      await until(
        "two blobs in each store",
        async () => (await filesIn(archive)) === 2 && (await filesIn(installation.data)) === 2,
      );
      const client = await ociClient(server);
      await assertWhole(client, NAME, "kept", kept);
      await put(server, "old", "STANDARD");
      await until("the image is active", async () => (await statusOf(server, "old")) === "ACTIVE");
      assert.equal(await filesIn(installation.data), 4);
      await assertWhole(client, NAME, "old", put_away);
      await put(server, "old", "ARCHIVE");
    }
    {
      await using server = await start();
      await until(
        "two blobs in each store again",
        async () => (await filesIn(archive)) === 2 && (await filesIn(installation.data)) === 2,
      );
      // ECR: a push of the same image restores it at once. (user guide)
      const client = await ociClient(server);
      await client.pushImage(NAME, "again", put_away);
      await assertWhole(client, NAME, "again", put_away);
      await until("four blobs at home", async () => (await filesIn(installation.data)) === 4 && (await filesIn(archive)) === 0);
      await put(server, "again", "ARCHIVE");
      await until("two blobs in the archive", async () => (await filesIn(archive)) === 2);
    }
    await assert.rejects(runLongshore(installation, ["gc", "--dry-run"]), /set --archive-data/);
    const without = await startInVain();
    assert.notEqual(without.exit, 0);
    assert.match(without.output, /set --archive-data/);
    const inData = await startInVain("--archive-data", installation.data);
    assert.notEqual(inData.exit, 0);
    assert.match(inData.output, /leads to the data folder/);
  });

  const startInVain = async (...flags: readonly string[]) => {
    const child = spawnLongshore(installation, 0, { workers: 1, flags });
    let output = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (output += text));
    const timer = setTimeout(() => killGroup(child), PATIENCE_MS);
    const exit = await new Promise((resolve) => child.once("close", resolve));
    clearTimeout(timer);
    return { exit, output };
  };
});
