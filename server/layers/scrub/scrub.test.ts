import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { test } from "node:test";
import type { Digest } from "../../kernel/names.ts";
import { query } from "../../platform/metadata/query.ts";
import { bodyOf, sha } from "../../testing/blobs-suite.ts";
import { testCall, testRegistry } from "../../testing/call.ts";
import { type DiskLayers, openDiskLayers } from "../../testing/disk-layers.ts";
import { app, other, pushLayer } from "../../testing/layers.ts";
import { deleteLayer } from "../delete-layer.ts";
import { startUpload } from "../start-upload.ts";
import { claimUpload } from "../upload-rows.ts";
import { scrubJobs } from "./jobs.ts";
import { createBudget, shareBefore } from "./pace.ts";
import { beginPass, readPasses } from "./pass-rows.ts";
import { runPass } from "./run-pass.ts";
import { walkDigests } from "./walk-digests.ts";

const call = testCall();
const { signal } = call.client;
const fast = { signal, rate_bytes: Number.POSITIVE_INFINITY };
const DAY_MS = 24 * 60 * 60 * 1000;

const marks = query()((db) => db.selectFrom("damaged_blobs").select("digest").orderBy("digest"));
const jobs = query()((db) => db.selectFrom("jobs").select(["kind", "key"]).where("kind", "=", "check-blob"));

/** So many layers of random bytes, in the order of their digests. */
async function push(it: DiskLayers, count: number): Promise<Digest[]> {
  const digests: Digest[] = [];
  for (let number = 0; number < count; number++) {
    const bytes = randomBytes(1_000 + number);
    digests.push(sha(bytes));
    const name = number % 3 === 0 ? other : app;
    await pushLayer(it.deps, call, { name, digest: sha(bytes), body: bodyOf(bytes), expected_bytes: bytes.length });
  }
  return digests.sort();
}

const begin = (it: DiskLayers) => it.deps.metadata.writeGlobal((tx) => beginPass(tx, it.clock.now()));
const passes = (it: DiskLayers) => it.deps.metadata.readGlobal(readPasses);
const marked = (it: DiskLayers) => it.deps.metadata.readGlobal((tx) => tx.all(marks, {}));

/** The job's runner, as the worker would call it. */
function jobOf(it: DiskLayers, within_s: number | undefined) {
  const runners = scrubJobs({ ...it.deps, scrub: { within_s, rate_bytes: fast.rate_bytes } });
  const runner = runners.find(({ kind }) => kind === "scrub");
  assert.ok(runner);
  return () => runner.run({}, signal);
}

test("a pass verifies all that is stored and all that rows name, and finds each that is damaged", async () => {
  await using it = await openDiskLayers();
  const digests = await push(it, 30);
  const [flipped, gone, deleted] = [digests[3], digests[17], digests[29]] as [Digest, Digest, Digest];
  await it.flipBit(flipped);
  await rm(it.fileOf(gone));
  for (const name of [app, other]) await deleteLayer(it.deps, call, { name, digest: deleted }).catch(() => undefined);
  await rm(it.fileOf(deleted));
  assert.deepEqual(await runPass(it.deps, await begin(it), fast), { state: "ended" });
  assert.deepEqual(
    await marked(it),
    [flipped, gone].map((digest) => ({ digest })),
  );
  const { current, last } = await passes(it);
  assert.equal(current, undefined);
  assert.equal(last?.damaged, 2);
  assert.equal(last.blobs, 29);
  assert.equal(last.cursor, digests[28]);
});

test("what is damaged is reported once, however many passes find it, and forgotten when nobody has it any more", async () => {
  await using it = await openDiskLayers();
  const [digest] = await push(it, 2);
  assert.ok(digest);
  await it.flipBit(digest);
  for (let pass = 0; pass < 2; pass++) await runPass(it.deps, await begin(it), fast);
  assert.deepEqual(it.reported, [digest]);
  const remove = query<{ digest: string }>()((db, p) => db.deleteFrom("layers").where("digest", "=", p.digest));
  await it.deps.metadata.writeGlobal((tx) => tx.run(remove, { digest }));
  await runPass(it.deps, await begin(it), fast);
  assert.deepEqual(await marked(it), []);
});

test("a pass that is stopped goes on where it was, and counts each blob once", async () => {
  await using it = await openDiskLayers();
  const digests = await push(it, 250);
  const stop = new AbortController();
  const stopped = runPass(it.deps, await begin(it), { ...fast, signal: stop.signal, onProgress: () => stop.abort() });
  await assert.rejects(stopped, { name: "AbortError" });
  const { current } = await passes(it);
  assert.equal(current?.blobs, 100);
  assert.equal(current.cursor, digests[99]);
  await runPass(it.deps, current, fast);
  const { last } = await passes(it);
  assert.equal(last?.blobs, 250);
  assert.equal(
    last.bytes,
    digests.reduce((sum, _, index) => sum + 1_000 + index, 0),
  );
});

