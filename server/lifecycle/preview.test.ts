import assert from "node:assert/strict";
import { test } from "node:test";
import { upsertTag } from "../images/rows.ts";
import type { Quotas } from "../kernel/quotas.ts";
import { query } from "../platform/metadata/query.ts";
import { findRepository } from "../repositories/find-repository.ts";
import { repositoryJobs } from "../repositories/jobs.ts";
import { repositoryName, testRegistry } from "../testing/call.ts";
import { openTestEcr, pushImage, type TestEcr } from "../testing/ecr.ts";
import { image, index, type TestImage } from "../testing/image.ts";
import { expirePreviewsJob, lifecycleJobs } from "./jobs.ts";
import { completePreview, insertResult } from "./preview-rows.ts";

const silent = { warn: () => undefined };
const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;
const app = { repositoryName: "app" };

const UNTAGGED = { tagStatus: "untagged", countType: "imageCountMoreThan", countNumber: 1 };
const ANY = { tagStatus: "any", countType: "sinceImagePushed", countUnit: "days", countNumber: 5 };

/** The text of a policy whose rules, by priority, select these and expire them. */
function policy(...selections: readonly object[]): string {
  const rules = selections.map((selection, at) => ({
    rulePriority: at + 1,
    description: "long enough for the API",
    selection,
    action: { type: "expire" },
  }));
  return JSON.stringify({ rules });
}

async function openWithRepository(quotas: Partial<Quotas> = {}): Promise<TestEcr> {
  const ecr = await openTestEcr(quotas);
  await ecr.call("CreateRepository", app);
  return ecr;
}

async function push(ecr: TestEcr, tag?: string, of: TestImage = image()): Promise<string> {
  await pushImage(ecr, "app", of, tag);
  return of.digest;
}

const jobs = query()((db) => db.selectFrom("jobs").select(["kind", "payload"]).orderBy("key"));
const jobsOf = (ecr: TestEcr) => ecr.metadata.readGlobal((tx) => tx.all(jobs, {}));
const events = query()((db) => db.selectFrom("events").select(["kind", "detail"]));
const resultCount = query()((db) =>
  db.selectFrom("lifecycle_preview_results").select((eb) => eb.fn.countAll<number>().as("count")),
);
const previewCount = query()((db) => db.selectFrom("lifecycle_previews").select((eb) => eb.fn.countAll<number>().as("count")));

/** How many rows of results and of previews there are. */
function rowsOf(ecr: TestEcr): Promise<readonly number[]> {
  return ecr.metadata.readGlobal(async (tx) => [
    Number((await tx.first(resultCount, {}))?.count),
    Number((await tx.first(previewCount, {}))?.count),
  ]);
}

/** Runs what waits, as a worker would; a second time does nothing. */
async function runJobs(ecr: TestEcr, signal = new AbortController().signal): Promise<void> {
  const runners = [...lifecycleJobs({ ...ecr, log: silent }), ...repositoryJobs(ecr)];
  for (const { kind, payload } of await jobsOf(ecr)) {
    await runners.find((it) => it.kind === kind)?.run(JSON.parse(payload), signal);
  }
}

async function expireOld(ecr: TestEcr): Promise<void> {
  await lifecycleJobs({ ...ecr, log: silent })
    .find((it) => it.kind === expirePreviewsJob.kind)
    ?.run({}, new AbortController().signal);
}

function digestsOf(answer: { previewResults: readonly { imageDigest: string }[] }): readonly string[] {
  return answer.previewResults.map((it) => it.imageDigest);
}

