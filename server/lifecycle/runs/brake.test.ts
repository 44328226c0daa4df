import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { RegistryError } from "../../kernel/errors.ts";
import type { Metadata } from "../../platform/metadata/metadata.ts";
import { query } from "../../platform/metadata/query.ts";
import { testCall, testRegistry } from "../../testing/call.ts";
import { openTestEcr, pushImage, type TestEcr } from "../../testing/ecr.ts";
import { image } from "../../testing/image.ts";
import { DAY_MS, listenTo, run } from "../../testing/lifecycle.ts";
import { approveLifecycleRun } from "./approve-run.ts";
import { mustAsk } from "./brake.ts";
import { listLifecycleRuns } from "./list-runs.ts";
import { startLifecycleRun } from "./start-run.ts";
import { noteRunUndone } from "./undo-run.ts";
import type { InRepository } from "../shapes.ts";

const app = { repositoryName: "app" as InRepository["repositoryName"] };
const call = testCall();
const by = call.principal.arn;
const HOUR_MS = 60 * 60 * 1000;

/** Keeps that many images, however old. */
function newest(countNumber: number): string {
  const selection = { tagStatus: "any", countType: "imageCountMoreThan", countNumber };
  return JSON.stringify({ rules: [{ rulePriority: 1, description: "keep the newest", selection, action: { type: "expire" } }] });
}

async function openWith(images: number, text: string): Promise<TestEcr> {
  const ecr = await openTestEcr();
  await ecr.call("CreateRepository", app);
  await add(ecr, images);
  await ecr.call("PutLifecyclePolicy", { ...app, lifecyclePolicyText: text });
  ecr.clock.advance(DAY_MS);
  return ecr;
}

async function add(ecr: TestEcr, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    await pushImage(ecr, "app", image());
    ecr.clock.advance(1);
  }
}

const countOf = async (ecr: TestEcr): Promise<number> => (await ecr.call("ListImages", app)).imageIds.length;
const listed = async (ecr: TestEcr) => (await listLifecycleRuns(ecr, call, { ...app, size: 10 })).items;
/** Of each run, newest first, with how many images it is about. */
const statusesOf = async (ecr: TestEcr) => (await listed(ecr)).map((it) => [it.status, it.expiringImageCount]);
const jobs = query()((db) => db.selectFrom("jobs").select("due_ms").where("kind", "=", "run-lifecycle-policy"));
const dueTimes = async (ecr: TestEcr) => (await ecr.metadata.readGlobal((tx) => tx.all(jobs, {}))).map((it) => it.due_ms);

async function codeOf(refused: Promise<unknown>): Promise<string> {
  const error = await refused.then(
    () => undefined,
    (it: unknown) => it,
  );
  assert.ok(error instanceof RegistryError, String(error));
  return error.code;
}

test("a run has to ask for a larger share than is set, of ten images or of all, unless as much has gone before", () => {
  const asks = (images: number, expiring: number, largest?: readonly [images: number, expired: number]) =>
    mustAsk(0.25, { images, expiring }, largest && { images: largest[0], expired: largest[1] });
  assert.ok(asks(100, 26));
  assert.ok(!asks(100, 25));
  assert.ok(!asks(10, 9));
  assert.ok(asks(3, 3));
  assert.ok(asks(11, 10));
  assert.ok(!asks(0, 0));
  assert.ok(!asks(100, 50, [10, 5]));
  assert.ok(asks(100, 51, [10, 5]));
  assert.ok(!mustAsk(undefined, { images: 100, expiring: 100 }, undefined));
});