test("of two processes that go on with one pass, one leaves it to the other", async () => {
  await using it = await openDiskLayers();
  await push(it, 10);
  const pass = await begin(it);
  const ends = await Promise.all([runPass(it.deps, pass, fast), runPass(it.deps, pass, fast)]);
  assert.deepEqual(ends.map((it) => it.state).sort(), ["ended", "lost"]);
  assert.equal((await passes(it)).last?.blobs, 10);
  const older = await begin(it);
  await begin(it);
  assert.deepEqual(await runPass(it.deps, older, fast), { state: "lost" });
});

test("blobs are verified evenly over the time that a pass may take, and the next pass begins with its end", async () => {
  await using it = await openDiskLayers();
  const digests = await push(it, 40);
  const run = jobOf(it, 30 * 24 * 60 * 60);
  const begun_ms = it.clock.now();
  for (let hours = 0; hours <= 27 * 24; hours++) {
    const { again_at_ms } = (await run()) ?? { again_at_ms: 0 };
    assert.ok(again_at_ms > it.clock.now() && again_at_ms <= it.clock.now() + DAY_MS / 24);
    const { current, last } = await passes(it);
    const share = (it.clock.now() - begun_ms) / (27 * DAY_MS);
    const due = digests.filter((digest) => shareBefore(digest) <= share).length;
    assert.equal((last ?? current)?.blobs, due);
    it.clock.advance(DAY_MS / 24);
  }
  // The last digest may have been due with the last of these runs, and then the next one begins the next pass.
  await run();
  const { last, current } = await passes(it);
  assert.equal(last?.blobs, 40);
  const after_ms = (current?.started_ms ?? 0) - begun_ms - 27 * DAY_MS;
  assert.ok(after_ms >= 0 && after_ms <= DAY_MS / 24, `${after_ms} ms after its time`);
});

test("where scrubbing is off, the job does nothing and does not come back", async () => {
  await using it = await openDiskLayers();
  await push(it, 1);
  assert.equal(await jobOf(it, undefined)(), undefined);
  assert.deepEqual(await passes(it), {});
});

test("a blob that somebody else is in charge of does not hold the pass up, and is looked at again", async () => {
  await using it = await openDiskLayers();
  const [first, second] = (await push(it, 2)) as [Digest, Digest];
  for (const digest of [first, second]) await it.flipBit(digest);
  const now_ms = it.clock.now();
  const { uploadId: id } = await startUpload(it.deps, call, { name: app });
  const claim = { id, writer: "w", until_ms: now_ms + 1000, now_ms, completing: first };
  await it.deps.metadata.write(testRegistry, (tx) => tx.run(claimUpload, claim));
  assert.deepEqual(await runPass(it.deps, await begin(it), fast), { state: "ended" });
  assert.deepEqual(await marked(it), [{ digest: second }]);
  assert.deepEqual(await it.deps.metadata.readGlobal((tx) => tx.all(jobs, {})), [
    { kind: "check-blob", key: `check-blob:${first}` },
  ]);
  const recheck = scrubJobs({ ...it.deps, scrub: { within_s: undefined, rate_bytes: 1e9 } }).find(
    (it) => it.kind === "check-blob",
  );
  assert.ok(await recheck?.run({ digest: first }, signal));
  it.clock.advance(2_000);
  assert.equal(await recheck?.run({ digest: first }, signal), undefined);
  assert.equal((await marked(it)).length, 2);
});

test("digests are walked in order, from the store and from the rows, and from any of them on", async () => {
  await using it = await openDiskLayers();
  const digests = await push(it, 230);
  await rm(it.fileOf(digests[5] as Digest));
  const walked = await Array.fromAsync(walkDigests(it.deps, ""));
  assert.deepEqual(
    walked.map((it) => it.digest),
    digests,
  );
  assert.equal(walked[5]?.size, undefined);
  const rest = await Array.fromAsync(walkDigests(it.deps, digests[99] ?? ""));
  assert.deepEqual(rest, walked.slice(100));
});

test("no more bytes go by in a second than may, and time that passed unused is not made up for", () => {
  const spend = createBudget(1_000);
  assert.equal(spend(500, 0), 0);
  assert.equal(spend(500, 0), 500);
  assert.equal(spend(100, 900), 100);
  assert.equal(spend(100, 60_000), 0);
  assert.equal(spend(100, 60_000), 100);
});