test("a preview is in progress, then complete with what the policy would do, and does none of it", async () => {
  await using ecr = await openWithRepository();
  const old = await push(ecr, "v1");
  const pushed_s = ecr.clock.now() / 1000;
  ecr.clock.advance(6 * DAY_MS);
  await push(ecr, "v2");
  const text = policy(ANY);
  const started = { registryId: "000000000000", ...app, lifecyclePolicyText: text, status: "IN_PROGRESS" };
  assert.deepEqual(await ecr.call("StartLifecyclePolicyPreview", { ...app, lifecyclePolicyText: text }), started);
  assert.deepEqual(await ecr.call("GetLifecyclePolicyPreview", app), { ...started, previewResults: [] });
  await runJobs(ecr);
  assert.deepEqual(await ecr.call("GetLifecyclePolicyPreview", app), {
    ...started,
    status: "COMPLETE",
    previewResults: [
      {
        imageTags: ["v1"],
        imageDigest: old,
        imagePushedAt: pushed_s,
        action: { type: "EXPIRE" },
        appliedRulePriority: 1,
        storageClass: "STANDARD",
      },
    ],
    summary: { expiringImageTotalCount: 1 },
  });
  assert.equal((await ecr.call("DescribeImages", app)).imageDetails.length, 2);
  const [event, ...others] = await ecr.metadata.readGlobal((tx) => tx.all(events, {}));
  assert.deepEqual([event?.kind, others.length], ["DryRunEvent", 0]);
  const { lifecycleEventImageActions } = JSON.parse(event?.detail ?? "");
  const lifecycleEventImage = { digest: old, tagStatus: "Tagged", tagList: ["v1"], pushedAt: pushed_s * 1000 };
  assert.deepEqual(lifecycleEventImageActions, [{ lifecycleEventImage, rulePriority: 1 }]);
});

test("a transition is counted by where it goes to", async () => {
  await using ecr = await openWithRepository();
  await push(ecr);
  ecr.clock.advance(6 * DAY_MS);
  const lifecyclePolicyText = policy(ANY).replace('{"type":"expire"}', '{"type":"transition","targetStorageClass":"archive"}');
  await ecr.call("StartLifecyclePolicyPreview", { ...app, lifecyclePolicyText });
  await runJobs(ecr);
  const { previewResults, summary } = await ecr.call("GetLifecyclePolicyPreview", app);
  assert.deepEqual(previewResults[0].action, { type: "TRANSITION", targetStorageClass: "ARCHIVE" });
  assert.deepEqual(summary, {
    expiringImageTotalCount: 0,
    transitioningImageTotalCounts: [{ targetStorageClass: "ARCHIVE", imageTotalCount: 1 }],
  });
});

test("indexes and referrers are read with the images", async () => {
  await using ecr = await openWithRepository();
  const child = image();
  const { mediaType, digest, size } = child;
  const signature = image({ extra: { subject: { mediaType, digest, size } } });
  for (const it of [child, signature]) await push(ecr, undefined, it);
  ecr.clock.advance(6 * DAY_MS);
  await push(ecr, "v1", index([child]));
  const start = { ...app, lifecyclePolicyText: policy(ANY) };
  await ecr.call("StartLifecyclePolicyPreview", start);
  await runJobs(ecr);
  assert.deepEqual(digestsOf(await ecr.call("GetLifecyclePolicyPreview", app)), []);
  ecr.clock.advance(6 * DAY_MS);
  await ecr.call("StartLifecyclePolicyPreview", start);
  await runJobs(ecr);
  const { summary } = await ecr.call("GetLifecyclePolicyPreview", app);
  assert.equal(summary.expiringImageTotalCount, 3);
});

test("without a text it is the policy of the repository, and without that there is none", async () => {
  await using ecr = await openWithRepository();
  assert.deepEqual(await ecr.refusal("StartLifecyclePolicyPreview", app), {
    name: "LifecyclePolicyNotFoundException",
    message: "Lifecycle policy does not exist for the repository with name 'app' in the registry with id '000000000000'",
  });
  await ecr.call("PutLifecyclePolicy", { ...app, lifecyclePolicyText: policy(ANY) });
  assert.equal((await ecr.call("StartLifecyclePolicyPreview", app)).lifecyclePolicyText, policy(ANY));
});

