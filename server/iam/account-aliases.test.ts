import assert from "node:assert/strict";
import { test } from "node:test";
import type { AccountId } from "../kernel/names.ts";
import { openTestMetadata } from "../testing/metadata.ts";
import { findAccountAlias, findAccountByAlias, isAccountAlias, removeAccountAlias, setAccountAlias } from "./account-aliases.ts";

const [one, other] = ["111111111111" as AccountId, "222222222222" as AccountId];

test("an alias has 3 to 63 lower-case letters, digits and single hyphens", () => {
  for (const good of ["abc", "a-b-c", "123", "a".repeat(63)]) assert.ok(isAccountAlias(good), good);
  for (const bad of ["", "ab", "Abc", "-abc", "abc-", "a--b", "a_b", "a".repeat(64)]) assert.ok(!isAccountAlias(bad), bad);
});

test("an account has one alias, which no other account has", async () => {
  await using metadata = await openTestMetadata();
  await metadata.writeGlobal((tx) => setAccountAlias(tx, one, "first"));
  await metadata.writeGlobal((tx) => setAccountAlias(tx, one, "second"));
  await metadata.readGlobal(async (tx) => {
    assert.equal(await findAccountAlias(tx, one), "second");
    assert.equal(await findAccountByAlias(tx, "first"), undefined);
    assert.equal(await findAccountByAlias(tx, "second"), one);
  });
  await assert.rejects(
    metadata.writeGlobal((tx) => setAccountAlias(tx, other, "second")),
    { code: "EntityAlreadyExistsException" },
  );
  await assert.rejects(
    metadata.writeGlobal((tx) => removeAccountAlias(tx, other, "second")),
    { code: "NoSuchEntityException" },
  );
  await metadata.writeGlobal((tx) => removeAccountAlias(tx, one, "second"));
  assert.equal(await metadata.readGlobal((tx) => findAccountAlias(tx, one)), undefined);
});
