import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { query } from "../../platform/metadata/query.ts";
import { openTestEcr, pushImage, type TestEcr } from "../../testing/ecr.ts";
import { image, index, type TestImage } from "../../testing/image.ts";
import { IMAGE_CLUSTERS_MAX } from "../../kernel/limits.ts";
import { imageUseOperations } from "./operations.ts";
import { imageUseJobs } from "./jobs.ts";
import { testCall } from "../../testing/call.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const HOST = "000000000000.dkr.ecr.us-east-1.localhost:4510";
const repositoryName = "app";
const clusterName = "prod";

let ecr: TestEcr;
beforeEach(async () => {
  ecr = await openTestEcr();
  for (const name of [repositoryName, "team/other"]) await ecr.call("CreateRepository", { repositoryName: name });
});
afterEach(() => ecr[Symbol.asyncDispose]());

const push = async (of: TestImage = image(), to = repositoryName): Promise<TestImage> => {
  await pushImage(ecr, to, of);
  return of;
};
const report = (...imageReferences: string[]) => ecr.call("ReportImagesInUse", { clusterName, imageReferences });
const inUse = async (input: object = {}) => ecr.call("DescribeImagesInUse", { repositoryName, ...input });

describe("ReportImagesInUse", () => {
  test("notes images by their names, and as Kubernetes tells them, each once", async () => {
    const [one, two, three] = [await push(), await push(), await push(image(), "team/other")];
    const answer = await ecr.call("ReportImagesInUse", {
      clusterName,
      images: [
        { repositoryName, imageDigest: one.digest },
        { repositoryName: "team/other", imageDigest: three.digest },
      ],
      imageReferences: [
        `docker-pullable://${HOST}/app@${one.digest}`,
        `localhost:4510/app:v1@${two.digest}`,
        `docker.io/team/other@${three.digest}`,
      ],
    });
    assert.deepEqual(answer, { recordedCount: 3, unknownImages: [] });
    const lastInUseAt = ecr.clock.now() / 1000;
    const clusters = [{ clusterName, lastSeenAt: lastInUseAt }];
    const expected = [one.digest, two.digest]
      .sort()
      .map((imageDigest) => ({ imageDigest, lastInUseAt, inUseCount: 1, clusters }));
    assert.deepEqual(await inUse(), { imagesInUse: expected });
  });

  test("tells what is not an image of the registry, and notes the others", async () => {
    const { digest } = await push();
    const unknown = [
      `docker.io/library/nginx@${digest}`,
      `${HOST}/app@sha256:${"0".repeat(64)}`,
      `111111111111.dkr.ecr.us-east-1.localhost:4510/app@${digest}`,
      `000000000000.dkr.ecr.us-west-2.localhost:4510/app@${digest}`,
      "sha256:1234",
    ];
    assert.deepEqual(await report(...unknown, `${HOST}/app@${digest}`), { recordedCount: 1, unknownImages: unknown });
    assert.deepEqual(await report(), { recordedCount: 0, unknownImages: [] });
  });

  test("takes a thousand, in as many transactions as are small", async () => {
    const { digest } = await push();
    const others = Array.from({ length: 999 }, (_, at) => `${HOST}/app@sha256:${String(at).padStart(64, "0")}`);
    const answer = await report(...others, `${HOST}/app@${digest}`);
    assert.equal(answer.recordedCount, 1);
    assert.equal(answer.unknownImages.length, 999);
    assert.match(
      (await ecr.refusal("ReportImagesInUse", { clusterName, imageReferences: [...others, "a", "b"] })).message,
      /1000/,
    );
  });

  test("asks for each repository that is reported, and for all where none is", () => {
    const [operation] = imageUseOperations(ecr as never);
    assert.ok(operation !== undefined && operation.asks !== "none");
    const asks = (imageReferences: string[]) =>
      operation.asks !== "none" && operation.asks({ clusterName, imageReferences } as never, testCall()).map((it) => it.resource);
    const digest = `sha256:${"0".repeat(64)}`;
    assert.deepEqual(asks([`${HOST}/app@${digest}`, `docker.io/app@${digest}`, `111111111111.dkr.ecr.us-east-1.x/b@${digest}`]), [
      "arn:aws:ecr:us-east-1:000000000000:repository/app",
    ]);
    assert.deepEqual(asks(["sha256:1234"]), ["arn:aws:ecr:us-east-1:000000000000:repository/*"]);
  });
});

