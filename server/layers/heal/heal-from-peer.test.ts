import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readdir, rm } from "node:fs/promises";
import type { RequestListener } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import type { Digest } from "../../kernel/names.ts";
import { allowHostOf, NOTHING_PRIVATE, parseEgressAllowance } from "../../platform/egress/allowance.ts";
import { createEgress } from "../../platform/egress/egress.ts";
import { openDiskBlobs } from "../../platform/blobs/disk-blobs.ts";
import { archivingBlobs } from "../../platform/blobs/archiving-blobs.ts";
import { type Query, query } from "../../platform/metadata/query.ts";
import { deleteRepository } from "../../repositories/delete-repository.ts";
import { bodyOf, readBlob, sha } from "../../testing/blobs-suite.ts";
import { testCall } from "../../testing/call.ts";
import { type DiskLayers, openDiskLayers } from "../../testing/disk-layers.ts";
import { type HttpPeer, startHttpPeer } from "../../testing/http-peer.ts";
import { app, other, pushLayer } from "../../testing/layers.ts";
import { findLayer } from "../find-layer.ts";
import { mountLayer } from "../mount-layer.ts";
import { checkBlob } from "../scrub/check-blob.ts";
import { type HealedLayer, healFromPeer } from "./heal-from-peer.ts";
import type { Peer } from "./peer.ts";

const call = testCall();
const { signal } = call.client;
const bytes = randomBytes(3_000_000);
const digest = sha(bytes);
const AUTHORIZATION = "Basic QVdTOnNlY3JldA==";

const marks = query()((db) => db.selectFrom("damaged_blobs").select("digest"));
const flags = query()((db) => db.selectFrom("layers").select("damaged"));
const archived = query()((db) => db.selectFrom("archived_blobs").select("moved_ms"));
const archive = query()((db) => db.insertInto("archived_blobs").values({ digest, size: bytes.length, moved_ms: 1 }));
const uploads = query()((db) => db.selectFrom("uploads").select("id"));
const rowsOf = <Row>(it: DiskLayers, rows: Query<Record<never, never>, Row>) =>
  it.deps.metadata.readGlobal((tx) => tx.all(rows, {}));

/** A layer that two repositories share, and whose bytes were found damaged. */
async function openDamaged(): Promise<DiskLayers> {
  const it = await openDiskLayers();
  await pushLayer(it.deps, call, { name: app, digest, body: bodyOf(bytes), expected_bytes: bytes.length });
  assert.equal(await mountLayer(it.deps, call, { name: other, digest, from: [app] }), true);
  await it.flipBit(digest);
  assert.equal(await checkBlob(it.deps, digest, { signal }), "damaged");
  return it;
}

function peerAt({ port }: HttpPeer, { path = "/", allowance = NOTHING_PRIVATE } = {}): Peer {
  const url = new URL(`http://127.0.0.1:${port}${path}`);
  return { url, egress: createEgress(allowHostOf(url, allowance)), authorization: AUTHORIZATION };
}

async function healAll(it: DiskLayers, peer: Peer): Promise<HealedLayer[]> {
  return Array.fromAsync(healFromPeer(it.deps, peer, signal));
}

async function assertStillDamaged(it: DiskLayers): Promise<void> {
  assert.deepEqual(await rowsOf(it, marks), [{ digest }]);
  assert.equal(await it.deps.blobs.size(digest), undefined);
  assert.deepEqual(await rowsOf(it, uploads), []);
  assert.deepEqual(await readdir(join(it.folder, "staging")), []);
  await assert.rejects(findLayer(it.deps, call, { name: app, digest }), { code: "LayerNotFoundException" });
}

async function assertHealed(it: DiskLayers): Promise<void> {
  assert.deepEqual(await rowsOf(it, marks), []);
  assert.deepEqual(await rowsOf(it, flags), [{ damaged: 0 }, { damaged: 0 }]);
  assert.deepEqual(await rowsOf(it, uploads), []);
  assert.deepEqual(await readBlob(it.deps.blobs, digest), bytes);
}

const sendsAll: RequestListener = (_request, response) => void response.end(bytes);