describe("the brake", () => {
  const brake = { lifecycleBrake: 0.25 };

  test("holds a run before anything is gone, warns once, and is approved for exactly that", async () => {
    await using ecr = await openWith(20, newest(8));
    const { log, heard } = listenTo();
    await run(ecr, "app", { ...brake, log });
    ecr.clock.advance(HOUR_MS);
    await run(ecr, "app", { ...brake, log });
    assert.equal(await countOf(ecr), 20);
    const [held, ...others] = await listed(ecr);
    assert.deepEqual([held?.status, held?.imageCount, held?.expiringImageCount, others.length], ["HELD", 20, 12, 0]);
    assert.match(held?.statusReason ?? "", /12 of 20 images/);
    assert.equal(heard.length, 1);
    const runId = held?.runId;
    const approved = await approveLifecycleRun(ecr, call, { ...app, runId, by });
    assert.deepEqual([approved.status, approved.approvedBy], ["APPROVED", by]);
    assert.ok((await dueTimes(ecr)).every((it) => it <= ecr.clock.now()));
    await run(ecr, "app", { ...brake, log });
    assert.equal(await countOf(ecr), 8);
    const [done] = await listed(ecr);
    assert.deepEqual([done?.runId, done?.status, done?.expiredImageCount], [runId, "COMPLETE", 12]);
    // As large a share as that is nothing new any more.
    await add(ecr, 12);
    ecr.clock.advance(HOUR_MS);
    await run(ecr, "app", { ...brake, log });
    assert.equal(await countOf(ecr), 8);
    assert.equal(heard.length, 1);
  });

  test("asks again after a run that was undone", async () => {
    await using ecr = await openWith(20, newest(8));
    await run(ecr, "app");
    assert.equal(await countOf(ecr), 8);
    await add(ecr, 12);
    const [done] = await listed(ecr);
    await noteRunUndone(ecr, testRegistry, done?.runId ?? "");
    ecr.clock.advance(HOUR_MS);
    await run(ecr, "app", brake);
    assert.deepEqual(await statusesOf(ecr), [
      ["HELD", 12],
      ["UNDONE", 12],
    ]);
    assert.equal(await countOf(ecr), 20);
  });

  test("asks again when there are more images by then", async () => {
    await using ecr = await openWith(20, newest(8));
    const { log, heard } = listenTo();
    await run(ecr, "app", { ...brake, log });
    await approveLifecycleRun(ecr, call, { ...app, by });
    await add(ecr, 1);
    await run(ecr, "app", { ...brake, log });
    const [held] = await listed(ecr);
    assert.deepEqual([held?.status, held?.expiringImageCount, held?.approvedBy], ["HELD", 13, undefined]);
    assert.deepEqual([await countOf(ecr), heard.length], [21, 2]);
  });

  test("approves nothing that is not held, nor another run, nor another policy", async () => {
    await using ecr = await openWith(20, newest(8));
    assert.equal(await codeOf(approveLifecycleRun(ecr, call, { ...app, by })), "LifecycleRunNotFoundException");
    await run(ecr, "app", brake);
    assert.equal(await codeOf(approveLifecycleRun(ecr, call, { ...app, by, runId: "other" })), "LifecycleRunNotFoundException");
    await ecr.call("PutLifecyclePolicy", { ...app, lifecyclePolicyText: newest(7) });
    assert.equal(await codeOf(approveLifecycleRun(ecr, call, { ...app, by })), "LifecycleRunNotFoundException");
    ecr.clock.advance(DAY_MS);
    await run(ecr, "app", brake);
    assert.deepEqual(await statusesOf(ecr), [
      ["HELD", 13],
      ["SUPERSEDED", 12],
    ]);
    await ecr.call("DeleteLifecyclePolicy", app);
    assert.equal(await codeOf(approveLifecycleRun(ecr, call, { ...app, by })), "LifecycleRunNotFoundException");
    await run(ecr, "app", brake);
    assert.equal((await listed(ecr))[0]?.status, "SUPERSEDED");
  });

  test("does not ask again about what was approved when that was interrupted", async () => {
    await using ecr = await openWith(120, newest(20));
    await run(ecr, "app", brake);
    await approveLifecycleRun(ecr, call, { ...app, by });
    const stop = new AbortController();
    let writes = 0;
    const metadata: Metadata = {
      ...ecr.metadata,
      async write(registry, fn) {
        // It writes first what it decides, then each batch.
        if (++writes === 2) stop.abort();
        return ecr.metadata.write(registry, fn);
      },
    };
    await assert.rejects(run(ecr, "app", { ...brake, metadata }, stop.signal));
    assert.equal(await countOf(ecr), 70);
    await run(ecr, "app", brake);
    assert.equal(await countOf(ecr), 20);
    const [done] = await listed(ecr);
    assert.deepEqual(
      [done?.status, done?.imageCount, done?.expiringImageCount, done?.expiredImageCount, done?.approvedBy],
      ["COMPLETE", 120, 100, 100, by],
    );
  });

  test("looks again when somebody asks, also where no run comes by itself, and after the policy has changed", async () => {
    await using ecr = await openWith(20, newest(8));
    const never = { ...brake, lifecycleInterval_s: undefined };
    const { runId } = await startLifecycleRun(ecr, call, { ...app, by });
    await run(ecr, "app", never);
    await add(ecr, 1);
    assert.equal((await startLifecycleRun(ecr, call, { ...app, by })).runId, runId);
    await run(ecr, "app", never);
    const [held] = await listed(ecr);
    assert.deepEqual([held?.status, held?.imageCount, held?.expiringImageCount], ["HELD", 21, 13]);
    await ecr.call("PutLifecyclePolicy", { ...app, lifecyclePolicyText: newest(20) });
    assert.notEqual((await startLifecycleRun(ecr, call, { ...app, by })).runId, runId);
    await run(ecr, "app", never);
    assert.deepEqual(
      (await listed(ecr)).map((it) => [it.status, it.expiredImageCount]),
      [
        ["COMPLETE", 1],
        ["SUPERSEDED", 0],
      ],
    );
  });

  test("is not eased by what went while the repository was too small to be asked about", async () => {
    await using ecr = await openWith(9, newest(1));
    await run(ecr, "app", brake);
    assert.equal(await countOf(ecr), 1);
    await ecr.call("PutLifecyclePolicy", { ...app, lifecyclePolicyText: newest(8) });
    await add(ecr, 19);
    ecr.clock.advance(DAY_MS);
    await run(ecr, "app", brake);
    const [held] = await listed(ecr);
    assert.deepEqual([held?.status, held?.expiringImageCount, await countOf(ecr)], ["HELD", 12, 20]);
  });

  test("lets go when what was too much is less by then", async () => {
    await using ecr = await openWith(20, newest(8));
    await run(ecr, "app", brake);
    const { imageIds } = await ecr.call("ListImages", app);
    await ecr.call("BatchDeleteImage", { ...app, imageIds: imageIds.slice(0, 9) });
    await run(ecr, "app", brake);
    assert.equal(await countOf(ecr), 8);
  });
});

