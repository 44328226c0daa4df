import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { CreateRepositoryCommand } from "@aws-sdk/client-ecr";
import { digestOf } from "../clients/image-layout.ts";
import { type Installation, install } from "../installation.ts";
import { type RunningLongshore, startLongshore } from "../longshore.ts";
import { sleep, until } from "../patience.ts";
import { assertBlobWhole, expectStatus, locationOf, makeImage, type OciClient, ociClient, withDigest } from "./oci-client.ts";
import { rawRequest } from "./raw-request.ts";

const REPOSITORY = "crash/rude";
const LAYER_BYTES = 3_000_000;
const PARTS = 12;
const STALLED = 50;

describe("clients that do not behave", () => {
  let installation: Installation;
  let server: RunningLongshore;
  let client: OciClient;
  let authorization: string;

  before(async () => {
    installation = await install();
    server = await startLongshore(installation, { workers: 2 });
    client = await ociClient(server);
    authorization = `Basic ${Buffer.from(`AWS:${await server.password()}`).toString("base64")}`;
    await server.ecr.send(new CreateRepositoryCommand({ repositoryName: REPOSITORY }));
  });
  after(async () => {
    await server.stop();
    await installation[Symbol.asyncDispose]();
  });

  const begin = async () => locationOf(expectStatus(await client.send("POST", `/v2/${REPOSITORY}/blobs/uploads/`), 202));
  const headOf = (method: string, path: string, length: number) =>
    `${method} ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${authorization}\r\nContent-Type: application/octet-stream\r\nContent-Length: ${length}\r\n\r\n`;

  /** Where an upload goes on: the number of bytes that the server has. */
  async function offsetOf(location: string): Promise<number> {
    const answer = expectStatus(await client.send("GET", location), 204);
    const last = /^0-([0-9]+)$/.exec(answer.headers.get("range") ?? "")?.[1];
    assert(last !== undefined, "the status of an upload has no Range");
    // The specification has no way to say "nothing yet" but 0-0, which is also "one byte"; nobody here sends one byte.
    return last === "0" ? 0 : Number(last) + 1;
  }

  /** Waits until the server has noticed that the connection broke, which it does when it does. */
  function released(location: string): Promise<void> {
    const empty = new Uint8Array(0);
    return until("the upload may go on", async () => (await client.send("PATCH", location, empty)).status === 202);
  }

  /** Sends the rest of a layer from where the server says that it is, and finishes. */
  async function finish(location: string, layer: Buffer): Promise<void> {
    const offset = await offsetOf(location);
    let end = location;
    if (offset < layer.length) {
      const range = { "content-range": `${offset}-${layer.length - 1}`, "content-type": "application/octet-stream" };
      end = locationOf(expectStatus(await client.send("PATCH", location, new Uint8Array(layer.subarray(offset)), range), 202));
    }
    expectStatus(await client.send("PUT", withDigest(end, digestOf(layer))), 201);
    await assertBlobWhole(client, REPOSITORY, layer);
  }

  test("an upload whose connection breaks goes on from the offset that the server names", async () => {
    for (const sent of [1, LAYER_BYTES / 3, LAYER_BYTES - 1]) {
      const layer = randomBytes(LAYER_BYTES);
      const location = await begin();
      const raw = await rawRequest(server.port);
      await raw.write(headOf("PATCH", location, layer.length));
      await raw.write(layer.subarray(0, sent));
      raw.reset();
      await released(location);
      await finish(location, layer);
    }
  });

  test("an upload goes on from where its last whole part ended, when the next one breaks off", async () => {
    const layer = randomBytes(LAYER_BYTES);
    const half = LAYER_BYTES / 2;
    const location = locationOf(
      expectStatus(await client.send("PATCH", await begin(), new Uint8Array(layer.subarray(0, half))), 202),
    );
    const raw = await rawRequest(server.port);
    await raw.write(headOf("PATCH", location, half));
    await raw.write(layer.subarray(half, half + half / 2));
    raw.reset();
    await released(location);
    assert((await offsetOf(location)) >= half, "what was answered is lost");
    await finish(location, layer);
  });

  test("a part at another offset than the server's is refused with where it is", async () => {
    const layer = randomBytes(LAYER_BYTES);
    const location = locationOf(
      expectStatus(await client.send("PATCH", await begin(), new Uint8Array(layer.subarray(0, 1000))), 202),
    );
    const range = { "content-range": "2000-2999", "content-type": "application/octet-stream" };
    const refused = expectStatus(await client.send("PATCH", location, new Uint8Array(layer.subarray(2000, 3000)), range), 416);
    assert.equal(refused.headers.get("range") ?? "0-999", "0-999");
    await finish(location, layer);
  });

  test("a client that says less than it sends stores no more than it said", async () => {
    const layer = randomBytes(1000);
    const location = await begin();
    const raw = await rawRequest(server.port);
    await raw.write(Buffer.concat([Buffer.from(headOf("PATCH", location, 600)), layer]));
    // What follows the body is no request, which may be noticed before the body is answered.
    const status = await raw.status();
    assert(status === 202 || status === 400, `it was answered ${status}`);
    raw.reset();
    await released(location);
    assert([0, 600].includes(await offsetOf(location)));
    await finish(location, layer);
  });

  test("a client that says more than it sends stores no layer", async () => {
    const layer = randomBytes(LAYER_BYTES);
    const path = withDigest(await begin(), digestOf(layer));
    const raw = await rawRequest(server.port);
    await raw.write(headOf("PUT", path, layer.length + 1));
    await raw.write(layer);
    await sleep(50);
    raw.reset();
    assert.equal((await client.send("HEAD", `/v2/${REPOSITORY}/blobs/${digestOf(layer)}`)).status, 404);
  });

  test("a layer under a digest that is not its own is refused and not stored", async () => {
    const [layer, other] = [randomBytes(LAYER_BYTES), randomBytes(100)];
    const location = locationOf(expectStatus(await client.send("PATCH", await begin(), new Uint8Array(layer)), 202));
    expectStatus(await client.send("PUT", withDigest(location, digestOf(other))), 400);
    assert.equal((await client.send("HEAD", `/v2/${REPOSITORY}/blobs/${digestOf(other)}`)).status, 404);
  });

  test("many that stall in the middle of an upload keep nobody else from pushing and pulling", async () => {
    const stalled = await Promise.all(
      Array.from({ length: STALLED }, async () => {
        const raw = await rawRequest(server.port);
        await raw.write(headOf("PATCH", await begin(), LAYER_BYTES));
        await raw.write(randomBytes(LAYER_BYTES / 100));
        return raw;
      }),
    );
    const image = makeImage(LAYER_BYTES);
    await client.pushImage(REPOSITORY, "beside", image);
    await assertBlobWhole(client, REPOSITORY, image.layer);
    for (const it of stalled) it.reset();
    expectStatus(await client.send("GET", "/readyz"), 200);
  });

  test("an upload that comes in parts on connections of their own, of whichever worker, is put together", async () => {
    for (let round = 0; round < 5; round++) {
      const layer = randomBytes(LAYER_BYTES);
      let location = await begin();
      const size = layer.length / PARTS;
      for (let part = 0; part < PARTS; part++) {
        const range = `${part * size}-${(part + 1) * size - 1}`;
        const headers = { connection: "close", "content-type": "application/octet-stream", "content-range": range };
        const bytes = new Uint8Array(layer.subarray(part * size, (part + 1) * size));
        location = locationOf(expectStatus(await client.send("PATCH", location, bytes, headers), 202));
      }
      expectStatus(await client.send("PUT", withDigest(location, digestOf(layer))), 201);
      await assertBlobWhole(client, REPOSITORY, layer);
    }
  });

  test("an upload that one server began is finished by the next, though the first was killed", async () => {
    const layer = randomBytes(LAYER_BYTES);
    const half = LAYER_BYTES / 2;
    const location = locationOf(
      expectStatus(await client.send("PATCH", await begin(), new Uint8Array(layer.subarray(0, half))), 202),
    );
    await server.kill();
    server = await startLongshore(installation, { workers: 2 });
    client = await ociClient(server);
    assert.equal(await offsetOf(location), half);
    await finish(location, layer);
  });
});
