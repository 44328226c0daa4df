import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";
import { CreateRepositoryCommand } from "@aws-sdk/client-ecr";
import { type Installation, install } from "../installation.ts";
import { freePort, spawnLongshore, startLongshore } from "../longshore.ts";
import { PATIENCE_MS, sleep } from "../patience.ts";
import { killGroup } from "../processes.ts";
import {
  assertWhole,
  assertWholeOrAbsent,
  expectStatus,
  makeImage,
  type OciClient,
  ociClient,
  type TestImage,
} from "./oci-client.ts";

const ROUNDS = Number(process.env["LONGSHORE_CRASH_ROUNDS"] ?? 50);
const FIRST_START_ROUNDS = 10;
const FIRST_START_MS_MAX = 600;
const REPOSITORY = "crash/pushes";
const CLIENTS = 4;
/** It is killed at a random moment behind so many answered pushes, or in so many: machines are of many speeds. */
const ANSWERED_MAX = 8;
const MOMENT_MS_MAX = 50;
const SMALL_LAYER_BYTES = 100_000;
const LARGE_LAYER_BYTES = 6_000_000;
const LARGE_EVERY = 5;

/** One push of an image, and how far the server's answers say that it came. */
interface Push {
  readonly tag: string;
  readonly image: TestImage;
  answered: boolean;
}

/** What every client did while one server lived. */
interface Round {
  readonly pushes: Push[];
  /** The pushes of the tag that moves, in order. */
  readonly moves: Push[];
}

describe("a server that is killed", () => {
  let installation: Installation;
  before(async () => {
    installation = await install();
  });
  after(() => installation[Symbol.asyncDispose]());

  test(`loses nothing that it answered and shows nothing that it did not finish, ${ROUNDS} times`, async () => {
    const answered: Push[] = [];
    let moving: Push | undefined;
    let last: Round | undefined;
    for (let number = 0; number <= ROUNDS; number++) {
      const server = await startLongshore(installation, { workers: 2 });
      const client = await ociClient(server);
      if (number === 0) await server.ecr.send(new CreateRepositoryCommand({ repositoryName: REPOSITORY }));
      if (last !== undefined) {
        await checkPushes(client, last.pushes, answered);
        moving = await checkMoves(client, moving, last.moves);
      }
      if (number === ROUNDS) {
        for (const { tag, image } of answered) await assertWhole(client, REPOSITORY, tag, image);
        await server.stop();
        break;
      }
      last = { pushes: [], moves: [] };
      const clients = Array.from({ length: CLIENTS }, (_, index) => pushOn(client, last as Round, `r${number}-c${index}`));
      const mover = moveOn(client, last);
      await randomMoment(last);
      await server.kill();
      await Promise.all([...clients, mover]);
    }
    assert(answered.length > 0, "no push was ever answered");
  });
});

async function randomMoment({ pushes, moves }: Round): Promise<void> {
  const wanted = Math.floor(Math.random() * (ANSWERED_MAX + 1));
  const deadline = Date.now() + PATIENCE_MS;
  while ([...pushes, ...moves].filter((it) => it.answered).length < wanted && Date.now() < deadline) await sleep(1);
  await sleep(Math.random() * MOMENT_MS_MAX);
}

/** Pushes one image after another until the server is gone. */
async function pushOn(client: OciClient, round: Round, name: string): Promise<void> {
  for (let number = 0; ; number++) {
    const size = number % LARGE_EVERY === LARGE_EVERY - 1 ? LARGE_LAYER_BYTES : SMALL_LAYER_BYTES;
    const push = { tag: `${name}-${number}`, image: makeImage(size), answered: false };
    round.pushes.push(push);
    if (!(await isAnswered(client.pushImage(REPOSITORY, push.tag, push.image)))) return;
    push.answered = true;
  }
}

/** Moves one tag from image to image until the server is gone. */
async function moveOn(client: OciClient, round: Round): Promise<void> {
  for (;;) {
    const push = { tag: "moving", image: makeImage(SMALL_LAYER_BYTES), answered: false };
    round.moves.push(push);
    if (!(await isAnswered(client.pushImage(REPOSITORY, push.tag, push.image)))) return;
    push.answered = true;
  }
}

/** False when the connection broke; what the server answered wrongly is thrown. */
async function isAnswered(work: Promise<void>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    // fetch says so when a connection breaks or cannot be made.
    if (error instanceof TypeError) return false;
    throw error;
  }
}

async function checkPushes(client: OciClient, pushes: readonly Push[], answered: Push[]): Promise<void> {
  for (const push of pushes) {
    if (push.answered) await assertWhole(client, REPOSITORY, push.tag, push.image);
    else push.answered = await assertWholeOrAbsent(client, REPOSITORY, push.tag, push.image);
    if (push.answered) answered.push(push);
  }
  const known = new Set(["moving", ...answered.map((it) => it.tag)]);
  for (let next: string | undefined = `/v2/${REPOSITORY}/tags/list?n=1000`; next !== undefined; ) {
    const answer = expectStatus(await client.send("GET", next), 200);
    for (const tag of JSON.parse(answer.body.toString()).tags) assert(known.has(tag), `a tag that nobody pushed whole: ${tag}`);
    next = /<([^>]+)>/.exec(answer.headers.get("link") ?? "")?.[1];
  }
}

/** The tag that moves is where it was last said to be, or where the last request wanted it. Returns where. */
async function checkMoves(client: OciClient, earlier: Push | undefined, moves: readonly Push[]): Promise<Push | undefined> {
  const last = moves.findLast((it) => it.answered) ?? earlier;
  const unanswered = moves.at(-1);
  const head = await client.send("HEAD", `/v2/${REPOSITORY}/manifests/moving`);
  if (head.status === 404) {
    assert(last === undefined, "the tag that was pushed is gone");
    return undefined;
  }
  const digest = head.headers.get("docker-content-digest");
  const found = [last, unanswered].find((it) => it?.image.digest === digest);
  assert(found !== undefined, "the tag leads to neither the last answered nor the last sent image");
  await assertWhole(client, REPOSITORY, "moving", found.image);
  return found;
}

describe("a server that is killed while it starts for the first time", () => {
  test("starts the next time, and its credentials open it", async () => {
    for (let round = 0; round < FIRST_START_ROUNDS; round++) {
      await using installation = await install();
      const child = spawnLongshore(installation, await freePort(), { workers: 2 });
      child.stdout?.resume();
      child.stderr?.resume();
      await sleep((FIRST_START_MS_MAX * round) / FIRST_START_ROUNDS);
      killGroup(child);
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
      await using server = await startLongshore(installation, { workers: 2 });
      await server.ecr.send(new CreateRepositoryCommand({ repositoryName: "crash/first" }));
      await server.stop();
    }
  });
});