for (const [having, lacking] of [
  [app, other],
  [other, app],
] as const) {
  test(`a layer that the peer has in ${having} and not in ${lacking} is healed in all of ours`, async () => {
    await using it = await openDamaged();
    await using server = await startHttpPeer(({ url = "" }, response) => {
      if (url.startsWith(`/v2/mirror/${having}/`)) response.end(bytes);
      else response.writeHead(404).end();
    });
    const healed = [{ digest, state: "healed", repository: having, size: bytes.length }];
    assert.deepEqual(await healAll(it, peerAt(server, { path: "/mirror/" })), healed);
    await assertHealed(it);
    assert.equal(server.asked.at(-1), `GET /v2/mirror/${having}/blobs/${digest} ${AUTHORIZATION}`);
    assert.deepEqual(await healAll(it, peerAt(server)), []);
  });
}

/** What a peer may send in place of the layer, and what is said of it. */
const WRONGS: readonly (readonly [string, RegExp, RequestListener])[] = [
  ["other bytes of the same size", /has another digest/, (_request, response) => void response.end(randomBytes(bytes.length))],
  ["fewer bytes", /has 10 bytes of it where 3000000/, (_request, response) => void response.end(bytes.subarray(0, 10))],
  [
    "bytes without end",
    /is longer than it|longer than the 3000000/,
    (_request, response) => {
      response.write(bytes);
      response.write(bytes);
    },
  ],
  [
    "a part, and breaks off",
    /broken off/,
    (_request, response) => {
      response.writeHead(200, { "content-length": bytes.length });
      response.write(bytes.subarray(0, 100_000), () => response.destroy());
    },
  ],
  [
    "nothing, for it wants a password",
    /status 401: it does not know/,
    (_request, response) => void response.writeHead(401).end(),
  ],
  [
    "nothing, for it wants a token",
    /wants a bearer token/,
    (_request, response) => void response.writeHead(401, { "www-authenticate": 'Bearer realm="x"' }).end(),
  ],
  ["nothing, for it has failed", /answered with status 500/, (_request, response) => void response.writeHead(500).end()],
];
for (const [what, why, answer] of WRONGS) {
  test(`a peer that sends ${what} heals nothing, and the next one can`, async () => {
    await using it = await openDamaged();
    await using wrong = await startHttpPeer(answer);
    const [layer, ...others] = await healAll(it, peerAt(wrong));
    assert.deepEqual(others, []);
    assert.ok(layer !== undefined && "why" in layer);
    assert.match(layer.why, why);
    assert.doesNotMatch(JSON.stringify(layer), /QVdT|secret/);
    await assertStillDamaged(it);
    await using right = await startHttpPeer(sendsAll);
    await healAll(it, peerAt(right));
    await assertHealed(it);
  });
}

test("a peer that has it nowhere is said to, with the repositories that it was asked for", async () => {
  await using it = await openDamaged();
  await using server = await startHttpPeer((_request, response) => void response.writeHead(404).end());
  const [layer] = await healAll(it, peerAt(server));
  assert.ok(layer?.state === "absent");
  assert.deepEqual([...layer.repositories].sort(), [app, other]);
  await assertStillDamaged(it);
});

test("where the peer sends us on to another host, that is asked without the password, and only where it may be asked", async () => {
  await using it = await openDamaged();
  await using storage = await startHttpPeer(sendsAll);
  await using server = await startHttpPeer(({ url = "" }, response) => {
    response.writeHead(307, { location: `http://localhost:${storage.port}/there${url}` }).end();
  });
  const [refused] = await healAll(it, peerAt(server));
  assert.ok(refused?.state === "unreached");
  assert.match(refused.why, /localhost:\d+ can be asked by HTTPS only/);
  assert.deepEqual(storage.asked, []);
  await assertStillDamaged(it);
  const allowance = parseEgressAllowance("localhost,127.0.0.1,::1") ?? assert.fail();
  assert.equal((await healAll(it, peerAt(server, { allowance })))[0]?.state, "healed");
  assert.match(storage.asked.join("\n"), /^GET \/there\/v2\/(app|other)\/blobs\/sha256:[0-9a-f]{64}$/);
  await assertHealed(it);
});

