import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { addMember, closeMember } from "../iam/organisation/members.ts";
import { LAYER_LEASE_S } from "../kernel/limits.ts";
import type { AccountId, RepositoryName } from "../kernel/names.ts";
import { query } from "../platform/metadata/query.ts";
import { createRepository } from "../repositories/create-repository.ts";
import { deleteRepository } from "../repositories/delete-repository.ts";
import { putAccountSetting } from "../repositories/settings/account-settings.ts";
import { bodyOf, sha } from "../testing/blobs-suite.ts";
import { testCall } from "../testing/call.ts";
import { app, openTestLayers, other, pushLayer, type TestLayers } from "../testing/layers.ts";
import { deleteLayer } from "./delete-layer.ts";
import { downloadUrl, openDownload } from "./download-url.ts";
import { findLayer, openLayer } from "./find-layer.ts";
import { findLayerSources, mountLayer } from "./mount-layer.ts";

const call = testCall();
const bytes = randomBytes(1000);
const digest = sha(bytes);
const elsewhere = testCall({ registry: { ...call.registry, account: "111111111111" as AccountId } });

async function open(): Promise<TestLayers> {
  const it = await openTestLayers();
  await createRepository(it.deps, elsewhere, { repositoryName: app });
  await pushLayer(it.deps, call, { name: app, digest, body: bodyOf(bytes), expected_bytes: bytes.length });
  return it;
}

const leases = query()((db) => db.selectFrom("layers").select("leased_until_ms"));
const leaseOf = async (it: TestLayers) => (await it.deps.metadata.readGlobal((tx) => tx.first(leases, {})))!.leased_until_ms;

test("a layer is read where it is a member, though the bytes are there for all", async () => {
  await using it = await open();
  assert.equal((await openLayer(it.deps, call, { name: app, digest })).size, bytes.length);
  for (const read of [findLayer, openLayer]) {
    await assert.rejects(read(it.deps, call, { name: other, digest }), { code: "LayerNotFoundException" });
    await assert.rejects(read(it.deps, elsewhere, { name: app, digest }), { code: "LayerNotFoundException" });
    const nowhere = { name: "nowhere" as RepositoryName, digest };
    await assert.rejects(read(it.deps, call, nowhere), { code: "RepositoryNotFoundException" });
  }
});

test("hearing that a layer is there renews a lease in its second half, and that of a layer in use never", async () => {
  await using it = await open();
  const first = await leaseOf(it);
  await findLayer(it.deps, call, { name: app, digest });
  assert.equal(await leaseOf(it), first);
  it.clock.advance((LAYER_LEASE_S * 1000) / 2 + 1);
  await findLayer(it.deps, call, { name: app, digest });
  const second = await leaseOf(it);
  assert.equal(second, it.clock.now() + LAYER_LEASE_S * 1000);
  await it.needLayer(app, digest);
  it.clock.advance(LAYER_LEASE_S * 1000);
  await findLayer(it.deps, call, { name: app, digest });
  assert.equal(await leaseOf(it), second);
});

test("a layer is mounted from one of the repositories that are named, where one has it", async () => {
  await using it = await open();
  assert.equal(await mountLayer(it.deps, call, { name: other, digest, from: [app] }), true);
  assert.deepEqual(await findLayer(it.deps, call, { name: other, digest }), { size: bytes.length });
  await deleteLayer(it.deps, call, { name: other, digest });
  assert.equal(await mountLayer(it.deps, call, { name: other, digest, from: ["nowhere" as RepositoryName, app] }), true);
  assert.equal(
    await mountLayer(it.deps, call, { name: other, digest, from: ["nowhere" as RepositoryName] }),
    true,
    "it is there already",
  );
});

test("a layer is mounted between repositories of one encryption only, type and key", async () => {
  await using it = await open();
  const make = async (name: string, kmsKey?: string): Promise<RepositoryName> => {
    const repositoryName = name as RepositoryName;
    const encryptionConfiguration = { encryptionType: "KMS", ...(kmsKey !== undefined && { kmsKey }) } as const;
    await createRepository(it.deps, call, { repositoryName, encryptionConfiguration });
    return repositoryName;
  };
  const [first, second] = [await make("first"), await make("second")];
  const ownKey = await make("own-key", "alias/own");
  assert.equal(await mountLayer(it.deps, call, { name: first, digest, from: [app] }), false);
  assert.equal(await mountLayer(it.deps, call, { name: first, digest, from: [] }), false);
  await pushLayer(it.deps, call, { name: first, digest, body: bodyOf(bytes), expected_bytes: bytes.length });
  assert.equal(await mountLayer(it.deps, call, { name: ownKey, digest, from: [first] }), false);
  assert.equal(await mountLayer(it.deps, call, { name: ownKey, digest, from: [app, first] }), false);
  assert.equal(await mountLayer(it.deps, call, { name: second, digest, from: [first] }), true);
});

test("nothing is mounted once the account has said so, until it says otherwise", async () => {
  await using it = await open();
  const mount = () => mountLayer(it.deps, call, { name: other, digest, from: [app] });
  const set = (value: string) => putAccountSetting(it.deps, call, { name: "BLOB_MOUNTING", value });
  await set("DISABLED");
  assert.equal(await mount(), false);
  await set("ENABLED");
  assert.equal(await mount(), true);
});

