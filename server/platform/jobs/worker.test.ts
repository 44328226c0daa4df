import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fakeClock } from "../../testing/fake-clock.ts";
import { openTestMetadata } from "../../testing/metadata.ts";
import type { Metadata } from "../metadata/metadata.ts";
import { query } from "../metadata/query.ts";
import { JOB_ATTEMPTS_MAX, type JobsOptions, type Runner, startJobs } from "./worker.ts";

const jobByKey = query<{ key: string }>()((db, p) => db.selectFrom("jobs").selectAll().where("key", "=", p.key));
const deleteJob = query<{ key: string }>()((db, p) => db.deleteFrom("jobs").where("key", "=", p.key));

const readJob = (metadata: Metadata, key = "k") => metadata.readGlobal((tx) => tx.first(jobByKey, { key }));
const enqueue = (metadata: Metadata, due?: number, key = "k") =>
  metadata.writeGlobal((tx) => tx.enqueue({ kind: "k", key, payload: { key }, ...(due === undefined ? {} : { due }) }));

/** Resolves when `fact` is true; the test's own timeout is its bound. */
async function until(fact: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await fact())) await new Promise((resolve) => setTimeout(resolve, 5));
}

async function setUp() {
  const clock = fakeClock();
  const metadata = await openTestMetadata(clock);
  const work = (run: Runner, options: Partial<JobsOptions> = {}) =>
    startJobs({
      metadata,
      clock,
      runners: { k: run },
      owner: "test",
      signal: new AbortController().signal,
      poll_ms: 5,
      ...options,
    });
  return { clock, metadata, work, [Symbol.asyncDispose]: () => metadata[Symbol.asyncDispose]() };
}

/** A runner that waits until it is released or aborted, and counts. */
function gate() {
  const opened = Promise.withResolvers<void>();
  const state = { begun: 0, aborted: 0 };
  const run: Runner = async (_payload, signal) => {
    state.begun++;
    const aborted = new Promise<never>((_resolve, reject) => {
      signal.addEventListener("abort", () => {
        state.aborted++;
        reject(new Error("aborted"));
      });
    });
    await Promise.race([opened.promise, aborted]);
  };
  return { state, run, open: () => opened.resolve() };
}

