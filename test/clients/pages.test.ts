import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import * as sdk from "@aws-sdk/client-ecr";
import { findPrograms, run, without } from "../programs.ts";
import { findCli } from "./aws-cli.ts";
import { COUNT, fillRegistry, FULL } from "./fill-registry.ts";
import { makeLayout } from "./image-layout.ts";
import { awsEnvironment, type Scene, setScene } from "./scene.ts";

interface Listing {
  /** The member of the answer that comes in pages. */
  readonly member: string;
  readonly input?: object;
  /** How many there are at least. */
  readonly least: number;
}

/** Those of which there is nothing to list until an engine is there. */
const WITHOUT_ENGINE = ["DescribeImageScanFindings", "DescribeReplicationBackfillResults"];

describe("lists in pages", { skip: without("tar") }, () => {
  let scene: Scene;
  let subject: string;

  before(async () => {
    scene = await setScene();
    ({ subject } = await fillRegistry(scene.server.ecr, await makeLayout(await scene.folder("image"), ["amd64"])));
  });
  after(() => scene[Symbol.asyncDispose]());

  const listings = (): Record<string, Listing> => ({
    DescribeRepositories: { member: "repositories", least: COUNT },
    DescribeImages: { member: "imageDetails", input: { repositoryName: FULL }, least: COUNT },
    ListImages: { member: "imageIds", input: { repositoryName: FULL }, least: COUNT },
    ListImageReferrers: {
      member: "referrers",
      input: { repositoryName: FULL, subjectId: { imageDigest: subject } },
      least: COUNT,
    },
    DescribePullThroughCacheRules: { member: "pullThroughCacheRules", least: COUNT },
    DescribeRepositoryCreationTemplates: { member: "repositoryCreationTemplates", least: COUNT },
    ListPullTimeUpdateExclusions: { member: "pullTimeUpdateExclusions", least: COUNT },
    GetLifecyclePolicyPreview: { member: "previewResults", input: { repositoryName: FULL }, least: COUNT - 1 },
    ListReplicationBackfills: { member: "backfills", least: 0 },
  });

  const paginators = Object.entries(sdk).filter(([name]) => name.startsWith("paginate"));

  test("the waiter of the SDK for JavaScript sees the lifecycle preview complete, and no scan", async () => {
    const waiting = { client: scene.server.ecr, minDelay: 1, maxDelay: 1, maxWaitTime: 60 };
    const { state } = await sdk.waitUntilLifecyclePolicyPreviewComplete(waiting, { repositoryName: FULL });
    assert.equal(state, "SUCCESS");
    const imageId = { imageDigest: subject };
    // This waiter takes a scan that is not found for one that has yet to begin.
    const scan = sdk.waitUntilImageScanComplete({ ...waiting, maxWaitTime: 2 }, { repositoryName: FULL, imageId });
    await assert.rejects(scan, /TIMEOUT.*Image scan does not exist/);
  });

  test("the SDK for JavaScript has no paginator that this test does not know", () => {
    const known = [...Object.keys(listings()), ...WITHOUT_ENGINE].map((it) => `paginate${it}`);
    assert.deepEqual(
      paginators.map(([name]) => name).filter((it) => !known.includes(it)),
      [],
    );
    assert.ok(paginators.length > 5);
  });

  for (const [name, paginate] of paginators) {
    const operation = name.slice("paginate".length);
    if (WITHOUT_ENGINE.includes(operation)) continue;
    test(`${operation} in pages of two is what it is in one`, async () => {
      const { member, input = {}, least } = listings()[operation] ?? assert.fail(`${operation} is not known`);
      const walk = async (pageSize: number): Promise<unknown[][]> => {
        const pages: unknown[][] = [];
        for await (const page of (paginate as any)({ client: scene.server.ecr, pageSize }, { ...input }))
          pages.push(page[member]);
        return pages;
      };
      const pages = await walk(2);
      assert.deepEqual(pages.flat(), (await walk(50)).flat());
      assert.ok(pages.flat().length >= least, `there are only ${pages.flat().length}`);
      assert.ok(
        pages.every((it) => it.length <= 2 && (it.length > 0 || least === 0)),
        `the pages hold ${pages.map((it) => it.length).join(", ")}`,
      );
    });
  }

  const pythons = findPrograms("python3").filter((it) => spawnSync(it, ["-c", "import boto3"]).status === 0);
  const noPython = pythons.length > 0 ? false : "not on this machine: a python3 with boto3";
  test("every paginator and waiter of boto3", { skip: noPython }, async () => {
    for (const python of new Set(pythons)) {
      const script = join(import.meta.dirname, "boto3-pages.py");
      await run(python, [script, scene.server.url, FULL, subject, String(COUNT)], { env: awsEnvironment(scene) });
    }
  });

  for (const major of [2, 1]) {
    const cli = findCli(major);
    const noCli = cli === undefined ? `not on this machine: version ${major} of the AWS CLI` : false;
    test(`the AWS CLI, version ${major}, pages by itself, to --max-items, and waits`, { skip: noCli }, async () => {
      const ecr = async (...args: string[]) =>
        (await run(cli ?? "", ["--endpoint-url", scene.server.url, "ecr", ...args], { env: awsEnvironment(scene) })).trim();
      const names = await ecr(
        "describe-repositories",
        "--page-size",
        "2",
        "--query",
        "repositories[].repositoryName",
        "--output",
        "text",
      );
      assert.deepEqual(
        names.split(/\s+/),
        Array.from({ length: COUNT }, (_, index) => `pages/${index}`),
      );
      const some = JSON.parse(await ecr("list-images", "--repository-name", FULL, "--max-items", "3", "--output", "json"));
      assert.equal(some.imageIds.length, 3);
      const rest = await ecr(
        "list-images",
        "--repository-name",
        FULL,
        "--starting-token",
        some.NextToken,
        "--query",
        "length(imageIds)",
        "--output",
        "text",
      );
      assert.ok(Number(rest) >= COUNT - 3);
      await ecr("wait", "lifecycle-policy-preview-complete", "--repository-name", FULL);
      await assert.rejects(
        ecr("wait", "image-scan-complete", "--repository-name", FULL, "--image-id", `imageDigest=${subject}`),
        /ScanNotFound/,
      );
    });
  }
});
