import assert from "node:assert/strict";
import { test } from "node:test";
import { credentialsDelivered, renewRootKey } from "../../identity/create-account.ts";
import { createIdentity } from "../../identity/identity.ts";
import { recordUses } from "../../identity/record-uses.ts";
import type { AccountId } from "../../kernel/names.ts";
import { makePracticeAccounts, practiceAccounts } from "../../testing/accounts.ts";
import { testRegistry } from "../../testing/call.ts";
import { openTestOrganisation, type TestOrganisation } from "../../testing/organisation.ts";
import { type AccessKey, generateAccessKey } from "../../identity/access-keys.ts";
import { signedHead } from "../../testing/signed-request.ts";
import { findAccount, listAccounts, openAccount, placeAccount } from "./accounts.ts";
import { membershipOf } from "./control-policies.ts";

const manager = testRegistry.account;
const id = "123456789012" as AccountId;
const depsOf = ({ metadata, clock, sealer }: TestOrganisation) => ({ metadata, clock, sealer, account: manager });
const listed = async ({ metadata }: TestOrganisation) =>
  (await metadata.readGlobal(listAccounts)).map(({ account, alias, unit }) => [account, alias, unit]);

/** Whose key it is, or undefined when it is nobody's. */
async function holderOf(it: TestOrganisation, { accessKeyId, secretAccessKey }: AccessKey): Promise<string | undefined> {
  await using uses = recordUses({ ...it, onError: assert.ifError });
  const identity = createIdentity({ ...it, skew_s: 300, uses });
  const head = signedHead({ accessKeyId, secretAccessKey, time_ms: it.clock.now() });
  return await identity.claim(head).then(
    ({ principal }) => principal.arn,
    () => undefined,
  );
}

test("an account that an operator makes has a root user with a key, and is in no organisation when there is none", async () => {
  await using it = await openTestOrganisation();
  const made = await openAccount(depsOf(it), { id, alias: "central" });
  assert.equal(await holderOf(it, made), `arn:aws:iam::${id}:root`);
  assert.deepEqual(await listed(it), [
    [manager, undefined, undefined],
    [id, "central", undefined],
  ]);
  assert.equal(await it.metadata.readGlobal((tx) => findAccount(tx, "central")), id);
  await assert.rejects(
    it.metadata.readGlobal((tx) => findAccount(tx, "other")),
    /^Error: There is no account other\.$/,
  );
});

test("until its key is delivered the same account is made again with the same key, and then it is refused", async () => {
  await using it = await openTestOrganisation();
  const made = await openAccount(depsOf(it), { id });
  assert.deepEqual(await openAccount(depsOf(it), { id }), made);
  await credentialsDelivered(it, id);
  await assert.rejects(openAccount(depsOf(it), { id }), /There is an account 123456789012 already/);
});

test("an account without an id gets one that nobody has", async () => {
  await using it = await openTestOrganisation();
  const { account } = await openAccount(depsOf(it), {});
  assert.match(account, /^[1-9][0-9]{11}$/);
});

test("a unit is made with all that it is in, and so is the organisation", async () => {
  await using it = await openTestOrganisation();
  await openAccount(depsOf(it), { id, unit: "/Workloads/Production" });
  const { account: other } = await openAccount(depsOf(it), { unit: "Workloads" });
  assert.deepEqual(
    new Set(await listed(it)),
    new Set([
      [manager, undefined, "/"],
      [id, undefined, "/Workloads/Production"],
      [other, undefined, "/Workloads"],
    ]),
  );
  await placeAccount(depsOf(it), id, "/");
  assert.deepEqual(
    (await listed(it)).find(([account]) => account === id),
    [id, undefined, "/"],
  );
  await assert.rejects(placeAccount(depsOf(it), id, "/1/2/3/4/5/6"), /units nest at most 5 deep/);
});

test("a refused account leaves nothing behind", async () => {
  await using it = await openTestOrganisation();
  await openAccount(depsOf(it), { id, alias: "taken" });
  const before = await listed(it);
  await assert.rejects(openAccount(depsOf(it), { alias: "taken", unit: "/New" }), /The account alias taken already exists/);
  assert.deepEqual(await listed(it), before);
  await assert.rejects(it.call("DescribeOrganization"));
});

test("an alias of twelve digits does not stand for another account", async () => {
  await using it = await openTestOrganisation();
  await openAccount(depsOf(it), { id });
  await openAccount(depsOf(it), { alias: id });
  assert.equal(await it.metadata.readGlobal((tx) => findAccount(tx, id)), id);
});

test("a new key of a root user ends the old ones", async () => {
  await using it = await openTestOrganisation();
  const old = await openAccount(depsOf(it), { id });
  const renewed = await renewRootKey(depsOf(it), id);
  assert.equal(await holderOf(it, old), undefined);
  assert.equal(await holderOf(it, renewed), `arn:aws:iam::${id}:root`);
});

test("nobody comes from a closed account, and its id is not given again", async () => {
  await using it = await openTestOrganisation();
  const key = await openAccount(depsOf(it), { id, unit: "/" });
  await it.call("CloseAccount", { AccountId: id });
  assert.equal(await holderOf(it, key), undefined);
  assert.equal(await holderOf(it, generateAccessKey()), undefined);
  await assert.rejects(openAccount(depsOf(it), { id }), /was closed; its id stays taken/);
});

test("the accounts of the users' practice are in one organisation, which the central one manages", async () => {
  await using it = await openTestOrganisation();
  const keys = await makePracticeAccounts(it);
  for (const [alias, account] of Object.entries(practiceAccounts)) {
    const membership = await it.metadata.readGlobal((tx) => membershipOf(tx, account));
    assert.equal(membership?.isManagementAccount, alias === "central");
    assert.equal(await holderOf(it, keys[alias as keyof typeof keys]), `arn:aws:iam::${account}:root`);
  }
});