describe("startJobs", { timeout: 300_000 }, () => {
  test("A job runs once, with its payload, when it is due and not before, and is gone then", async () => {
    await using it = await setUp();
    const payloads: unknown[] = [];
    await using _jobs = it.work(async (payload) => void payloads.push(payload));
    await enqueue(it.metadata, it.clock.now() + 1_000, "late");
    await enqueue(it.metadata);
    await until(async () => (await readJob(it.metadata)) === undefined);
    assert.deepEqual(payloads, [{ key: "k" }]);
    it.clock.advance(1_000);
    await until(async () => (await readJob(it.metadata, "late")) === undefined);
    assert.deepEqual(payloads, [{ key: "k" }, { key: "late" }]);
  });

  test("A job of this process is begun at once, without waiting for the next look", async () => {
    await using it = await setUp();
    const ran = Promise.withResolvers<void>();
    await using _jobs = it.work(async () => ran.resolve(), { poll_ms: 60_000 });
    await enqueue(it.metadata);
    await ran.promise;
  });

  test("A job whose transaction is undone never runs", async () => {
    await using it = await setUp();
    const ran: unknown[] = [];
    await using _jobs = it.work(async (payload) => void ran.push(payload));
    const undone = it.metadata.writeGlobal(async (tx) => {
      await tx.enqueue({ kind: "k", key: "undone", payload: "undone" });
      throw new Error("no");
    });
    await assert.rejects(undone);
    await enqueue(it.metadata);
    await until(async () => ran.length > 0 && (await readJob(it.metadata)) === undefined);
    assert.deepEqual(ran, [{ key: "k" }]);
  });

  test("A job that says when it wants to run again is a timer", async () => {
    await using it = await setUp();
    let count = 0;
    await using _jobs = it.work(async () => ({ again_at_ms: ++count * 60_000 + it.clock.now() }));
    await enqueue(it.metadata);
    const start = it.clock.now();
    await until(async () => (await readJob(it.metadata))?.due_ms === start + 60_000);
    assert.equal((await readJob(it.metadata))?.attempts, 0);
    it.clock.advance(60_000);
    await until(async () => (await readJob(it.metadata))?.due_ms === start + 180_000);
    assert.equal(count, 2);
  });

  test("A timer that tells of a failure is heard, and never parked", async () => {
    await using it = await setUp();
    const heard: unknown[] = [];
    const run: Runner = async () => ({ again_at_ms: it.clock.now(), failure: `failure ${heard.length}` });
    await using _jobs = it.work(run, { onError: (error) => heard.push(error) });
    await enqueue(it.metadata);
    await until(async () => heard.length > JOB_ATTEMPTS_MAX);
    assert.equal(heard[JOB_ATTEMPTS_MAX], `failure ${JOB_ATTEMPTS_MAX}`);
    assert.equal((await readJob(it.metadata))?.parked, 0);
  });

  test("A job that is asked for while it runs is run once more", async () => {
    await using it = await setUp();
    const slow = gate();
    await using _jobs = it.work(slow.run);
    await enqueue(it.metadata);
    await until(() => slow.state.begun === 1);
    await enqueue(it.metadata);
    await enqueue(it.metadata);
    slow.open();
    it.clock.advance(10);
    await until(async () => (await readJob(it.metadata)) === undefined);
    assert.equal(slow.state.begun, 2);
  });

  test("A job that fails is tried again, each time later, and parked with its error at last", async () => {
    await using it = await setUp();
    let count = 0;
    const heard: unknown[] = [];
    const fail: Runner = async () => {
      count++;
      throw new Error(`failure ${count}`);
    };
    await using _jobs = it.work(fail, { onError: (_error, key) => heard.push(key) });
    await enqueue(it.metadata);
    const start = it.clock.now();
    await until(async () => (await readJob(it.metadata))?.error === "failure 1");
    assert.equal((await readJob(it.metadata))?.due_ms, start + 1_000);
    it.clock.advance(1_000);
    await until(async () => (await readJob(it.metadata))?.error === "failure 2");
    assert.equal((await readJob(it.metadata))?.due_ms, start + 3_000);
    await until(async () => {
      const job = await readJob(it.metadata);
      // While it is worked on, its lease must not run out.
      it.clock.advance(Math.max(0, (job?.due_ms ?? 0) - it.clock.now()));
      return job?.parked === 1;
    });
    const parked = await readJob(it.metadata);
    assert.equal(parked?.error, `failure ${JOB_ATTEMPTS_MAX}`);
    assert.equal(parked?.lease_owner, null);
    assert.equal(count, JOB_ATTEMPTS_MAX);
    assert.equal(heard.length, JOB_ATTEMPTS_MAX);
  });

  test("Two workers never run the same job at once, and a job of a dead one is run by the other", async () => {
    await using it = await setUp();
    const dead = gate();
    const other = gate();
    // Its heart beats so seldom that the others hold it for dead when the clock has moved.
    await using _dead = it.work(dead.run, { owner: "dead", lease_ms: 60_000 });
    await enqueue(it.metadata);
    await until(() => dead.state.begun === 1);
    await using _other = it.work(other.run, { owner: "other" });
    await enqueue(it.metadata, undefined, "another");
    await until(() => dead.state.begun + other.state.begun === 2);
    it.clock.advance(60_001);
    await until(() => dead.state.begun + other.state.begun >= 3);
    other.open();
    dead.open();
    await until(async () => (await readJob(it.metadata)) === undefined && (await readJob(it.metadata, "another")) === undefined);
  });

  test("A worker whose job was deleted is told to stop, and nothing of it comes back", async () => {
    await using it = await setUp();
    const slow = gate();
    await using _jobs = it.work(slow.run, { lease_ms: 30 });
    await enqueue(it.metadata);
    await until(() => slow.state.begun === 1);
    assert.equal(await it.metadata.writeGlobal((tx) => tx.run(deleteJob, { key: "k" })), 1);
    await until(() => slow.state.aborted === 1);
    assert.equal(await readJob(it.metadata), undefined);
  });

  test("A worker that lost its lease changes nothing when its job ends", async () => {
    await using it = await setUp();
    const first = gate();
    const second = gate();
    await using _first = it.work(first.run, { owner: "first", concurrency: 1 });
    await enqueue(it.metadata);
    await until(() => first.state.begun === 1);
    it.clock.advance(60_001);
    await using _second = it.work(second.run, { owner: "second" });
    await until(() => second.state.begun === 1);
    const before = await readJob(it.metadata);
    first.open();
    await enqueue(it.metadata, it.clock.now() + 1_000, "later");
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.deepEqual(await readJob(it.metadata), before);
    second.open();
    await until(async () => (await readJob(it.metadata)) === undefined);
  });

  test("A worker that stops gives its jobs back, to be run at once, and that was no attempt", async () => {
    await using it = await setUp();
    const slow = gate();
    const stop = new AbortController();
    const jobs = it.work(slow.run, { signal: stop.signal });
    await enqueue(it.metadata);
    await until(() => slow.state.begun === 1);
    stop.abort();
    await jobs[Symbol.asyncDispose]();
    const { attempts, lease_owner, due_ms } = (await readJob(it.metadata)) ?? {};
    assert.deepEqual({ attempts, lease_owner, due_ms }, { attempts: 0, lease_owner: null, due_ms: it.clock.now() });
  });

  test("No more jobs run at the same time than were allowed", async () => {
    await using it = await setUp();
    let now = 0;
    let most = 0;
    let done = 0;
    const three = Promise.withResolvers<void>();
    const run: Runner = async () => {
      most = Math.max(most, ++now);
      if (now === 3) three.resolve();
      await three.promise;
      // A fourth one, were it allowed, would have begun by then.
      await new Promise((resolve) => setTimeout(resolve, 20));
      now--;
      done++;
    };
    for (let i = 0; i < 8; i++) await enqueue(it.metadata, undefined, `k${i}`);
    await using _jobs = it.work(run, { concurrency: 3 });
    await until(() => done === 8);
    assert.equal(most, 3);
  });

  test("A job of a kind that this worker does not know is left to others", async () => {
    await using it = await setUp();
    const ran: unknown[] = [];
    await using _jobs = it.work(async (payload) => void ran.push(payload));
    await it.metadata.writeGlobal((tx) => tx.enqueue({ kind: "of a newer version", key: "new", payload: null }));
    await enqueue(it.metadata);
    await until(() => ran.length === 1);
    assert.equal((await readJob(it.metadata, "new"))?.attempts, 0);
  });
});
