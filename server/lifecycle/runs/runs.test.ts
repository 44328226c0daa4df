import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Metadata } from "../../platform/metadata/metadata.ts";
import { type Query, query } from "../../platform/metadata/query.ts";
import { openTestEcr, pushImage, type TestEcr } from "../../testing/ecr.ts";
import { image, index, type TestImage } from "../../testing/image.ts";
import { DAY_MS, idOf, run } from "../../testing/lifecycle.ts";

const app = { repositoryName: "app" };
const HOUR_MS = 60 * 60 * 1000;

type Selection = Readonly<Record<string, unknown>>;
const UNTAGGED = { tagStatus: "untagged", countType: "sinceImagePushed", countUnit: "days", countNumber: 5 };
const OLD = { ...UNTAGGED, tagStatus: "any" };
const NEWEST = { tagStatus: "any", countType: "imageCountMoreThan", countNumber: 1 };

function policy(selection: Selection, action: object = { type: "expire" }): string {
  return JSON.stringify({ rules: [{ rulePriority: 1, description: "what this rule is for", selection, action }] });
}

const ARCHIVE = { type: "transition", targetStorageClass: "archive" };

async function openWithPolicy(text: string): Promise<TestEcr> {
  const ecr = await openTestEcr();
  await ecr.call("CreateRepository", app);
  await ecr.call("PutLifecyclePolicy", { ...app, lifecyclePolicyText: text });
  return ecr;
}

async function push(ecr: TestEcr, tag?: string, of: TestImage = image()): Promise<string> {
  await pushImage(ecr, "app", of, tag);
  ecr.clock.advance(1);
  return of.digest;
}

/** An image that refers to another one. */
function referrer({ mediaType, digest, size }: TestImage): TestImage {
  return image({ extra: { subject: { mediaType, digest, size } } });
}

async function digestsOf(ecr: TestEcr, filter: object = { imageStatus: "ANY" }): Promise<readonly string[]> {
  const { imageIds } = await ecr.call("ListImages", { ...app, filter });
  return [...new Set((imageIds as { imageDigest: string }[]).map((it) => it.imageDigest))].sort();
}

const remove = (ecr: TestEcr, imageDigest: string) => ecr.call("BatchDeleteImage", { ...app, imageIds: [{ imageDigest }] });

/** The same metadata, where `act` happens just before the transaction that writes for the nth time. */
function interrupted(metadata: Metadata, nth: number, act: () => Promise<unknown>): Metadata {
  let writes = 0;
  return {
    ...metadata,
    async write(registry, fn) {
      if (++writes === nth) await act();
      return metadata.write(registry, fn);
    },
  };
}

/** A run writes first what it decides, then each batch. */
const FIRST_BATCH = 2;

const events = query()((db) => db.selectFrom("events").selectAll().orderBy("id"));
const deletions = query()((db) => db.selectFrom("deletions").selectAll().orderBy("digest"));
const runs = query()((db) => db.selectFrom("lifecycle_runs").selectAll().orderBy("id"));
const jobs = query()((db) => db.selectFrom("jobs").select(["kind", "due_ms"]).where("kind", "=", "run-lifecycle-policy"));
const all = (ecr: TestEcr, of: Query<Record<never, never>, object>): Promise<any[]> =>
  ecr.metadata.readGlobal((tx) => tx.all(of, {}));

