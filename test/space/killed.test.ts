import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { collectGarbage } from "../../server/layers/collect/collect-garbage.ts";
import { reapUploads } from "../../server/layers/jobs.ts";
import { archivingBlobs } from "../../server/platform/blobs/archiving-blobs.ts";
import { openDiskBlobs } from "../../server/platform/blobs/disk-blobs.ts";
import { query } from "../../server/platform/metadata/query.ts";
import { blobsIn, type Installation, install, openMetadata, runLongshore, spawnCommand } from "../installation.ts";
import { startLongshore } from "../longshore.ts";
import { sleep, until } from "../patience.ts";
import { killGroup } from "../processes.ts";
import { type Client, createClient, EXPIRING_PREFIX, REPOSITORIES } from "./client.ts";
import { Refused, type Registry, registryAt } from "./registry.ts";

const ROUNDS = Number(process.env["LONGSHORE_KILLED_ROUNDS"] ?? 12);
const ROUND_MS_MAX = 1_500;
const DAY_MS = 24 * 60 * 60 * 1000;
/** The rest stays for longer: it is what can be undone. */
const LEASE_MS_MAX = 2 * DAY_MS;

/** What waiting for a day would come to, and for half a minute. */
const expireLeases = query<{ before_ms: number }>()((db, p) =>
  db.updateTable("layers").set({ leased_until_ms: 0 }).where("leased_until_ms", "<", p.before_ms),
);
const expireMarks = query()((db) => db.updateTable("deleting_blobs").set({ until_ms: 0 }));
const expireJobs = query()((db) => db.updateTable("jobs").set({ lease_until_ms: 0, due_ms: 0 }));
const anyLayer = query()((db) => db.selectFrom("layers").select("digest").limit(1));
const parked = query()((db) => db.selectFrom("jobs").select(["key", "error"]).where("parked", "=", 1));

describe("a server with everything going on", () => {
  let installation: Installation;
  let archive: string;
  before(async () => {
    installation = await install();
    archive = await mkdtemp(join(tmpdir(), "longshore-archive-"));
  });
  after(async () => {
    await installation[Symbol.asyncDispose]();
    await rm(archive, { recursive: true, force: true });
  });

  const flags = () => ["--archive-data", archive, "--gc-interval", "off", "--scrub-within", "off"];
  const start = () => startLongshore(installation, { workers: 2, flags: flags() });
  /** To be called while no server runs. */
  const expire = async () => {
    await using metadata = await openMetadata(installation);
    await metadata.writeGlobal(async (tx) => {
      await tx.run(expireLeases, { before_ms: Date.now() + LEASE_MS_MAX });
      await tx.run(expireMarks, {});
      await tx.run(expireJobs, {});
    });
    assert.deepEqual(await metadata.readGlobal((tx) => tx.all(parked, {})), []);
  };
  const command = (args: readonly string[]) => runLongshore(installation, [...args, "--archive-data", archive]);

  test(`loses nothing when all of its processes are killed, ${ROUNDS} times, and gives every byte back in the end`, async () => {
    const pool = Array.from({ length: 4 }, (_, at) => randomBytes(100 + 30_000 * at));
    let registry: Registry | undefined;
    const current = (): Registry => registry ?? assert.fail("no server runs");
    const clients = ["ann", "bob", "cid"].map((it) =>
      createClient(current, it, { random: Math.random, pool, undo_ms: 6 * DAY_MS }),
    );
    for (let round = 0; round < ROUNDS; round++) {
      await using server = await start();
      registry = await registryAt(server);
      if (round === 0) for (const repositoryName of REPOSITORIES) await makeRepository(registry, repositoryName);
      for (const client of clients) await client.check();
      const end = new AbortController();
      const collecting = repeatedly(end.signal, () => spawnCommand(installation, ["gc", "--archive-data", archive]));
      const acting = clients.map((it) => actUntilKilled(it));
      await sleep(Math.random() * ROUND_MS_MAX);
      await server.kill();
      end.abort();
      await Promise.all([...acting, collecting]);
      registry = undefined;
      await expire();
    }
    await using server = await start();
    registry = await registryAt(server);
    for (const client of clients) await client.check();
    assert.match(await command(["fsck", "--read-bytes"]), /Nothing is wrong/);
    for (const repositoryName of REPOSITORIES) await registry.call("DeleteRepository", { repositoryName, force: true });
    await command(["deletions", "purge", "--all"]);
    await swept();
    await server.stop();
    await collectLater();
    for (const folder of [installation.data, archive]) assert.deepEqual(await blobsIn(folder), []);
  });

  /** Waits until nothing is left of the repositories. */
  async function swept(): Promise<void> {
    await using metadata = await openMetadata(installation);
    const found = () => metadata.readGlobal((tx) => tx.first(anyLayer, {}));
    await until("the layers of deleted repositories are swept", async () => (await found()) === undefined);
  }

  /** Collects as one would who comes two days later. */
  async function collectLater(): Promise<void> {
    await using metadata = await openMetadata(installation);
    await using blobs = archivingBlobs({
      first: await openDiskBlobs({ folder: installation.data }),
      archive: await openDiskBlobs({ folder: archive }),
    });
    const deps = { metadata, blobs, clock: { now: () => Date.now() + 2 * DAY_MS }, quotas: {} };
    const { signal } = new AbortController();
    await reapUploads(deps, signal);
    await collectGarbage(deps, signal);
  }
});

async function makeRepository(registry: Registry, repositoryName: string): Promise<void> {
  await registry.call("CreateRepository", { repositoryName });
  const selection = { tagStatus: "tagged", tagPrefixList: [EXPIRING_PREFIX], countType: "imageCountMoreThan", countNumber: 1 };
  const lifecyclePolicyText = JSON.stringify({ rules: [{ rulePriority: 1, selection, action: { type: "expire" } }] });
  await registry.call("PutLifecyclePolicy", { repositoryName, lifecyclePolicyText });
}

/** Lets a client do what it likes until nobody answers it any more. */
async function actUntilKilled(client: Client): Promise<void> {
  for (;;) {
    try {
      await client.act(false);
    } catch (error) {
      // A refusal, or an image that is not what it was, is what this test looks for.
      if (error instanceof Refused || error instanceof assert.AssertionError) throw error;
      return;
    }
  }
}

/** Runs a command again and again until it is told to stop, and then kills it. */
async function repeatedly(signal: AbortSignal, spawnOne: () => ChildProcess): Promise<void> {
  while (!signal.aborted) {
    const child = spawnOne();
    const kill = () => killGroup(child);
    signal.addEventListener("abort", kill, { once: true });
    await once(child, "exit");
    signal.removeEventListener("abort", kill);
  }
}