describe("a run that somebody asks for", () => {
  test("is due at once, also just after the policy was set, also where none comes by itself", async () => {
    await using ecr = await openWith(3, newest(1));
    await ecr.call("PutLifecyclePolicy", { ...app, lifecyclePolicyText: newest(2) });
    const asked = await startLifecycleRun(ecr, call, { ...app, by });
    assert.deepEqual([asked.status, asked.requestedBy], ["QUEUED", by]);
    assert.ok((await dueTimes(ecr)).every((it) => it <= ecr.clock.now()));
    assert.equal((await startLifecycleRun(ecr, call, { ...app, by })).runId, asked.runId);
    await run(ecr, "app", { lifecycleInterval_s: undefined });
    assert.equal(await countOf(ecr), 2);
    const [done] = await listed(ecr);
    assert.deepEqual([done?.runId, done?.status, done?.expiredImageCount, done?.imageCount], [asked.runId, "COMPLETE", 1, 3]);
  });

  test("ends as one that did nothing where there is nothing to do", async () => {
    await using ecr = await openWith(1, newest(1));
    await startLifecycleRun(ecr, call, { ...app, by });
    await run(ecr, "app");
    assert.deepEqual(
      (await listed(ecr)).map((it) => [it.status, it.expiredImageCount]),
      [["COMPLETE", 0]],
    );
  });

  test("needs a policy", async () => {
    await using ecr = await openTestEcr();
    await ecr.call("CreateRepository", app);
    assert.equal(await codeOf(startLifecycleRun(ecr, call, { ...app, by })), "LifecyclePolicyNotFoundException");
  });
});

test("runs are listed in pages, the newest first", async () => {
  await using ecr = await openWith(1, newest(1));
  const ids: string[] = [];
  for (let i = 0; i < 3; i++) {
    ids.unshift((await startLifecycleRun(ecr, call, { ...app, by })).runId);
    await run(ecr, "app");
    ecr.clock.advance(1);
  }
  const first = await listLifecycleRuns(ecr, call, { ...app, size: 2 });
  const second = await listLifecycleRuns(ecr, call, { ...app, size: 2, after: first.next });
  assert.deepEqual(
    [...first.items, ...second.items].map((it) => it.runId),
    ids,
  );
  assert.equal(second.next, undefined);
});

test("a run of long ago is forgotten, but for the one that removed the largest share", async () => {
  await using ecr = await openWith(4, newest(1));
  await run(ecr, "app");
  for (let i = 0; i < 2; i++) {
    ecr.clock.advance(91 * DAY_MS);
    await add(ecr, 1);
    await run(ecr, "app");
  }
  assert.deepEqual(
    (await listed(ecr)).map((it) => it.expiredImageCount),
    [1, 3],
  );
});
