import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import type { Principal } from "../kernel/call.ts";
import { PULL_TIME_PRECISION_S, PULLS_GATHERED_MAX } from "../kernel/limits.ts";
import type { Arn, Tag } from "../kernel/names.ts";
import type { Metadata } from "../platform/metadata/metadata.ts";
import { query } from "../platform/metadata/query.ts";
import { repositoryName, rootOf, testCall, testRegistry } from "../testing/call.ts";
import { openTestEcr, pushImage, type TestEcr } from "../testing/ecr.ts";
import { image, index, type TestImage } from "../testing/image.ts";
import { getImage } from "./get-image.ts";
import { recordPulls } from "./record-pulls.ts";

const repository = { repositoryName: "app" };
const name = repositoryName("app");
const ids = query()((db) => db.selectFrom("repositories").select("id"));
const idOf = async (metadata: Metadata) => (await metadata.readGlobal((tx) => tx.first(ids, {})))!.id;
const user: Principal = { ...rootOf(testRegistry.account), arn: "arn:aws:iam::000000000000:user/scanner" as Arn };

describe("pull times", () => {
  let ecr: TestEcr;
  let pushed: TestImage;
  beforeEach(async () => {
    ecr = await openTestEcr();
    await ecr.call("CreateRepository", repository);
    pushed = image();
    await pushImage(ecr, "app", pushed, "v1");
  });
  afterEach(() => ecr[Symbol.asyncDispose]());

  const pull = (changes = {}) => getImage(ecr, testCall(changes), { name, reference: { tag: "v1" as Tag } });
  const timeOf = async (of = pushed): Promise<number | undefined> => {
    const answer = await ecr.call("DescribeImages", { ...repository, imageIds: [{ imageDigest: of.digest }] });
    return answer.imageDetails[0].lastRecordedPullTime;
  };

  test("an image that nobody has pulled has none, and a pull on either protocol gives it one", async () => {
    assert.equal(await timeOf(), undefined);
    await pull();
    await ecr.pulls.flush();
    assert.equal(await timeOf(), ecr.clock.now() / 1000);
    ecr.clock.advance(PULL_TIME_PRECISION_S * 1000);
    await ecr.call("BatchGetImage", { ...repository, imageIds: [{ imageTag: "v1" }] });
    await ecr.pulls.flush();
    assert.equal(await timeOf(), ecr.clock.now() / 1000);
  });

  test("describing and listing are no pulls", async () => {
    await ecr.call("DescribeImages", repository);
    await ecr.call("ListImages", repository);
    await ecr.call("ListImageReferrers", { ...repository, subjectId: { imageDigest: pushed.digest } });
    await ecr.pulls.flush();
    assert.equal(await timeOf(), undefined);
  });

  test("a time that is not a minute old stays", async () => {
    await pull();
    await ecr.pulls.flush();
    const first = await timeOf();
    ecr.clock.advance(PULL_TIME_PRECISION_S * 1000 - 1);
    await pull();
    await ecr.pulls.flush();
    assert.equal(await timeOf(), first);
    ecr.clock.advance(1);
    await pull();
    await ecr.pulls.flush();
    assert.equal(await timeOf(), ecr.clock.now() / 1000);
  });

  test("each manifest has its own: a child that was not fetched has none", async () => {
    const [fetched, other] = [image(), image()];
    const both = index([fetched, other]);
    await pushImage(ecr, "app", fetched);
    await pushImage(ecr, "app", other);
    await pushImage(ecr, "app", both, "multi");
    await getImage(ecr, testCall(), { name, reference: { tag: "multi" as Tag } });
    await getImage(ecr, testCall(), { name, reference: { digest: fetched.digest } });
    await ecr.pulls.flush();
    const now = ecr.clock.now() / 1000;
    assert.deepEqual(await Promise.all([both, fetched, other].map(timeOf)), [now, now, undefined]);
  });

  test("an excluded principal's pull is not recorded, and does not hide another's", async () => {
    await ecr.call("RegisterPullTimeUpdateExclusion", { principalArn: user.arn });
    await pull({ principal: user });
    await ecr.pulls.flush();
    assert.equal(await timeOf(), undefined);
    await pull();
    await pull({ principal: user });
    await ecr.pulls.flush();
    assert.equal(await timeOf(), ecr.clock.now() / 1000);
  });

  test("a repository that was deleted and made again gets nothing of the old one's", async () => {
    await pull();
    await ecr.call("DeleteRepository", { ...repository, force: true });
    await ecr.call("CreateRepository", repository);
    await pushImage(ecr, "app", pushed, "v1");
    await ecr.pulls.flush();
    assert.equal(await timeOf(), undefined);
  });

  test("an image that was deleted and pushed again gets nothing of its old self's", async () => {
    await pull();
    await ecr.call("BatchDeleteImage", { ...repository, imageIds: [{ imageDigest: pushed.digest }] });
    ecr.clock.advance(1);
    await pushImage(ecr, "app", pushed, "v1");
    await ecr.pulls.flush();
    assert.equal(await timeOf(), undefined);
  });

  test("what was gathered is written at the end, and when the database is back", async () => {
    const errors: unknown[] = [];
    let broken = true;
    const metadata: Metadata = {
      ...ecr.metadata,
      write: (...of) => (broken ? Promise.reject(new Error("no disk")) : ecr.metadata.write(...of)),
    };
    const pulls = recordPulls({ metadata, clock: ecr.clock, onError: (error) => errors.push(error) });
    const manifest = { repository_id: await idOf(metadata), digest: pushed.digest, pulled_ms: null };
    pulls.note(testCall(), manifest);
    await pulls.flush();
    assert.deepEqual([errors.length, await timeOf()], [1, undefined]);
    broken = false;
    await pulls[Symbol.asyncDispose]();
    assert.equal(await timeOf(), ecr.clock.now() / 1000);
  });

  test("a fleet that pulls with one role takes the room of one, and is excluded as one", async () => {
    const session = (name: string): Principal => ({
      ...user,
      arn: `arn:aws:sts::000000000000:assumed-role/nodes/${name}` as Arn,
    });
    const other = image();
    await pushImage(ecr, "app", other);
    const of = { repository_id: await idOf(ecr.metadata), pulled_ms: null };
    const fleet = () => {
      for (let at = 0; at < PULLS_GATHERED_MAX; at++)
        ecr.pulls.note(testCall({ principal: session(`i-${at}`) }), { ...of, digest: pushed.digest });
    };
    await ecr.call("RegisterPullTimeUpdateExclusion", { principalArn: "arn:aws:iam::000000000000:role/pool/nodes" });
    fleet();
    ecr.pulls.note(testCall(), { ...of, digest: other.digest });
    await ecr.pulls.flush();
    assert.deepEqual([await timeOf(), await timeOf(other)], [undefined, ecr.clock.now() / 1000]);
    await ecr.call("DeregisterPullTimeUpdateExclusion", { principalArn: "arn:aws:iam::000000000000:role/pool/nodes" });
    fleet();
    await ecr.pulls.flush();
    assert.equal(await timeOf(), ecr.clock.now() / 1000);
  });

  test("no more is remembered than there is room for", async () => {
    let written = 0;
    const metadata: Metadata = { ...ecr.metadata, write: async () => void written++ as never };
    await using pulls = recordPulls({ metadata, clock: ecr.clock, onError: assert.ifError });
    for (let at = 0; at < PULLS_GATHERED_MAX + 1000; at++)
      pulls.note(testCall(), { repository_id: at, digest: "d", pulled_ms: null });
    await pulls.flush();
    assert.equal(written, PULLS_GATHERED_MAX / 200);
  });
});
