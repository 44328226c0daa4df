import assert from "node:assert/strict";
import { test } from "node:test";
import { query } from "../platform/metadata/query.ts";
import { exampleKey, openTestIdentity, type TestIdentity } from "../testing/identity.ts";
import { signedHead } from "../testing/signed-request.ts";

const uses = query()((db) => db.selectFrom("access_key_uses").selectAll());
const deleteKeys = query()((db) => db.deleteFrom("access_keys"));
const usesOf = async (at: TestIdentity) => {
  await at.uses.flush();
  return at.metadata.readGlobal((tx) => tx.all(uses, {}));
};

async function use(at: TestIdentity, body = ""): Promise<void> {
  const claim = await at.identity.claim(signedHead({ ...exampleKey, region: "eu-west-1", time_ms: at.clock.now() }));
  claim.verify(Buffer.from(body));
}

test("the last use of a key is written down, and only of one whose signature was right", async () => {
  await using at = await openTestIdentity();
  await assert.rejects(use(at, "other"), { code: "InvalidSignatureException" });
  assert.deepEqual(await usesOf(at), []);
  await use(at);
  const access_key_id = exampleKey.accessKeyId;
  assert.deepEqual(await usesOf(at), [{ access_key_id, used_ms: at.clock.now(), service: "ecr", region: "eu-west-1" }]);
});

test("a use within five minutes of another is not written again, and a later one is", async () => {
  await using at = await openTestIdentity();
  await use(at);
  const [first] = await usesOf(at);
  at.clock.advance(4 * 60_000);
  await use(at);
  assert.deepEqual(await usesOf(at), [first]);
  at.clock.advance(60_000);
  await use(at);
  assert.equal((await usesOf(at))[0]?.used_ms, at.clock.now());
});

test("a key that has been deleted since leaves nothing behind", async () => {
  await using at = await openTestIdentity();
  await use(at);
  await at.metadata.writeGlobal((tx) => tx.run(deleteKeys, {}));
  assert.deepEqual(await usesOf(at), []);
});
