import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { CreateRepositoryCommand } from "@aws-sdk/client-ecr";
import { makeContent } from "../../bench/load/content.ts";
import { pullLayer, pushLayer } from "../../bench/load/transfer.ts";
import { peakResidentBytes } from "../../bench/process-tree.ts";
import { type Installation, install } from "../installation.ts";
import { type RunningLongshore, startLongshore } from "../longshore.ts";

/** 12 GB, and more than memory, with LONGSHORE_CRASH_LAYER_BYTES=12000000000. */
const LAYER_BYTES = Number(process.env["LONGSHORE_CRASH_LAYER_BYTES"] ?? 1_000_000_000);
const WORKER_BYTES_MAX = 250_000_000;
const REPOSITORY = "crash/large";

describe("a layer that is large", { skip: process.platform === "linux" ? false : "reads /proc" }, () => {
  let installation: Installation;
  let server: RunningLongshore;

  before(async () => {
    installation = await install();
    server = await startLongshore(installation, { workers: 2 });
    await server.ecr.send(new CreateRepositoryCommand({ repositoryName: REPOSITORY }));
  });
  after(async () => {
    await server.stop();
    await installation[Symbol.asyncDispose]();
  });

  test(`goes up and comes back whole, ${LAYER_BYTES} bytes of it, in the memory that a small one takes`, async () => {
    const basic = Buffer.from(`AWS:${await server.password()}`).toString("base64");
    const peer = { port: server.port, headers: `Authorization: Basic ${basic}\r\n` };
    const layer = makeContent(LAYER_BYTES);
    await pushLayer(peer, REPOSITORY, layer);
    await pullLayer(peer, REPOSITORY, layer, true);
    const peak = peakResidentBytes(server.process.pid ?? 0);
    assert(peak < WORKER_BYTES_MAX, `a worker had ${Math.round(peak / 1e6)} MB`);
  });
});