test("what is refused begins nothing", async () => {
  await using ecr = await openWithRepository();
  const bad = policy({ ...ANY, countNumber: 0 });
  assert.equal(
    (await ecr.refusal("StartLifecyclePolicyPreview", { ...app, lifecyclePolicyText: bad })).name,
    "InvalidParameterException",
  );
  assert.deepEqual(await ecr.refusal("GetLifecyclePolicyPreview", app), {
    name: "LifecyclePolicyPreviewNotFoundException",
    message: "There is no dry run for this repository.",
  });
  for (const name of ["StartLifecyclePolicyPreview", "GetLifecyclePolicyPreview"]) {
    assert.equal((await ecr.refusal(name, { repositoryName: "gone" })).name, "RepositoryNotFoundException");
  }
  assert.deepEqual(await jobsOf(ecr), []);
});

test("a second one is refused while the first is in progress, and replaces it afterwards", async () => {
  await using ecr = await openWithRepository();
  await push(ecr);
  ecr.clock.advance(6 * DAY_MS);
  await ecr.call("StartLifecyclePolicyPreview", { ...app, lifecyclePolicyText: policy(ANY) });
  const other = { ...app, lifecyclePolicyText: policy(UNTAGGED) };
  assert.equal((await ecr.refusal("StartLifecyclePolicyPreview", other)).name, "LifecyclePolicyPreviewInProgressException");
  await runJobs(ecr);
  assert.equal((await ecr.call("GetLifecyclePolicyPreview", app)).previewResults.length, 1);
  await ecr.call("StartLifecyclePolicyPreview", other);
  await runJobs(ecr);
  const { lifecyclePolicyText, previewResults } = await ecr.call("GetLifecyclePolicyPreview", app);
  assert.deepEqual([lifecyclePolicyText, previewResults], [other.lifecyclePolicyText, []]);
});

