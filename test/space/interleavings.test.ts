import assert from "node:assert/strict";
import { randomBytes, randomInt } from "node:crypto";
import { describe, test } from "node:test";
import { DELETING_LEASE_S, LAYER_LEASE_S, UPLOAD_LIFETIME_S } from "../../server/kernel/limits.ts";
import { type Client, createClient, EXPIRING_PREFIX, REPOSITORIES } from "./client.ts";
import { turns } from "./lives.ts";
import { registryOf } from "./registry.ts";
import { openWorld, type World } from "./world.ts";

/** Clients push, mount, move tags, delete, restore and archive, while processes that collect, move and expire are killed. */

const SEEDS = Number(process.env["LONGSHORE_INTERLEAVINGS"] ?? 4);
const FIRST_SEED = Number(process.env["LONGSHORE_SEED"] ?? randomInt(2 ** 31));
const ROUNDS = 20;
const CLIENTS = 3;
const ACTS = 8;
const POOL = 3;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** How long what was deleted can be brought back. Without that, there is more to collect. */
const WINDOWS_MS = [0, 7 * DAY_MS];
/** What passes between two rounds: mostly longer than the lease of a layer. */
const PAUSES_MS = [MINUTE_MS, 13 * HOUR_MS, 25 * HOUR_MS, 2 * DAY_MS, 8 * DAY_MS];
const KILLED_ONE_IN = 4;
const LEFT_ONE_IN = 3;
/** How often layers are pushed at the moment when they are collected. */
const MEETINGS = 30;
/** A push may begin when a collector has done a part of its work. */
const LATE_TURNS = 60;

interface Chance {
  readonly random: () => number;
  /** Layers that all clients share. */
  readonly pool: readonly Buffer[];
}

describe("whatever comes in between", () => {
  for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
    test(`nothing is lost that is to be there, and no space that is not (seed ${seed})`, async () => {
      const random = randomOf(seed);
      const undo_ms = WINDOWS_MS[seed % WINDOWS_MS.length] ?? 0;
      await using world = await openWorld(random, undo_ms);
      for (const repositoryName of REPOSITORIES) await makeRepository(world, repositoryName);
      const registry = registryOf(world);
      const pool = Array.from({ length: POOL }, (_, at) => randomBytes(100 + 300 * at));
      const clients = ["ann", "bob", "cid"]
        .slice(0, CLIENTS)
        .map((it) => createClient(() => registry, it, { random, pool, undo_ms }));
      for (let round = 0; round < ROUNDS; round++) {
        await Promise.all([...clients.map((it) => actFor(world, it, random)), disturb(world, random)]);
        await world.settle();
        for (const client of clients) await client.check();
        if (random() < 1 / LEFT_ONE_IN) for (const client of clients) await client.leave();
        world.ecr.clock.advance(PAUSES_MS[Math.floor(random() * PAUSES_MS.length)] ?? 0);
      }
      await clear(world, undo_ms);
    });

    test(`what is pushed while it is collected is there (seed ${seed})`, async () => {
      const random = randomOf(seed);
      await using world = await openWorld(random, 0);
      for (const repositoryName of REPOSITORIES) await makeRepository(world, repositoryName);
      const registry = registryOf(world);
      const pool = Array.from({ length: POOL }, () => randomBytes(100));
      const clients = ["ann", "bob", "cid"].map((it) => createClient(() => registry, it, { random, pool, undo_ms: 0 }));
      for (let times = 0; times < MEETINGS; times++) await meet(world, clients, { random, pool });
      await clear(world, 0);
    });
  }
});

async function makeRepository(world: World, repositoryName: string): Promise<void> {
  await world.ecr.call("CreateRepository", { repositoryName });
  const selection = { tagStatus: "tagged", tagPrefixList: [EXPIRING_PREFIX], countType: "imageCountMoreThan", countNumber: 1 };
  const lifecyclePolicyText = JSON.stringify({ rules: [{ rulePriority: 1, selection, action: { type: "expire" } }] });
  await world.ecr.call("PutLifecyclePolicy", { repositoryName, lifecyclePolicyText });
}

/** A client that is killed now and then comes back and goes on, not knowing what it has done. */
async function actFor(world: World, client: Client, random: () => number): Promise<void> {
  for (let acts = 0; acts < ACTS; acts++) {
    const steps = random() < 1 / KILLED_ONE_IN ? Math.floor(random() * 30) : Number.POSITIVE_INFINITY;
    await world.lives.run(steps, () => client.act(acts === 0));
  }
}

/** Layers that have been garbage for a while are pushed while they are collected. */
async function meet(world: World, clients: readonly Client[], { random, pool }: Chance): Promise<void> {
  const one = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)] as T;
  const steps = () => (random() < 1 / KILLED_ONE_IN ? Math.floor(random() * 30) : Number.POSITIVE_INFINITY);
  const collect = async () => {
    await Promise.all([1, 2].map(() => world.lives.run(steps(), () => world.collect())));
    world.ecr.clock.advance((DELETING_LEASE_S + 1) * 1000);
  };
  const push = async (client: Client) => {
    await turns(random() * LATE_TURNS);
    await world.lives.run(steps(), () => client.meet(one(REPOSITORIES), one(pool)));
  };
  await Promise.all([...clients.map(push), collect()]);
  for (const client of clients) {
    await client.check();
    await client.leave();
    client.known.splice(0);
  }
  world.ecr.clock.advance(2 * DAY_MS);
}

/** Processes that collect and work off jobs, and die of it. */
async function disturb(world: World, random: () => number): Promise<void> {
  const lives = () => Math.floor(random() * 60);
  for (let times = 0; times < 4; times++) {
    await Promise.all([
      world.lives.run(lives(), () => world.collect()),
      world.lives.run(lives(), () => world.collect()),
      world.lives.run(lives(), () => world.work(Math.floor(random() * 20))),
    ]);
    // Whoever waits for what a dead collector began does so until its time has run out.
    world.ecr.clock.advance((DELETING_LEASE_S + 1) * 1000);
  }
}

/** Deletes everything, lets every window run out, and looks whether any bytes or rows are left. */
async function clear({ ecr, stores, ...world }: World, undo_ms: number): Promise<void> {
  for (const repositoryName of REPOSITORIES) await ecr.call("DeleteRepository", { repositoryName, force: true });
  ecr.clock.advance(undo_ms + 1);
  await world.settle();
  ecr.clock.advance((LAYER_LEASE_S + UPLOAD_LIFETIME_S) * 1000);
  await world.settle();
  for (let times = 0; times < 2; times++) {
    await world.collect();
    ecr.clock.advance(DAY_MS);
    await world.settle();
  }
  for (const [name, store] of Object.entries(stores)) {
    for await (const { digest } of store.list()) assert.fail(`the bytes of ${digest} are left in the store ${name}`);
    for await (const { stage } of store.stages()) assert.fail(`the stage ${stage} is left in the store ${name}`);
  }
}

/** The same numbers for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
