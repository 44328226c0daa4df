import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { AccountId, Region } from "../kernel/names.ts";
import { createSealer } from "../keys/sealer.ts";
import { fakeClock } from "../testing/fake-clock.ts";
import { openTestMetadata } from "../testing/metadata.ts";
import { signedHead } from "../testing/signed-request.ts";
import { createAccount, credentialsDelivered } from "./create-account.ts";
import { deliverCredentials, writeCredentialsFile, writeProfile } from "./credentials-file.ts";
import { createIdentity } from "./identity.ts";

const folder = await mkdtemp(join(tmpdir(), "longshore-credentials-"));
after(() => rm(folder, { recursive: true }));

async function pathIn(name: string): Promise<string> {
  await mkdir(join(folder, name));
  return join(folder, name, "credentials");
}

const account = "000000000000" as AccountId;
const region = "us-east-1" as Region;
const noKeyUses = { note: () => undefined, flush: async () => undefined, [Symbol.asyncDispose]: async () => undefined };
const newSealer = () => createSealer(randomBytes(32));

test("the first start makes a root key that works", async () => {
  await using metadata = await openTestMetadata();
  const deps = { metadata, sealer: newSealer(), clock: fakeClock() };
  const made = await createAccount(deps, account);
  assert.ok(made.created);
  assert.match(made.accessKeyId, /^AKIA[A-Z2-7]{16}$/);
  assert.match(made.secretAccessKey, /^[A-Za-z0-9+/]{40}$/);
  const claim = await createIdentity({ ...deps, skew_s: 300, uses: noKeyUses }).claim(
    signedHead({ ...made, time_ms: deps.clock.now() }),
  );
  claim.verify(Buffer.of());
  assert.equal(claim.principal.userId, account);
});

test("until the credentials are delivered every start shows the same key, and then none does", async () => {
  await using metadata = await openTestMetadata();
  const deps = { metadata, sealer: newSealer(), clock: fakeClock() };
  const first = await createAccount(deps, account);
  assert.deepEqual(await createAccount(deps, account), first);
  await credentialsDelivered(deps, account);
  assert.deepEqual(await createAccount(deps, account), { created: false });
});

test("processes that start at once agree on one key", async () => {
  await using metadata = await openTestMetadata();
  const deps = { metadata, sealer: newSealer(), clock: fakeClock() };
  const made = await Promise.all(Array.from({ length: 8 }, () => createAccount(deps, account)));
  assert.equal(new Set(made.map((it) => JSON.stringify(it))).size, 1);
});

test("another root key is refused with a sentence that says what to do", async () => {
  await using metadata = await openTestMetadata();
  const clock = fakeClock();
  await createAccount({ metadata, sealer: newSealer(), clock }, account);
  await assert.rejects(createAccount({ metadata, sealer: newSealer(), clock }, account), /Put the right key file back/);
});

test("the credentials file is an AWS one that only its owner may read", async () => {
  await using metadata = await openTestMetadata();
  const deps = { metadata, sealer: newSealer(), clock: fakeClock() };
  const path = await pathIn("new");
  const made = await createAccount(deps, account);
  assert.ok(made.created);
  await deliverCredentials(deps, { path, account, credentials: { ...made, region } });
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  assert.equal(
    await readFile(path, "utf8"),
    `[default]\naws_access_key_id = ${made.accessKeyId}\naws_secret_access_key = ${made.secretAccessKey}\nregion = us-east-1\n`,
  );
  assert.deepEqual(await createAccount(deps, account), { created: false });
});

test("writing the same credentials again changes nothing, and other ones are kept beside them", async () => {
  const path = await pathIn("again");
  const old = { accessKeyId: "AKIAOLD", secretAccessKey: "old", region };
  await Promise.all(Array.from({ length: 5 }, () => writeCredentialsFile(path, old)));
  assert.deepEqual(await readdir(join(folder, "again")), ["credentials"]);
  await writeCredentialsFile(path, { ...old, accessKeyId: "AKIANEW" });
  assert.match(await readFile(path, "utf8"), /AKIANEW/);
  assert.match(await readFile(`${path}.previous`, "utf8"), /AKIAOLD/);
});

test("profiles stand beside each other, and one takes the place of another of its name", async () => {
  const path = await pathIn("profiles");
  await writeCredentialsFile(path, { accessKeyId: "AKIADEFAULT", secretAccessKey: "d", region });
  const keys = (name: string) => ({ accessKeyId: `AKIA${name.toUpperCase()}`, secretAccessKey: name, region });
  await Promise.all(["one", "two", "three"].map((name) => writeProfile(path, name, keys(name))));
  await writeProfile(path, "two", keys("again"));
  const text = await readFile(path, "utf8");
  assert.deepEqual(text.match(/^\[\w+\]$/gm)?.sort(), ["[default]", "[one]", "[three]", "[two]"]);
  assert.match(text, /\[two\]\naws_access_key_id = AKIAAGAIN\n/);
  assert.doesNotMatch(text, /AKIATWO/);
  assert.match(await readFile(`${path}.previous`, "utf8"), /AKIATWO/);
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  assert.equal((await stat(`${path}.previous`)).mode & 0o777, 0o600);
  assert.deepEqual((await readdir(join(folder, "profiles"))).sort(), ["credentials", "credentials.previous"]);
});