test("results come in pages, untagged ones first, and a token leads on through its own preview only", async () => {
  await using ecr = await openWithRepository();
  const untagged = [await push(ecr), await push(ecr), await push(ecr)].sort((a, b) => (a < b ? -1 : 1));
  const tagged = [await push(ecr, "a"), await push(ecr, "b")].sort((a, b) => (a < b ? -1 : 1));
  ecr.clock.advance(6 * DAY_MS);
  const start = { ...app, lifecyclePolicyText: policy(ANY) };
  await ecr.call("StartLifecyclePolicyPreview", start);
  await runJobs(ecr);

  const pagesOf = async (filter: object | undefined) => {
    const pages: (readonly string[])[] = [];
    let nextToken: string | undefined;
    do {
      const page = await ecr.call("GetLifecyclePolicyPreview", { ...app, maxResults: 2, filter, nextToken });
      pages.push(digestsOf(page));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    return pages;
  };
  const all = [...untagged, ...tagged];
  assert.deepEqual(await pagesOf(undefined), [all.slice(0, 2), all.slice(2, 4), all.slice(4)]);
  assert.deepEqual(await pagesOf({ tagStatus: "ANY" }), [all.slice(0, 2), all.slice(2, 4), all.slice(4)]);
  assert.deepEqual(await pagesOf({ tagStatus: "UNTAGGED" }), [untagged.slice(0, 2), untagged.slice(2)]);
  assert.deepEqual(await pagesOf({ tagStatus: "TAGGED" }), [tagged]);

  const { nextToken } = await ecr.call("GetLifecyclePolicyPreview", { ...app, maxResults: 2 });
  const foreign = await ecr.refusal("GetLifecyclePolicyPreview", { ...app, nextToken, filter: { tagStatus: "TAGGED" } });
  assert.equal(foreign.name, "InvalidParameterException");
  ecr.clock.advance(1000);
  await ecr.call("StartLifecyclePolicyPreview", start);
  assert.equal((await ecr.refusal("GetLifecyclePolicyPreview", { ...app, nextToken })).name, "InvalidParameterException");
});

test("images can be asked for by digest and by tag, and then without pages", async () => {
  await using ecr = await openWithRepository();
  const [a, b] = [await push(ecr, "a"), await push(ecr)];
  ecr.clock.advance(6 * DAY_MS);
  const young = await push(ecr, "young");
  await ecr.call("StartLifecyclePolicyPreview", { ...app, lifecyclePolicyText: policy(ANY) });
  await runJobs(ecr);
  const ask = async (imageIds: readonly object[], filter?: object) =>
    digestsOf(await ecr.call("GetLifecyclePolicyPreview", { ...app, imageIds, filter }));
  assert.deepEqual(await ask([{ imageTag: "a" }, { imageDigest: b }, { imageDigest: young }, { imageTag: "none" }]), [b, a]);
  assert.deepEqual(await ask([{ imageTag: "a" }, { imageDigest: b }], { tagStatus: "TAGGED" }), [a]);
  assert.deepEqual(await ask([{ imageTag: "a", imageDigest: b }]), []);
  const imageIds = [{ imageTag: "a" }];
  for (const more of [
    { imageIds, maxResults: 1 },
    { imageIds, nextToken: "x" },
    { imageIds: [{}] },
    { imageIds: [{ imageDigest: "x" }] },
  ]) {
    assert.equal((await ecr.refusal("GetLifecyclePolicyPreview", { ...app, ...more })).name, "InvalidParameterException");
  }
});

test("a run that is stopped is done again from the beginning", async () => {
  await using ecr = await openWithRepository();
  for (let i = 0; i < 3; i++) await push(ecr);
  ecr.clock.advance(6 * DAY_MS);
  await ecr.call("StartLifecyclePolicyPreview", { ...app, lifecyclePolicyText: policy(ANY) });
  const stop = AbortSignal.abort(new Error("the server stops"));
  await assert.rejects(runJobs(ecr, stop), /the server stops/);
  assert.equal((await ecr.call("GetLifecyclePolicyPreview", app)).status, "IN_PROGRESS");
  await Promise.all([runJobs(ecr), runJobs(ecr)]);
  assert.equal((await ecr.call("GetLifecyclePolicyPreview", app)).previewResults.length, 3);
  assert.deepEqual(await rowsOf(ecr), [3, 1]);
  await runJobs(ecr);
  assert.deepEqual(await rowsOf(ecr), [3, 1]);
});

test("a page ends early when its images have very many tags", async () => {
  await using ecr = await openWithRepository();
  await ecr.call("StartLifecyclePolicyPreview", { ...app, lifecyclePolicyText: policy(ANY) });
  const tags = JSON.stringify(Array.from({ length: 1_000 }, (_, i) => `tag-${i}`));
  await ecr.metadata.write(testRegistry, async (tx) => {
    const repository_id = (await findRepository(tx, repositoryName("app"))).id;
    for (let i = 0; i < 12; i++) {
      const digest = `sha256:${String(i).padStart(64, "0")}`;
      const result = {
        digest,
        position: `1${digest}`,
        tags,
        pushed_ms: 0,
        action: "EXPIRE",
        priority: 1,
        storage_class: "STANDARD",
      };
      await tx.run(insertResult, { repository_id, ...result });
    }
    await tx.run(completePreview, { repository: repository_id, expiring: 12, transitioning: 0 });
  });
  const first = await ecr.call("GetLifecyclePolicyPreview", app);
  const second = await ecr.call("GetLifecyclePolicyPreview", { ...app, nextToken: first.nextToken });
  assert.deepEqual([first.previewResults.length, second.previewResults.length, second.nextToken], [10, 2, undefined]);
});

test("images with very many tags are read and written a few at a time, with all their tags", async () => {
  await using ecr = await openWithRepository();
  const digests = [await push(ecr), await push(ecr), await push(ecr), await push(ecr)];
  const tagged = digests.slice(0, 3);
  await ecr.metadata.write(testRegistry, async (tx) => {
    const repository_id = (await findRepository(tx, repositoryName("app"))).id;
    for (const [at, manifest] of tagged.entries()) {
      for (let i = 0; i < 4_000; i++) await tx.run(upsertTag, { repository_id, tag: `${at}-${i}`, manifest, moved_ms: 0 });
    }
  });
  ecr.clock.advance(6 * DAY_MS);
  await ecr.call("StartLifecyclePolicyPreview", { ...app, lifecyclePolicyText: policy(ANY) });
  await runJobs(ecr);
  const first = await ecr.call("GetLifecyclePolicyPreview", app);
  const second = await ecr.call("GetLifecyclePolicyPreview", { ...app, nextToken: first.nextToken });
  const found = [...first.previewResults, ...second.previewResults].map((it) => [it.imageDigest, it.imageTags?.length] as const);
  assert.deepEqual(new Map(found), new Map(digests.map((it) => [it, tagged.includes(it) ? 4_000 : undefined] as const)));
  assert.equal(first.summary.expiringImageTotalCount, 4);
});

const spoil = query()((db) => db.updateTable("lifecycle_previews").set({ text: "no policy" }));

test("a run that fails says so, and another may be started", async () => {
  await using ecr = await openWithRepository();
  await ecr.call("StartLifecyclePolicyPreview", { ...app, lifecyclePolicyText: policy(ANY) });
  await ecr.metadata.writeGlobal((tx) => tx.run(spoil, {}));
  await assert.rejects(runJobs(ecr), /Could not map policyString/);
  const { status, previewResults } = await ecr.call("GetLifecyclePolicyPreview", app);
  assert.deepEqual([status, previewResults], ["FAILED", []]);
  assert.equal(
    (await ecr.call("StartLifecyclePolicyPreview", { ...app, lifecyclePolicyText: policy(ANY) })).status,
    "IN_PROGRESS",
  );
});

test("after a day a preview has expired, and its results are forgotten", async () => {
  await using ecr = await openWithRepository();
  await push(ecr);
  ecr.clock.advance(6 * DAY_MS);
  await ecr.call("StartLifecyclePolicyPreview", { ...app, lifecyclePolicyText: policy(ANY) });
  await runJobs(ecr);
  ecr.clock.advance(23 * HOUR_MS);
  await expireOld(ecr);
  assert.equal((await ecr.call("GetLifecyclePolicyPreview", app)).status, "COMPLETE");
  assert.deepEqual(await rowsOf(ecr), [1, 1]);
  ecr.clock.advance(HOUR_MS);
  const expired = await ecr.call("GetLifecyclePolicyPreview", app);
  assert.deepEqual([expired.status, expired.previewResults, expired.summary], ["EXPIRED", [], undefined]);
  await expireOld(ecr);
  assert.deepEqual(await rowsOf(ecr), [0, 1]);
  assert.equal((await ecr.call("GetLifecyclePolicyPreview", app)).status, "EXPIRED");
  assert.equal(
    (await ecr.call("StartLifecyclePolicyPreview", { ...app, lifecyclePolicyText: policy(ANY) })).status,
    "IN_PROGRESS",
  );
});

test("a preview goes with its repository", async () => {
  await using ecr = await openWithRepository({ undoWindow_s: 0 });
  for (let i = 0; i < 3; i++) await push(ecr);
  ecr.clock.advance(6 * DAY_MS);
  const start = { ...app, lifecyclePolicyText: policy(ANY) };
  await ecr.call("StartLifecyclePolicyPreview", start);
  await runJobs(ecr);
  await ecr.call("DeleteRepository", { ...app, force: true });
  await runJobs(ecr);
  assert.deepEqual(await rowsOf(ecr), [0, 0]);
  await ecr.call("CreateRepository", app);
  assert.equal((await ecr.refusal("GetLifecyclePolicyPreview", app)).name, "LifecyclePolicyPreviewNotFoundException");
  // Also when it has not begun by then.
  await ecr.call("StartLifecyclePolicyPreview", start);
  await ecr.call("DeleteRepository", { ...app, force: true });
  await runJobs(ecr);
  assert.deepEqual(await rowsOf(ecr), [0, 0]);
});