describe("a run", () => {
  test("removes what is due, says so in a record and an event, and when the policy was evaluated", async () => {
    await using ecr = await openWithPolicy(policy(OLD));
    const pushedAt = ecr.clock.now();
    const old = await push(ecr, "v1");
    ecr.clock.advance(6 * DAY_MS);
    const young = await push(ecr, "v2");
    const again = await run(ecr, "app");
    assert.deepEqual(await digestsOf(ecr), [young]);
    const wait_ms = (again?.again_at_ms ?? 0) - ecr.clock.now();
    assert.ok(wait_ms >= 0.8 * HOUR_MS && wait_ms < HOUR_MS, String(wait_ms));
    const [row] = await all(ecr, runs);
    const { status, images, expiring, expired } = row;
    assert.deepEqual({ status, images, expiring, expired }, { status: "COMPLETE", images: 2, expiring: 1, expired: 1 });
    const [deletion] = await all(ecr, deletions);
    assert.equal(deletion.deleted_by, "lifecycle");
    assert.deepEqual(JSON.parse(deletion.reason), {
      because: "Rule 1 expires all images that were pushed more than 5 days ago.",
      rulePriority: 1,
      ruleDescription: "what this rule is for",
      runId: row.id,
    });
    const [event, ...others] = await all(ecr, events);
    assert.deepEqual(
      [event.kind, event.account, event.region, others.length],
      ["PolicyExecutionEvent", "000000000000", "us-east-1", 0],
    );
    const detail = JSON.parse(event.detail);
    assert.match(detail.lifecycleEventPolicy.policyId, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    delete detail.lifecycleEventPolicy.policyId;
    assert.deepEqual(detail, {
      repositoryName: "app",
      lifecycleEventPolicy: {
        lifecycleEventRules: [
          {
            rulePriority: 1,
            description: "what this rule is for",
            lifecycleEventSelection: { tagStatus: "Any", tagPrefixList: [], countType: "Since image pushed", countNumber: 5 },
            action: "expire",
          },
        ],
        lastEvaluatedAt: 0,
        policyVersion: 1,
      },
      lifecycleEventImageActions: [
        { lifecycleEventImage: { digest: old, tagStatus: "Tagged", tagList: ["v1"], pushedAt }, rulePriority: 1 },
      ],
      lifecycleEventFailureDetails: [],
    });
    assert.equal((await ecr.call("GetLifecyclePolicy", app)).lastEvaluatedAt, ecr.clock.now() / 1000);
  });

  test("of ten images there are two events, and what an index holds back is told in the first", async () => {
    await using ecr = await openWithPolicy(policy(UNTAGGED));
    const child = image();
    const digest = await push(ecr, undefined, child);
    for (let i = 0; i < 10; i++) await push(ecr);
    const parent = await push(ecr, "v1", index([child]));
    ecr.clock.advance(6 * DAY_MS);
    await run(ecr, "app");
    const details = (await all(ecr, events)).map((it) => JSON.parse(it.detail));
    assert.deepEqual(
      details.map((it) => [it.lifecycleEventImageActions.length, it.lifecycleEventFailureDetails.length]),
      [
        [9, 1],
        [1, 0],
      ],
    );
    const { lifecycleEventImage, failureCode, failureReason } = details[0].lifecycleEventFailureDetails[0];
    assert.deepEqual(
      [lifecycleEventImage.digest, failureCode, failureReason],
      [digest, "ImageReferencedByManifestList", `Requested image referenced by manifest list: [${parent}]`],
    );
  });

  test("that has nothing to do leaves no run and no event, and says that the policy was evaluated", async () => {
    await using ecr = await openWithPolicy(policy(OLD));
    await push(ecr);
    ecr.clock.advance(DAY_MS);
    await run(ecr, "app");
    assert.deepEqual([await all(ecr, runs), await all(ecr, events)], [[], []]);
    assert.equal((await ecr.call("GetLifecyclePolicy", app)).lastEvaluatedAt, ecr.clock.now() / 1000);
  });

  test("archives what is to be archived, with its referrers", async () => {
    await using ecr = await openWithPolicy(policy({ ...OLD, tagStatus: "tagged", tagPrefixList: ["v"] }, ARCHIVE));
    const one = image();
    const archived = [await push(ecr, "v1", one), await push(ecr, undefined, referrer(one))].sort();
    const other = await push(ecr, "x");
    ecr.clock.advance(6 * DAY_MS);
    await run(ecr, "app");
    assert.deepEqual(await digestsOf(ecr, { imageStatus: "ARCHIVED" }), archived);
    assert.deepEqual(await digestsOf(ecr, { imageStatus: "ACTIVE" }), [other]);
    assert.equal((await all(ecr, runs))[0].transitioned, 2);
  });

  test("takes an index with all that it lists, nested ones too, and referrers at any depth", async () => {
    await using ecr = await openWithPolicy(policy(OLD));
    const [child, other] = [image(), image()];
    const inner = index([child]);
    const outer = index([inner, other]);
    const signature = referrer(outer);
    for (const it of [child, other, inner, outer, signature, referrer(signature)]) await push(ecr, undefined, it);
    ecr.clock.advance(6 * DAY_MS);
    await run(ecr, "app");
    assert.deepEqual(await digestsOf(ecr), []);
    assert.equal((await all(ecr, deletions)).filter((it) => JSON.parse(it.reason).because.startsWith("It went with")).length, 2);
  });

  test("takes hundreds of referrers of one image before the image, some at a time", async () => {
    await using ecr = await openWithPolicy(policy({ ...OLD, tagStatus: "tagged", tagPrefixList: ["v"] }));
    const one = image();
    await push(ecr, "v1", one);
    for (let i = 0; i < 260; i++) await push(ecr, undefined, referrer(one));
    ecr.clock.advance(6 * DAY_MS);
    await run(ecr, "app");
    assert.deepEqual(await digestsOf(ecr), []);
  });

  test("does batches of any number of images", async () => {
    await using ecr = await openWithPolicy(policy(NEWEST));
    for (let i = 0; i < 120; i++) await push(ecr);
    const newest = await push(ecr);
    ecr.clock.advance(DAY_MS);
    await run(ecr, "app");
    assert.deepEqual(await digestsOf(ecr), [newest]);
    assert.equal((await all(ecr, runs))[0].expired, 120);
  });
});

describe("when it runs", () => {
  test("a policy is carried out a quarter of an hour after it was set, and whoever replaces it has that time again", async () => {
    await using ecr = await openWithPolicy(policy(NEWEST));
    await push(ecr);
    await push(ecr);
    const set_ms = ecr.clock.now();
    await ecr.call("PutLifecyclePolicy", { ...app, lifecyclePolicyText: policy(NEWEST) });
    assert.deepEqual(await run(ecr, "app"), { again_at_ms: set_ms + HOUR_MS / 4 });
    assert.equal((await digestsOf(ecr)).length, 2);
    ecr.clock.advance(HOUR_MS / 4);
    await run(ecr, "app");
    assert.equal((await digestsOf(ecr)).length, 1);
  });

  test("setting a policy enqueues its job, which ends when the policy or the repository is gone", async () => {
    await using ecr = await openWithPolicy(policy(OLD));
    assert.deepEqual(await all(ecr, jobs), [{ kind: "run-lifecycle-policy", due_ms: ecr.clock.now() + HOUR_MS / 4 }]);
    ecr.clock.advance(DAY_MS);
    assert.notEqual(await run(ecr, "app"), undefined);
    await ecr.call("DeleteLifecyclePolicy", app);
    assert.equal(await run(ecr, "app"), undefined);
  });

  test("deleting a policy makes its job due, so that no run goes on waiting for somebody", async () => {
    await using ecr = await openWithPolicy(policy(OLD));
    await ecr.call("DeleteLifecyclePolicy", app);
    assert.deepEqual(await all(ecr, jobs), [{ kind: "run-lifecycle-policy", due_ms: ecr.clock.now() }]);
  });

  test("without an interval nothing runs by itself", async () => {
    await using ecr = await openWithPolicy(policy(NEWEST));
    await push(ecr);
    await push(ecr);
    ecr.clock.advance(DAY_MS);
    assert.deepEqual(await run(ecr, "app", { lifecycleInterval_s: undefined }), { again_at_ms: ecr.clock.now() + HOUR_MS });
    assert.equal((await digestsOf(ecr)).length, 2);
  });

  test("told to stop it stops, and goes on later with the same run", async () => {
    await using ecr = await openWithPolicy(policy(NEWEST));
    for (let i = 0; i < 120; i++) await push(ecr);
    ecr.clock.advance(DAY_MS);
    const stop = new AbortController();
    const metadata = interrupted(ecr.metadata, FIRST_BATCH + 1, async () => stop.abort(new Error("the server stops")));
    await assert.rejects(run(ecr, "app", { metadata }, stop.signal), /the server stops/);
    const left = (await digestsOf(ecr)).length;
    assert.ok(left > 1 && left < 120, String(left));
    const [before] = await all(ecr, runs);
    assert.deepEqual([before.status, before.expired], ["RUNNING", 120 - left]);
    await run(ecr, "app");
    assert.equal((await digestsOf(ecr)).length, 1);
    const [after, ...others] = await all(ecr, runs);
    assert.deepEqual([after.id, after.status, after.images, after.expired, others.length], [before.id, "COMPLETE", 120, 119, 0]);
  });
});

describe("what happens while it runs", () => {
  /** Runs with `act` between the decision and the first batch. */
  const runWith = (ecr: TestEcr, act: () => Promise<unknown>) =>
    run(ecr, "app", { metadata: interrupted(ecr.metadata, FIRST_BATCH, act) });

  test("an image that is among the newest goes, and the next one stays in its place", async () => {
    await using ecr = await openWithPolicy(policy(NEWEST));
    const [oldest, next, newest] = [await push(ecr, "a"), await push(ecr, "b"), await push(ecr, "c")];
    ecr.clock.advance(DAY_MS);
    await runWith(ecr, () => remove(ecr, newest));
    assert.deepEqual(await digestsOf(ecr), [next]);
    assert.notEqual(oldest, next);
  });

  test("the tag of an image that is among the newest moves away, and the next one stays in its place", async () => {
    await using ecr = await openWithPolicy(policy({ ...NEWEST, tagStatus: "tagged", tagPrefixList: ["v"] }));
    const plain = image();
    await push(ecr, undefined, plain);
    const [next] = [await push(ecr, "v1"), await push(ecr, "v2")];
    ecr.clock.advance(DAY_MS);
    await runWith(ecr, () => push(ecr, "v2", plain));
    assert.ok((await digestsOf(ecr)).includes(next));
  });

  test("an image that is due gets a tag and stays", async () => {
    await using ecr = await openWithPolicy(policy(OLD));
    const one = image();
    const [saved] = [await push(ecr, undefined, one), await push(ecr)];
    ecr.clock.advance(6 * DAY_MS);
    await runWith(ecr, () => push(ecr, "keep", one));
    assert.deepEqual(await digestsOf(ecr), [saved]);
  });

  test("an index comes that lists an image that is due", async () => {
    await using ecr = await openWithPolicy(policy(UNTAGGED));
    const one = image();
    await push(ecr, undefined, one);
    await push(ecr);
    ecr.clock.advance(6 * DAY_MS);
    const parent = index([one]);
    await runWith(ecr, () => push(ecr, "v1", parent));
    assert.deepEqual(await digestsOf(ecr), [one.digest, parent.digest].sort());
  });

  test("a referrer comes, and goes with its subject", async () => {
    await using ecr = await openWithPolicy(policy(OLD));
    const one = image();
    await push(ecr, "v1", one);
    ecr.clock.advance(6 * DAY_MS);
    await runWith(ecr, () => push(ecr, undefined, referrer(one)));
    assert.deepEqual(await digestsOf(ecr), []);
  });

  test("a subject comes, and its referrer stays with it", async () => {
    await using ecr = await openWithPolicy(policy(OLD));
    const one = image();
    const early = await push(ecr, undefined, referrer(one));
    ecr.clock.advance(6 * DAY_MS);
    await runWith(ecr, () => push(ecr, "v1", one));
    assert.deepEqual(await digestsOf(ecr), [early, one.digest].sort());
  });

  test("an image is locked and stays", async () => {
    await using ecr = await openWithPolicy(policy(OLD));
    const [locked] = [await push(ecr, "v1"), await push(ecr, "v2")];
    ecr.clock.advance(6 * DAY_MS);
    const resourceArn = "arn:aws:ecr:us-east-1:000000000000:repository/app";
    await runWith(ecr, () => ecr.call("TagResource", { resourceArn, tags: [{ Key: "longshore:lock-tag:v1", Value: "true" }] }));
    assert.deepEqual(await digestsOf(ecr), [locked]);
  });

  test("the policy is replaced or deleted, and nothing goes by the old one", async () => {
    await using ecr = await openWithPolicy(policy(OLD));
    await push(ecr);
    ecr.clock.advance(6 * DAY_MS);
    const kinder = policy({ ...OLD, countNumber: 50 });
    await runWith(ecr, () => ecr.call("PutLifecyclePolicy", { ...app, lifecyclePolicyText: kinder }));
    ecr.clock.advance(DAY_MS);
    await ecr.call("PutLifecyclePolicy", { ...app, lifecyclePolicyText: policy(OLD) });
    ecr.clock.advance(DAY_MS);
    await runWith(ecr, () => ecr.call("DeleteLifecyclePolicy", app));
    assert.equal((await digestsOf(ecr)).length, 1);
    assert.deepEqual(
      (await all(ecr, runs)).map((it) => it.status),
      ["SUPERSEDED", "SUPERSEDED"],
    );
  });

  test("the repository is deleted, and a new one has its name", async () => {
    await using ecr = await openWithPolicy(policy(OLD));
    await push(ecr);
    const id = await idOf(ecr, "app");
    ecr.clock.advance(6 * DAY_MS);
    const again = await runWith(ecr, async () => {
      await ecr.call("DeleteRepository", { ...app, force: true });
      await ecr.call("CreateRepository", app);
      await push(ecr);
    });
    assert.equal(again, undefined);
    assert.notEqual(await idOf(ecr, "app"), id);
    assert.equal((await digestsOf(ecr)).length, 1);
  });

  test("others delete all the time, and it comes to an end", async () => {
    await using ecr = await openWithPolicy(policy(NEWEST));
    for (let i = 0; i < 40; i++) await push(ecr, `v${i}`);
    ecr.clock.advance(DAY_MS);
    const metadata: Metadata = {
      ...ecr.metadata,
      async write(registry, fn) {
        const [newest] = (await ecr.call("DescribeImages", app)).imageDetails.toSorted(
          (a: any, b: any) => b.imagePushedAt - a.imagePushedAt,
        );
        await remove(ecr, newest.imageDigest);
        return ecr.metadata.write(registry, fn);
      },
    };
    const again = await run(ecr, "app", { metadata });
    assert.ok(again !== undefined && again.again_at_ms > ecr.clock.now());
    assert.ok((await digestsOf(ecr)).length > 0);
  });
});

test("a run that fails says so, and the next one comes by itself, however many have failed before", async () => {
  await using ecr = await openWithPolicy(policy(OLD));
  const old = await push(ecr, "v1");
  ecr.clock.advance(6 * DAY_MS);
  const failure = new Error("the disk is full");
  const metadata = interrupted(ecr.metadata, FIRST_BATCH, () => Promise.reject(failure));
  const again = await run(ecr, "app", { metadata });
  assert.deepEqual(again, { again_at_ms: ecr.clock.now() + HOUR_MS / 6, failure });
  const [failed] = await all(ecr, runs);
  assert.deepEqual([failed.status, failed.error, await digestsOf(ecr)], ["FAILED", "the disk is full", [old]]);
  await run(ecr, "app");
  assert.deepEqual(await digestsOf(ecr), []);
});
