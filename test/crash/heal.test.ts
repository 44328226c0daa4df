import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { CreateRepositoryCommand } from "@aws-sdk/client-ecr";
import { flipBit } from "../../server/testing/disk-layers.ts";
import { digestOf } from "../clients/image-layout.ts";
import { install, type Installation, tryLongshore } from "../installation.ts";
import { type RunningLongshore, startLongshore } from "../longshore.ts";
import { assertWhole, makeImage, ociClient } from "./oci-client.ts";

// A registry whose disk has lost bits, and another one that has the same images.

let servers: AsyncDisposableStack;
let installation: Installation;
let here: RunningLongshore;
let peer: RunningLongshore;
before(async () => {
  servers = new AsyncDisposableStack();
  installation = servers.use(await install());
  here = servers.use(await startLongshore(installation));
  peer = servers.use(await startLongshore(servers.use(await install())));
});
after(() => servers.disposeAsync());

const fileOf = (digest: string) => join(installation.data, "blobs/sha256", digest.slice(7, 9), digest.slice(7));
const longshore = (args: readonly string[], options = {}) => tryLongshore(installation, args, options);

test("a damaged layer is got from another registry, and pulled from all repositories as it was pushed", async () => {
  const image = makeImage(5_000_000);
  const client = await ociClient(here);
  for (const repositoryName of ["team/web", "team/api"]) {
    await here.ecr.send(new CreateRepositoryCommand({ repositoryName }));
    await client.pushImage(repositoryName, "v1", image);
  }
  // Another one has it in one of the repositories only.
  await peer.ecr.send(new CreateRepositoryCommand({ repositoryName: "team/api" }));
  await (await ociClient(peer)).pushImage("team/api", "v1", image);

  const digest = digestOf(image.layer);
  await flipBit(fileOf(digest));
  assert.equal((await longshore(["scrub"])).code, 1);
  assert.equal((await client.send("GET", `/v2/team/web/blobs/${digest}`)).status, 404);

  const from = ["heal", "--from", `http://127.0.0.1:${peer.port}`];
  const refused = await longshore([...from, "--password-stdin"], { input: "not-the-password\n" });
  assert.equal(refused.code, 1);
  assert.match(refused.output, /answered with status 40[13].*\nNo layer was healed; 1 is damaged still\.\n$/);
  assert.doesNotMatch(refused.output, /not-the-password/);
  const healed = await longshore(from, { env: { LONGSHORE_PEER_PASSWORD: await peer.password() } });
  assert.equal(healed.output, `${digest}  healed: 4.8 MiB from team/api\n1 layer was healed; none is damaged.\n`);
  assert.equal(healed.code, 0);

  for (const name of ["team/web", "team/api"]) await assertWhole(client, name, "v1", image);
  const found = await longshore(["fsck", "--read-bytes"]);
  assert.equal(found.code, 0, found.output);
  const again = await longshore([...from, "--json"]);
  assert.deepEqual(again, { code: 0, output: "" });
});

test("a password in the URL is refused, and not printed", async () => {
  const { code, output } = await longshore(["heal", "--from", "http://AWS:hunter2@127.0.0.1/"]);
  assert.equal(code, 2);
  assert.doesNotMatch(output, /hunter2/);
});
