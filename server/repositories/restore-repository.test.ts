import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { UNDO_WINDOW_S } from "../kernel/limits.ts";
import { query } from "../platform/metadata/query.ts";
import { testRegistry } from "../testing/call.ts";
import { dump } from "../testing/dump.ts";
import { openTestEcr, pushImage, type TestEcr } from "../testing/ecr.ts";
import { image } from "../testing/image.ts";
import { repositoryJobs } from "./jobs.ts";

const repositoryName = "team/app";
const resourceArn = `arn:aws:ecr:us-east-1:${testRegistry.account}:repository/${repositoryName}`;
const jobs = query()((db) => db.selectFrom("jobs").select(["kind", "payload", "due_ms"]));

describe("a deleted repository", () => {
  let ecr: TestEcr;
  beforeEach(async () => {
    ecr = await openTestEcr({ repositoriesMax: 2 });
    await ecr.call("CreateRepository", {
      repositoryName,
      imageTagMutability: "IMMUTABLE",
      tags: [{ Key: "team", Value: "blue" }],
    });
    await ecr.call("SetRepositoryPolicy", {
      repositoryName,
      policyText: JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Principal: "*", Action: "ecr:BatchGetImage" }],
      }),
    });
    await pushImage(ecr, repositoryName, image(), "v1");
  });
  afterEach(() => ecr[Symbol.asyncDispose]());

  const remove = (name = repositoryName) => ecr.call("DeleteRepository", { repositoryName: name, force: true });
  const restore = (input: object = {}) => ecr.call("RestoreRepository", { repositoryName, ...input });
  const refusalOf = (input: object = {}) => ecr.refusal("RestoreRepository", { repositoryName, ...input });
  const list = async (): Promise<any[]> => (await ecr.call("ListDeletions", { deletionKind: "REPOSITORY" })).deletions;
  /** Runs the sweeper's jobs that are due, as often as they ask to be run. */
  const sweep = async (): Promise<void> => {
    const [{ kind, run } = assert.fail()] = repositoryJobs(ecr);
    for (const job of await ecr.metadata.readGlobal((tx) => tx.all(jobs, {}))) {
      if (job.kind === kind && job.due_ms <= ecr.clock.now()) await run(JSON.parse(job.payload), new AbortController().signal);
    }
  };
  /** What is stored, but for the work that waits and the record. */
  const rows = async () => (await dump(ecr.metadata)).filter((it) => !/^(jobs|deletions) /.test(it));
  const whole = async (name = repositoryName) => ({
    ...(await ecr.call("DescribeRepositories", { repositoryNames: [name] })),
    ...(await ecr.call("DescribeImages", { repositoryName: name })),
    policy: (await ecr.call("GetRepositoryPolicy", { repositoryName: name })).policyText,
    ...(await ecr.call("ListTagsForResource", { resourceArn: resourceArn.replace(repositoryName, name) })),
  });

  test("is found by an image that went with it, and by none that it never had", async () => {
    const [{ imageDigest }] = (await whole()).imageDetails;
    const found = async (filter: Readonly<Record<string, unknown>>): Promise<any[]> =>
      (await ecr.call("ListDeletions", filter)).deletions;
    assert.deepEqual(await found({ imageDigest }), []);
    await remove();
    const [record, ...others] = await found({ imageDigest });
    assert.deepEqual([record.deletionKind, record.repositoryName, others.length], ["REPOSITORY", repositoryName, 0]);
    assert.equal((await found({ imageDigest, repositoryName })).length, 1);
    assert.deepEqual(await found({ imageDigest, repositoryName: "other" }), []);
    assert.deepEqual(await found({ imageDigest, deletionKind: "IMAGE" }), []);
    assert.deepEqual(await found({ imageDigest: image().digest }), []);
    await restore();
    assert.equal((await found({ imageDigest }))[0]?.deletionStatus, "RESTORED");
  });

  test("leaves a record of each image that went with it, and of its tags, when it cannot come back any more", async () => {
    const [{ imageDigest, imageSizeInBytes }] = (await whole()).imageDetails;
    const deletedAt = ecr.clock.now() / 1000;
    await remove();
    const [{ deletedBy }] = await list();
    ecr.clock.advance(UNDO_WINDOW_S * 1000);
    await sweep();
    const { deletions } = await ecr.call("ListDeletions", { imageDigest });
    const [{ deletionId, ...record }, ...others] = deletions as any[];
    assert.deepEqual(record, {
      deletionKind: "IMAGE",
      repositoryName,
      imageDigest,
      imageTags: ["v1"],
      imageSizeInBytes,
      deletedAt,
      deletedBy,
      deletionReason: { because: "It went with its repository." },
      deletionStatus: "FINAL",
    });
    assert.deepEqual(others, []);
    await ecr.call("CreateRepository", { repositoryName });
    const { images, failures } = await ecr.call("RestoreImages", { repositoryName, deletionIds: [deletionId] });
    assert.deepEqual([images.length, failures.length], [0, 1]);
  });

  test("comes back as it was, and the job that would have swept it leaves it alone", async () => {
    const [before, stored] = [await whole(), await rows()];
    await remove();
    assert.equal((await ecr.refusal("DescribeImages", { repositoryName })).name, "RepositoryNotFoundException");
    ecr.clock.advance(1_000);
    assert.deepEqual(await restore(), { repository: before.repositories[0] });
    assert.deepEqual(await rows(), stored);
    assert.deepEqual(await whole(), before);
    ecr.clock.advance(UNDO_WINDOW_S * 1000);
    await sweep();
    assert.deepEqual(await whole(), before);
    assert.equal((await list())[0].deletionStatus, "RESTORED");
  });

  test("leaves its name to others, and comes back under another one then, with its images", async () => {
    const before = await whole();
    await remove();
    await ecr.call("CreateRepository", { repositoryName });
    assert.deepEqual(await refusalOf(), {
      name: "RepositoryAlreadyExistsException",
      message: `The repository with name '${repositoryName}' already exists in the registry with id '${testRegistry.account}'`,
    });
    await restore({ newRepositoryName: "team/old" });
    assert.deepEqual((await whole("team/old")).imageDetails[0].imageDigest, before.imageDetails[0].imageDigest);
    assert.deepEqual((await ecr.call("ListImages", { repositoryName })).imageIds, []);
  });

  test("counts for nothing while it is away, and comes back only where there is room", async () => {
    await remove();
    await ecr.call("CreateRepository", { repositoryName: "one" });
    await ecr.call("CreateRepository", { repositoryName: "two" });
    const stored = await dump(ecr.metadata);
    assert.equal((await refusalOf()).name, "LimitExceededException");
    assert.deepEqual(await dump(ecr.metadata), stored);
  });

  test("is the one that was deleted last where there are several, or the one that is asked for", async () => {
    const first = await whole();
    await remove();
    ecr.clock.advance(1);
    await ecr.call("CreateRepository", { repositoryName });
    await remove();
    const [second, { deletionId }] = await list();
    assert.equal(second.deletionStatus, "RESTORABLE");
    await restore();
    assert.deepEqual((await ecr.call("ListImages", { repositoryName })).imageIds, []);
    await restore({ deletionId, newRepositoryName: "first" });
    assert.deepEqual((await whole("first")).tags, first.tags);
    assert.equal((await refusalOf({ deletionId })).name, "RepositoryNotFoundException");
  });

  test("is swept when the window ends, with all that was kept of it, and never comes back", async () => {
    await ecr.call("BatchDeleteImage", { repositoryName, imageIds: [{ imageTag: "v1" }] });
    ecr.clock.advance(UNDO_WINDOW_S * 1000 - 1_000);
    await pushImage(ecr, repositoryName, image(), "v2");
    await ecr.call("BatchDeleteImage", { repositoryName, imageIds: [{ imageTag: "v2" }] });
    await remove();
    ecr.clock.advance(UNDO_WINDOW_S * 1000 - 1);
    await sweep();
    assert.notEqual((await rows()).length, 0);
    ecr.clock.advance(1);
    assert.deepEqual(await refusalOf(), {
      name: "RepositoryNotFoundException",
      message: `No repository with name '${repositoryName}' that was deleted can be brought back in the registry with id '${testRegistry.account}'`,
    });
    await sweep();
    assert.deepEqual(
      (await rows()).map((it) => it.split(" ")[0]),
      ["deleted_tags", "deleted_tags"],
      "records outlive it",
    );
    assert.equal((await list())[0].deletionStatus, "FINAL");
  });

  test("that came back and went again has a whole window, though the job of the first time waits still", async () => {
    await remove();
    ecr.clock.advance(UNDO_WINDOW_S * 1000 - 1_000);
    await restore();
    await remove();
    ecr.clock.advance(2_000);
    await sweep();
    await restore();
  });

  test("without an undo window is swept at once", async () => {
    await using it = await openTestEcr({ undoWindow_s: 0 });
    await it.call("CreateRepository", { repositoryName });
    await it.call("DeleteRepository", { repositoryName });
    assert.equal((await it.refusal("RestoreRepository", { repositoryName })).name, "RepositoryNotFoundException");
    assert.ok(!(await dump(it.metadata)).some((row) => row.startsWith("deleted_repositories")));
  });

  test("of its restoring and its sweeping one wins", async () => {
    for (let round = 0; round < 20; round++) {
      await remove();
      ecr.clock.advance(UNDO_WINDOW_S * 1000 - 1);
      const restoring = restore().then(
        () => true,
        () => false,
      );
      ecr.clock.advance(round % 2);
      const [isBack] = await Promise.all([restoring, sweep()]);
      const { repositories } = await ecr.call("DescribeRepositories");
      assert.equal(repositories.length, isBack ? 1 : 0);
      if (isBack) await whole();
      else {
        assert.deepEqual(await rows().then((it) => it.filter((row) => !row.startsWith("deleted_tags"))), []);
        await ecr.call("CreateRepository", { repositoryName });
        await ecr.call("SetRepositoryPolicy", {
          repositoryName,
          policyText: '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"ecr:BatchGetImage"}]}',
        });
        await pushImage(ecr, repositoryName, image(), "v1");
      }
    }
  });
});