test("what is not in the source is not mounted, and another registry's layers never are", async () => {
  await using it = await open();
  await deleteLayer(it.deps, call, { name: app, digest });
  await pushLayer(it.deps, elsewhere, { name: app, digest, body: bodyOf(bytes), expected_bytes: bytes.length });
  assert.equal(await mountLayer(it.deps, call, { name: other, digest, from: [app] }), false);
  assert.equal(await mountLayer(it.deps, call, { name: other, digest, from: ["nowhere" as RepositoryName] }), false);
  assert.deepEqual(await findLayerSources(it.deps, call, digest), []);
  assert.deepEqual(await findLayerSources(it.deps, elsewhere, digest), [app]);
  await assert.rejects(mountLayer(it.deps, call, { name: "nowhere" as RepositoryName, digest, from: [] }), {
    code: "RepositoryNotFoundException",
  });
});

test("a layer whose bytes are gone is not mounted", async () => {
  await using it = await open();
  await it.deps.blobs.delete(digest);
  assert.equal(await mountLayer(it.deps, call, { name: other, digest, from: [app] }), false);
});

test("a layer is deleted unless an image of its repository needs it", async () => {
  await using it = await open();
  await mountLayer(it.deps, call, { name: other, digest, from: [app] });
  await it.needLayer(app, digest);
  await assert.rejects(deleteLayer(it.deps, call, { name: app, digest }), { code: "LayerInUseException" });
  await deleteLayer(it.deps, call, { name: other, digest });
  await assert.rejects(deleteLayer(it.deps, call, { name: other, digest }), { code: "LayerNotFoundException" });
  assert.deepEqual(await findLayer(it.deps, call, { name: app, digest }), { size: bytes.length });
});

test("of many who delete a layer at once, one does", async () => {
  await using it = await open();
  const results = await Promise.allSettled([1, 2, 3, 4].map(() => deleteLayer(it.deps, call, { name: app, digest })));
  assert.equal(results.filter(({ status }) => status === "fulfilled").length, 1);
});

const tokenOf = (url: string) => url.slice("http://localhost:4510/_layers/".length);

test("a download URL opens the layer for an hour", async () => {
  await using it = await open();
  await it.needLayer(app, digest);
  const url = await downloadUrl(it.deps, call, { name: app, digest });
  assert.match(url, /^http:\/\/localhost:4510\/_layers\/[A-Za-z0-9_-]+$/);
  const download = await openDownload(it.deps, tokenOf(url));
  assert.deepEqual({ digest: download.digest, size: download.size }, { digest, size: bytes.length });
  assert.equal((await download.open()).size, bytes.length);
  it.clock.advance(3600_000);
  await assert.rejects(openDownload(it.deps, tokenOf(url)), { code: "AccessDeniedException", message: "Request has expired" });
});

test("a download URL needs a layer that an image needs", async () => {
  await using it = await open();
  await assert.rejects(downloadUrl(it.deps, call, { name: app, digest }), { code: "LayerInaccessibleException" });
  await assert.rejects(downloadUrl(it.deps, call, { name: other, digest }), { code: "LayersNotFoundException" });
});

test("a token that was not sealed here, or was changed, opens nothing", async () => {
  await using it = await open();
  await it.needLayer(app, digest);
  const token = tokenOf(await downloadUrl(it.deps, call, { name: app, digest }));
  const changed = token.slice(0, -3) + (token.endsWith("AAA") ? "BBB" : "AAA");
  for (const bad of ["", "AAAA", changed]) await assert.rejects(openDownload(it.deps, bad), { code: "AccessDeniedException" });
  const pageToken = it.deps.sealer.seal("page-token", Buffer.from(token)).toString("base64url");
  await assert.rejects(openDownload(it.deps, pageToken), { code: "AccessDeniedException" });
});

test("a download URL dies with its repository, and does not come back with another of that name", async () => {
  await using it = await open();
  await it.needLayer(app, digest);
  const token = tokenOf(await downloadUrl(it.deps, call, { name: app, digest }));
  await deleteRepository(it.deps, call, { repositoryName: app, force: true });
  await assert.rejects(openDownload(it.deps, token), { code: "LayerNotFoundException" });
  await createRepository(it.deps, call, { repositoryName: app });
  await pushLayer(it.deps, call, { name: app, digest, body: bodyOf(bytes), expected_bytes: bytes.length });
  await assert.rejects(openDownload(it.deps, token), { code: "LayerNotFoundException" });
});

test("a download URL dies with its account", async () => {
  await using it = await open();
  await it.needLayer(app, digest);
  const token = tokenOf(await downloadUrl(it.deps, call, { name: app, digest }));
  const { account } = call.registry;
  await it.deps.metadata.writeGlobal(async (tx) => {
    await addMember(tx, false, { account, unit: "r-abcd", name: "one", joined_method: "INVITED", now_ms: 0 });
  });
  assert.equal((await openDownload(it.deps, token)).size, bytes.length);
  await it.deps.metadata.writeGlobal((tx) => closeMember(tx, account));
  await assert.rejects(openDownload(it.deps, token), { code: "LayerNotFoundException" });
});
