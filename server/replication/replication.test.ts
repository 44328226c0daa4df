import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { AccountId, Region } from "../kernel/names.ts";
import { testRegistry } from "../testing/call.ts";
import { openTestEcr, pushImage } from "../testing/ecr.ts";
import { image } from "../testing/image.ts";

const { account, region } = testRegistry;
const to = (region: string, registryId: string = account) => ({ region, registryId });
const prefix = (filter: string) => ({ filter, filterType: "PREFIX_MATCH" });
const put = (...rules: object[]) => ({ replicationConfiguration: { rules } });
const none = { registryId: account, replicationConfiguration: { rules: [] } };

describe("the replication configuration", () => {
  test("has no rules before somebody sets them", async () => {
    await using ecr = await openTestEcr();
    assert.deepEqual(await ecr.call("DescribeRegistry"), none);
  });

  test("comes back as it was put, in its order, and without what was not there", async () => {
    await using ecr = await openTestEcr();
    const input = put(
      { destinations: [to("eu-west-1"), to("us-east-1", "111111111111")], repositoryFilters: [prefix("prod/"), prefix("a-")] },
      { destinations: [to("ap-northeast-1")] },
      { destinations: [] },
    );
    assert.deepEqual(await ecr.call("PutReplicationConfiguration", input), input);
    assert.deepEqual(await ecr.call("DescribeRegistry"), { registryId: account, ...input });
  });

  test("is replaced as a whole, and cleared by one without rules", async () => {
    await using ecr = await openTestEcr();
    await ecr.call("PutReplicationConfiguration", put({ destinations: [to("eu-west-1")] }, { destinations: [to("eu-west-2")] }));
    const second = put({ destinations: [to("eu-west-3")] });
    await ecr.call("PutReplicationConfiguration", second);
    assert.deepEqual(await ecr.call("DescribeRegistry"), { registryId: account, ...second });
    assert.deepEqual(await ecr.call("PutReplicationConfiguration", put()), put());
    assert.deepEqual(await ecr.call("DescribeRegistry"), none);
  });

  test("belongs to one registry", async () => {
    await using ecr = await openTestEcr();
    const elsewhere = { registry: { account, region: "eu-west-1" as Region } };
    await ecr.call("PutReplicationConfiguration", put({ destinations: [to(region)] }), elsewhere);
    assert.deepEqual(await ecr.call("DescribeRegistry"), none);
    assert.equal((await ecr.call("DescribeRegistry", {}, elsewhere)).replicationConfiguration.rules.length, 1);
  });

  test("never leads back to its registry, nor to what is no region of its partition, and what was set before stays", async () => {
    await using ecr = await openTestEcr();
    const before = put({ destinations: [to("eu-west-1")] });
    await ecr.call("PutReplicationConfiguration", before);
    const form = (text: string) => `Invalid parameter at 'replicationConfiguration' failed to satisfy constraint: '${text}'`;
    const self = put({ destinations: [to("eu-west-2")] }, { destinations: [to("eu-west-3"), to(region)] });
    assert.deepEqual(await ecr.refusal("PutReplicationConfiguration", self), {
      name: "InvalidParameterException",
      message: form("Replication destination cannot be the same as the source registry"),
    });
    for (const wrong of [
      "cn-north-1",
      "us-gov-west-1",
      "us-iso-east-1",
      "us-isob-east-1",
      "eusc-de-east-1",
      "nowhere",
      "eu-west-",
    ]) {
      const { message } = await ecr.refusal("PutReplicationConfiguration", put({ destinations: [to(wrong)] }));
      assert.equal(message, form(`Invalid region '${wrong}'`));
    }
    assert.deepEqual(await ecr.call("DescribeRegistry"), { registryId: account, ...before });
  });

  test("has at most 25 rules, 100 filters a rule and 100 different destinations, and that many fit", async () => {
    await using ecr = await openTestEcr();
    const accounts = Array.from({ length: 101 }, (_, n) => to("eu-west-1", String(100000000000 + n)));
    const filters = Array.from({ length: 101 }, (_, n) => prefix(`f${n}`));
    const rule = { destinations: accounts.slice(0, 100), repositoryFilters: filters.slice(0, 100) };
    await ecr.call("PutReplicationConfiguration", put(...Array.from({ length: 25 }, () => rule)));
    const refused = async (...rules: object[]) => (await ecr.refusal("PutReplicationConfiguration", put(...rules))).message;
    assert.match(await refused(...Array.from({ length: 26 }, () => rule)), /'replicationConfiguration.rules' .*equal to 25'$/);
    assert.match(await refused({ destinations: accounts }), /'replicationConfiguration.rules.1.member.destinations' .* 100'$/);
    assert.match(
      await refused({ ...rule, repositoryFilters: filters }),
      /'replicationConfiguration.rules.1.member.repositoryFilters'/,
    );
    assert.match(await refused({ ...rule, repositoryFilters: [] }), /greater than or equal to 1'$/);
    assert.match(await refused(rule, { destinations: accounts.slice(100) }), /at most 100 unique destinations'$/);
  });

  test("has filters that repository names could begin with", async () => {
    await using ecr = await openTestEcr();
    const pattern = /^(?:[a-z0-9]+(?:[._-][a-z0-9]*)*\/)*[a-z0-9]*(?:[._-][a-z0-9]*)*$/;
    const texts = ["prod", "prod/", "prod-", "a/b/c", "a._-/b", "..", "a/.b", "/a", "a//b", ".a/b", "Prod", "a*", "a b", "ab\n"];
    for (const text of texts) {
      const input = put({ destinations: [to("eu-west-1")], repositoryFilters: [prefix(text)] });
      const answer = await ecr.call("PutReplicationConfiguration", input).catch((error: Error) => error);
      assert.equal(!(answer instanceof Error), pattern.test(text), text);
    }
  });
});

describe("DescribeImageReplicationStatus", () => {
  test("has no status, since nothing has been copied", async () => {
    await using ecr = await openTestEcr();
    await ecr.call("CreateRepository", { repositoryName: "app" });
    const pushed = image();
    await pushImage(ecr, "app", pushed, "v1");
    for (const imageId of [{ imageTag: "v1" }, { imageDigest: pushed.digest }]) {
      assert.deepEqual(await ecr.call("DescribeImageReplicationStatus", { repositoryName: "app", imageId }), {
        repositoryName: "app",
        imageId: { ...imageId, imageDigest: pushed.digest },
        replicationStatuses: [],
      });
    }
  });

  test("is about an image that is there", async () => {
    await using ecr = await openTestEcr();
    const refused = async (input: object) =>
      (await ecr.refusal("DescribeImageReplicationStatus", { repositoryName: "app", ...input })).name;
    assert.equal(await refused({ imageId: { imageTag: "v1" } }), "RepositoryNotFoundException");
    assert.equal(await refused({ imageId: {} }), "InvalidParameterException");
    await ecr.call("CreateRepository", { repositoryName: "app" });
    assert.equal(await refused({ imageId: { imageTag: "v1" } }), "ImageNotFoundException");
    assert.equal(await refused({ imageId: {} }), "InvalidParameterException");
    assert.equal(await refused({ imageId: { imageDigest: "nonsense" } }), "InvalidParameterException");
  });
});

describe("backfills", () => {
  test("cannot be started: not to where nothing is replicated, and not yet to where it is", async () => {
    await using ecr = await openTestEcr();
    await ecr.call("PutReplicationConfiguration", put({ destinations: [to("eu-west-1")] }));
    const start = (destination: object) => ecr.refusal("StartReplicationBackfill", { destination });
    const unknown = await start(to("eu-west-2"));
    assert.equal(unknown.name, "ValidationException");
    assert.match(unknown.message, /in eu-west-2 is not a destination/);
    const known = await start(to("eu-west-1"));
    assert.equal(known.name, "ValidationException");
    assert.match(known.message, /not available on this server yet/);
    assert.equal((await start({ region: "eu-west-1" })).name, "InvalidParameterException");
  });

  test("are none", async () => {
    await using ecr = await openTestEcr();
    assert.deepEqual(await ecr.call("ListReplicationBackfills", { maxResults: 50 }), { registryId: account, backfills: [] });
    assert.equal((await ecr.refusal("ListReplicationBackfills", { nextToken: "x" })).name, "InvalidParameterException");
    for (const operation of ["StopReplicationBackfill", "DescribeReplicationBackfillResults"]) {
      const { name } = await ecr.refusal(operation, { replicationBackfillId: "backfill-1" });
      assert.equal(name, "ReplicationBackfillNotFoundException");
    }
  });

  test("of another account are not for its neighbours", async () => {
    await using ecr = await openTestEcr();
    const registryId = "111111111111" as AccountId;
    const principal = { type: "root", account, arn: `arn:aws:iam::${account}:root`, userId: account } as never;
    assert.equal((await ecr.refusal("ListReplicationBackfills", { registryId }, { principal })).name, "AccessDeniedException");
  });
});
