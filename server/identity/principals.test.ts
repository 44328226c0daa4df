import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import type { AccountId, Region } from "../kernel/names.ts";
import { createSealer } from "../keys/sealer.ts";
import { query } from "../platform/metadata/query.ts";
import { fakeClock } from "../testing/fake-clock.ts";
import { exampleKey, openTestIdentity } from "../testing/identity.ts";
import { openTestDatabase } from "../testing/metadata.ts";
import { addEntityRow } from "../testing/rows.ts";
import { signedHead } from "../testing/signed-request.ts";
import { generateAccessKey, sealSecret } from "./access-keys.ts";
import { createAccount } from "./create-account.ts";
import { createPrincipals } from "./principals.ts";

const account = "000000000000" as AccountId;
const region = "eu-west-1" as Region;
const ID = "AIDAAAAAAAAAAAAAAAAAA";
const ANN = { account, kind: "user", name: "ann", path: "/team/" } as const;

const renameUser = query<{ name: string }>()((db, p) =>
  db.updateTable("iam_entities").set({ name: p.name }).where("id", "=", ID),
);
const deleteUser = query()((db) => db.deleteFrom("iam_entities").where("id", "=", ID));
const insertKey = query<{ key: string; id: string; sealed: Uint8Array }>()((db, p) =>
  db.insertInto("access_keys").values({
    access_key_id: p.key,
    account,
    principal_id: p.id,
    secret_sealed: p.sealed,
    status: "Active",
    created_ms: 0,
  }),
);
const deleteKey = query<{ key: string }>()((db, p) => db.deleteFrom("access_keys").where("access_key_id", "=", p.key));

async function twoProcesses() {
  const database = await openTestDatabase();
  const clock = fakeClock();
  const sealer = createSealer(randomBytes(32));
  const [here, there] = [await database.open(clock), await database.open(clock)];
  await createAccount({ metadata: here, sealer, clock }, account);
  const key = generateAccessKey();
  await here.writeGlobal(async (tx) => {
    await addEntityRow(tx, { ...ANN, id: ID });
    await tx.run(insertKey, { key: key.accessKeyId, id: ID, sealed: sealSecret(sealer, key) });
  });
  return {
    here,
    clock,
    key,
    principals: createPrincipals({ metadata: here, sealer, clock }),
    elsewhere: createPrincipals({ metadata: there, sealer, clock }),
    async [Symbol.asyncDispose]() {
      await here[Symbol.asyncDispose]();
      await there[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

test("the key of a user is that user's, under its path and its unique id", async () => {
  await using at = await twoProcesses();
  const holder = await at.principals.byAccessKey(at.key.accessKeyId);
  assert.deepEqual(holder?.principal, {
    type: "user",
    account,
    arn: `arn:aws:iam::${account}:user/team/ann`,
    userId: ID,
    entityId: ID,
    userName: "ann",
    accessKeyId: at.key.accessKeyId,
  });
  assert.equal(holder.secretAccessKey, at.key.secretAccessKey);
});

test("a user that was removed is out at once in this process, and within a second in another", async () => {
  await using at = await twoProcesses();
  const { accessKeyId } = at.key;
  const principal = (await at.elsewhere.byAccessKey(accessKeyId))?.principal;
  assert.ok(principal !== undefined);
  assert.deepEqual(await at.principals.current(principal), principal);
  assert.deepEqual(await at.elsewhere.current(principal), principal);
  assert.deepEqual((await at.principals.byAccessKey(accessKeyId))?.principal, principal);
  await at.here.writeGlobal((tx) => tx.run(deleteUser, {}));
  assert.equal(await at.principals.byAccessKey(accessKeyId), undefined);
  assert.equal(await at.principals.current(principal), undefined);
  at.clock.advance(1000);
  assert.equal(await at.elsewhere.byAccessKey(accessKeyId), undefined);
  assert.equal(await at.elsewhere.current(principal), undefined);
});

test("a user that was made again under its name is another", async () => {
  await using at = await twoProcesses();
  const principal = (await at.principals.byAccessKey(at.key.accessKeyId))?.principal;
  assert.ok(principal !== undefined);
  const made = `${ID.slice(0, -1)}B`;
  await at.here.writeGlobal(async (tx) => {
    await tx.run(deleteUser, {});
    await addEntityRow(tx, { ...ANN, id: made });
  });
  assert.equal(await at.principals.current(principal), undefined);
  const { accessKeyId: _, ...withoutKey } = { ...principal, entityId: made };
  assert.equal((await at.principals.current(withoutKey))?.userId, made);
});

test("what came by a key ends with it, and bears the user's present name until then", async () => {
  await using at = await twoProcesses();
  const { accessKeyId } = at.key;
  const principal = (await at.principals.byAccessKey(accessKeyId))?.principal;
  assert.ok(principal !== undefined);
  await at.here.writeGlobal((tx) => tx.run(renameUser, { name: "bea" }));
  assert.equal((await at.principals.current(principal))?.arn, `arn:aws:iam::${account}:user/team/bea`);
  await at.here.writeGlobal((tx) => tx.run(deleteKey, { key: accessKeyId }));
  assert.equal(await at.principals.current(principal), undefined);
});

test("a password ends with the key that asked for it", async () => {
  await using at = await openTestIdentity({ account });
  const claim = await at.identity.claim(signedHead({ ...exampleKey, time_ms: at.clock.now() }));
  const { password } = at.identity.issueToken(claim.principal, region);
  assert.deepEqual((await at.identity.verifyToken(password)).principal, claim.principal);
  await at.setKeyStatus("Inactive");
  await assert.rejects(at.identity.verifyToken(password), { code: "NotAuthorizedException" });
});