describe("DescribeImagesInUse", () => {
  test("tells all clusters of an image, and the latest time", async () => {
    const { digest } = await push();
    await report(`${HOST}/app@${digest}`);
    const first = ecr.clock.now() / 1000;
    ecr.clock.advance(60_000);
    await ecr.call("ReportImagesInUse", { clusterName: "test", images: [{ repositoryName, imageDigest: digest }] });
    const second = ecr.clock.now() / 1000;
    assert.deepEqual((await inUse()).imagesInUse, [
      {
        imageDigest: digest,
        lastInUseAt: second,
        inUseCount: 2,
        clusters: [
          { clusterName, lastSeenAt: first },
          { clusterName: "test", lastSeenAt: second },
        ],
      },
    ]);
  });

  test("pages follow each other by digest", async () => {
    const pushed = [await push(), await push(), await push()];
    await report(...pushed.map((it) => `${HOST}/app@${it.digest}`));
    const first = await inUse({ maxResults: 2 });
    const second = await inUse({ maxResults: 2, nextToken: first.nextToken });
    const found = [...first.imagesInUse, ...second.imagesInUse].map((it: { imageDigest: string }) => it.imageDigest);
    assert.deepEqual(found, pushed.map((it) => it.digest).sort());
    assert.equal(second.nextToken, undefined);
  });

  test("what nobody has seen for the window is in use no more, but it is known when it was", async () => {
    const { digest } = await push();
    await report(`${HOST}/app@${digest}`);
    const lastInUseAt = ecr.clock.now() / 1000;
    ecr.clock.advance(3 * DAY_MS);
    assert.deepEqual((await inUse()).imagesInUse, []);
    const [detail] = (await ecr.call("DescribeImages", { repositoryName })).imageDetails;
    assert.deepEqual([detail.lastInUseAt, detail.inUseCount], [lastInUseAt, 0]);
  });

  test("of very many clusters those that are silent longest are forgotten", async () => {
    const { digest } = await push();
    for (let at = 0; at <= IMAGE_CLUSTERS_MAX; at++) {
      ecr.clock.advance(1000);
      const images = [{ repositoryName, imageDigest: digest }];
      await ecr.call("ReportImagesInUse", { clusterName: `run-${IMAGE_CLUSTERS_MAX - at}`, images });
    }
    const [found] = (await inUse()).imagesInUse;
    assert.equal(found.inUseCount, IMAGE_CLUSTERS_MAX);
    const names = found.clusters.map((it: { clusterName: string }) => it.clusterName);
    assert.ok(names.includes("run-0") && !names.includes(`run-${IMAGE_CLUSTERS_MAX}`));
  });
});

describe("DescribeImages", () => {
  test("tells of each image, and of an index with what it lists, when and in how many clusters it was seen", async () => {
    const [child, other] = [await push(), await push()];
    const parent = await push(index([child]));
    await report(`${HOST}/app@${child.digest}`);
    const { imageDetails } = await ecr.call("DescribeImages", { repositoryName });
    const uses = Object.fromEntries(
      imageDetails.map((it: Record<string, unknown>) => [it["imageDigest"], [it["lastInUseAt"], it["inUseCount"]]]),
    );
    const lastInUseAt = ecr.clock.now() / 1000;
    assert.deepEqual(uses[child.digest], [lastInUseAt, 1]);
    assert.deepEqual(uses[parent.digest], [lastInUseAt, 1]);
    assert.deepEqual(uses[other.digest], [undefined, undefined]);
  });
});

const rows = query()((db) => db.selectFrom("images_in_use").select("digest").orderBy("digest"));

test("where images were in use is forgotten after three months, in batches", async () => {
  const pushed = [await push(), await push()];
  await report(`${HOST}/app@${pushed[0]?.digest}`);
  ecr.clock.advance(60 * DAY_MS);
  await report(`${HOST}/app@${pushed[1]?.digest}`);
  ecr.clock.advance(30 * DAY_MS + 1);
  const [job] = imageUseJobs(ecr);
  const again = await job?.run({}, new AbortController().signal);
  assert.deepEqual(
    (await ecr.metadata.readGlobal((tx) => tx.all(rows, {}))).map((it) => it.digest),
    [pushed[1]?.digest],
  );
  assert.ok(again !== undefined && again.again_at_ms > ecr.clock.now());
});