test("a peer that cannot be reached is not asked for everything that is damaged", async () => {
  await using it = await openDamaged();
  for (let number = 0; number < 5; number++) {
    const small = randomBytes(100 + number);
    await pushLayer(it.deps, call, { name: app, digest: sha(small), body: bodyOf(small), expected_bytes: small.length });
    await rm(it.fileOf(sha(small)));
    await checkBlob(it.deps, sha(small), { signal });
  }
  const server = await startHttpPeer(sendsAll);
  await server[Symbol.asyncDispose]();
  const layers = await healAll(it, peerAt(server));
  assert.deepEqual(
    layers.map((layer) => layer.state),
    ["unreached", "unreached", "unreached"],
  );
});

test("a layer of a repository that was deleted and can come back is healed too, and becomes nobody else's", async () => {
  await using it = await openDamaged();
  for (const repositoryName of [app, other]) await deleteRepository(it.deps, call, { repositoryName, force: true });
  await using server = await startHttpPeer(sendsAll);
  assert.equal((await healAll(it, peerAt(server)))[0]?.state, "healed");
  await assertHealed(it);
});

test("sound bytes that have come back by other ways are not got from the peer", async () => {
  await using it = await openDamaged();
  const stage = "00000000-0000-4000-8000-000000000000";
  const options = { algorithm: "sha256", limit_bytes: bytes.length, signal } as const;
  await it.deps.blobs.append(stage, 0, bodyOf(bytes), options);
  await it.deps.blobs.commit(stage, bytes.length, digest);
  await using server = await startHttpPeer(sendsAll);
  assert.deepEqual(await healAll(it, peerAt(server)), [{ digest, state: "sound" }]);
  assert.deepEqual(server.asked, []);
  await assertHealed(it);
});

test("what is broken off leaves nothing behind, and goes on the next time", async () => {
  await using it = await openDamaged();
  const stop = new AbortController();
  await using server = await startHttpPeer((_request, response) => {
    if (stop.signal.aborted) return void response.end(bytes);
    response.write(bytes.subarray(0, 100_000), () => setImmediate(() => stop.abort()));
    return undefined;
  });
  await assert.rejects(Array.fromAsync(healFromPeer(it.deps, peerAt(server), stop.signal)), { name: "AbortError" });
  await assertStillDamaged(it);
  assert.equal((await healAll(it, peerAt(server)))[0]?.state, "healed");
  await assertHealed(it);
});

test("where there is an archive, the bytes come into the first store, and the mover is told", async () => {
  await using it = await openDamaged();
  await it.deps.metadata.writeGlobal((tx) => tx.run(archive, {}));
  await using second = await openDiskBlobs({ folder: join(it.folder, "archive") });
  await using server = await startHttpPeer(sendsAll);
  const deps = { ...it.deps, blobs: archivingBlobs({ first: it.deps.blobs, archive: second }) };
  const [layer] = await Array.fromAsync(healFromPeer(deps, peerAt(server), signal));
  assert.equal(layer?.state, "healed");
  assert.equal(await second.size(digest), undefined);
  assert.deepEqual(await rowsOf(it, archived), [{ moved_ms: null }]);
  await assertHealed(it);
});

test("a small layer and one of another algorithm are healed as well", async () => {
  for (const [content, of] of [
    [bytes.subarray(0, 100), sha(bytes.subarray(0, 100))],
    [bytes, sha(bytes, "sha512")],
  ] as readonly (readonly [Buffer, Digest])[]) {
    await using it = await openDiskLayers();
    await pushLayer(it.deps, call, { name: app, digest: of, body: bodyOf(content), expected_bytes: content.length });
    await rm(it.fileOf(of));
    assert.equal(await checkBlob(it.deps, of, { signal }), "damaged");
    await using server = await startHttpPeer((_request, response) => void response.end(content));
    assert.equal((await healAll(it, peerAt(server)))[0]?.state, "healed");
    assert.deepEqual(await readBlob(it.deps.blobs, of), content);
  }
});
