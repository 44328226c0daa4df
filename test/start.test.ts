import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, copyFile, mkdir, mkdtemp, readdir, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type Ended, flagsOf, type Installation, install, MAIN, openMetadata, ROOT, tryLongshore } from "./installation.ts";
import { type RunningLongshore, startLongshore } from "./longshore.ts";
import { withoutRoot } from "./programs.ts";

const folder = await mkdtemp(join(tmpdir(), "longshore-start-"));
after(() => rm(folder, { recursive: true }));
/** Who owns nothing here. */
const NOBODY = 65_534;

/** Without the warning about the variables that steer tests. */
const QUIET = ["--log-level", "error"];

/** A start that is expected to fail, with both numbers of workers: what it says is one sentence, and the same. */
async function refusedStart(data: string, ...flags: string[]): Promise<Ended> {
  const start = (workers: string) =>
    tryLongshore({ data, metadata: undefined }, ["serve", "--port", "0", "--workers", workers, ...QUIET, ...flags]);
  const [alone, several] = [await start("1"), await start("2")];
  assert.deepEqual(several, alone);
  assert.match(alone.output, /^longshore: [^\n]+\n$/);
  return alone;
}

test("a data folder that is a file is named with its setting, by a start and by commands", async () => {
  const file = join(folder, "file");
  await writeFile(file, "kept");
  const sentence = (where: string) => `longshore: --data (LONGSHORE_DATA): ${where} is a file and not a folder; name a folder.\n`;
  assert.deepEqual(await refusedStart(file), { code: 2, output: sentence(file) });
  const within = join(file, "a", "b");
  assert.deepEqual(await refusedStart(within), { code: 2, output: sentence(`${within} lies in ${file}, which`) });
  const listed = await tryLongshore({ data: file, metadata: undefined }, ["account", "list"]);
  assert.deepEqual(listed, { code: 2, output: sentence(file) });
});

test("a data folder that is a link to nowhere is named with where it leads, and so is one within it", async () => {
  const [link, target] = [join(folder, "link"), join(folder, "unmounted")];
  await symlink(target, link);
  const sentence = `is a link to ${target}, which is not there; make that folder, or name another.\n`;
  const of = (where: string) => ({ code: 2, output: `longshore: --data (LONGSHORE_DATA): ${where} ${sentence}` });
  assert.deepEqual(await refusedStart(link), of(link));
  assert.deepEqual(await refusedStart(join(link, "a")), of(`${join(link, "a")} lies in ${link}, which`));
  assert.equal(existsSync(target), false);
});

test("a folder in the place of the database, or of the first credentials, is named", async () => {
  const [first, second] = [join(folder, "first"), join(folder, "second")];
  await mkdir(join(first, "longshore.db"), { recursive: true });
  const ofDatabase = await refusedStart(first);
  assert.match(
    ofDatabase.output,
    /^longshore: \S+longshore\.db is a folder, but it should be the file of the database: move it away/,
  );
  const listed = await tryLongshore({ data: first, metadata: undefined }, ["account", "list"]);
  assert.deepEqual(listed, ofDatabase);
  const credentials = join(second, "credentials");
  await mkdir(credentials, { recursive: true });
  const { output } = await refusedStart(second);
  assert.equal(output, `longshore: A folder is in the way where a file should be: move ${credentials} away.\n`);
});

test("a folder for the root key that is not there is not made, and nor is anything else", async () => {
  const data = join(folder, "without-key");
  const key = join(folder, "nowhere", "k");
  const { code, output } = await refusedStart(data, "--root-key-file", key);
  assert.equal(code, 2);
  assert.match(output, /^longshore: --root-key-file \(LONGSHORE_ROOT_KEY_FILE\): the folder \S+nowhere is not there; make it/);
  assert.deepEqual([existsSync(join(folder, "nowhere")), existsSync(data)], [false, false]);
});

test("the layers of a registry whose database is gone are nobody's to begin over, for they would be garbage", async () => {
  const data = join(folder, "orphaned");
  const shard = join(data, "blobs", "sha256", "ab");
  await mkdir(shard, { recursive: true });
  await writeFile(join(shard, `ab${"0".repeat(62)}`), "a layer");
  const { code, output } = await refusedStart(data);
  assert.equal(code, 2);
  assert.match(
    output,
    /The data folder \S+orphaned holds layers, but the database in \S+orphaned is empty or not there: .*--metadata/,
  );
  assert.deepEqual(await readdir(data), ["blobs"], "nothing was made");
  // As it was, but for its database.
  await writeFile(join(data, "root.key"), Buffer.alloc(32, 1), { mode: 0o600 });
  await writeFile(join(data, "longshore.db"), "", { mode: 0o600 });
  for (const command of [["gc"], ["account", "list"]]) {
    const refused = await tryLongshore({ data, metadata: undefined }, command);
    assert.deepEqual(refused, { code, output });
  }
  assert.deepEqual(await readdir(shard), [`ab${"0".repeat(62)}`]);
});

test("an address that cannot be had is told before anything is made", async () => {
  const data = join(folder, "unheard");
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as { port: number };
  const busy = await refusedStart(data, "--port", String(port));
  other.close();
  assert.equal(
    busy.output,
    `longshore: Port ${port} of 127.0.0.1 is already in use: stop what listens there, or choose another with --port.\n`,
  );
  // An address of documentation, which no machine has. (RFC 5737)
  const foreign = await refusedStart(data, "--address", "192.0.2.1");
  assert.equal(foreign.output, "longshore: 192.0.2.1 is not an address of this machine; choose another with --address.\n");
  const garbled = await refusedStart(data, "--tls-certificate", join(folder, "none"), "--tls-key", join(folder, "none"));
  assert.match(garbled.output, /^longshore: --tls-certificate: the file \S+ cannot be read/);
  assert.equal(existsSync(data), false);
});

describe("a registry that was begun", () => {
  let installation: Installation;
  let key: string;
  before(async () => {
    installation = await install();
    key = join(installation.data, "root.key");
    await (await startLongshore(installation)).stop();
  });
  after(() => installation[Symbol.asyncDispose]());

  test("does not start without its root key, makes no other one, and starts when it is back", async () => {
    const kept = join(folder, "kept.key");
    await rename(key, kept);
    const missing =
      /^longshore: The root key file \S+root\.key is missing, but the database .* Bring the file back from the backup/;
    for (const args of [["serve", "--port", "0", "--workers", "1", ...QUIET], ["fsck"], ["account", "list"], ["usage"]]) {
      const { code, output } = await tryLongshore(installation, args);
      assert.match(output, missing, args.join(" "));
      assert.notEqual(code, 0);
      assert.equal(existsSync(key), false);
    }
    await (await startLongshore(installation, { flags: ["--root-key-file", kept] })).stop();
    await rename(kept, key);
    await (await startLongshore(installation)).stop();
  });

  test("is joined by another node with its own data folder and a copy of the key, and not without", async (t) => {
    if (installation.metadata === undefined) return t.skip("needs PostgreSQL (LONGSHORE_TEST_POSTGRES)");
    const node = { ...installation, data: join(folder, "node") };
    const { output } = await tryLongshore(node, ["serve", "--port", "0", "--workers", "1"]);
    assert.match(output, /the database that --metadata names was begun with one.*from another node of this registry/);
    assert.deepEqual(await readdir(node.data), []);
    await copyFile(key, join(node.data, "root.key"));
    // The credentials are with the first node.
    await copyFile(join(installation.data, "credentials"), join(node.data, "credentials"));
    await (await startLongshore(node)).stop();
  });

  test("tells another user that it may not be read", { skip: withoutRoot() }, async (t) => {
    const asNobody = (...args: string[]): Promise<string> =>
      new Promise((resolve) => {
        const settings = { uid: NOBODY, gid: NOBODY, cwd: "/" };
        const all = [MAIN, ...args, ...flagsOf(installation)];
        execFile(process.execPath, all, settings, (_error, stdout, stderr) => resolve(stdout + stderr));
      });
    if (!/^\d/.test(await asNobody("--version"))) return t.skip("another user may not run this working copy");
    const sentence = `longshore: This user may not look into the folder ${installation.data}: do this as the user that the server runs as.\n`;
    for (const args of [["fsck"], ["account", "list"], ["gc", "--status"], ["usage"]]) {
      assert.equal(await asNobody(...args), sentence, args.join(" "));
    }
    assert.match(await asNobody("env"), /^longshore: This user may not read \S+credentials: do this as the user/);
    await chmod(installation.data, 0o755);
    const output = await asNobody("fsck");
    await chmod(installation.data, 0o700);
    if (installation.metadata === undefined) assert.match(output, /^longshore: longshore\.db .* this user may not read it: /);
  });

  test("was begun key first: whatever a crash of the first start leaves, the next one goes on from it", async () => {
    await using fresh = await install();
    const made = join(fresh.data, "root.key");
    await copyFile(key, made);
    const before = await stat(made);
    // The tables are there, and no account.
    await (await openMetadata(fresh))[Symbol.asyncDispose]();
    await (await startLongshore(fresh)).stop();
    assert.equal((await stat(made)).ino, before.ino);
  });

  test("was not begun as long as no account is in its database: a lost key is made again", async () => {
    await using fresh = await install();
    await (await openMetadata(fresh))[Symbol.asyncDispose]();
    await (await startLongshore(fresh)).stop();
    assert.equal((await stat(join(fresh.data, "root.key"))).size, 32);
  });
});

test("variables that are no settings are told once, on standard error, and commands stay clean", async () => {
  await using installation = await install();
  process.env["LONGSHORE_NO_SETTING"] = "1";
  let server: RunningLongshore | undefined;
  try {
    server = await startLongshore(installation, { workers: 2 });
    const told = server
      .log()
      .split("\n")
      .filter((it) => it.includes("LONGSHORE_NO_SETTING"));
    assert.equal(told.length, 1);
    assert.match(told[0] ?? "", /^longshore: In the environment, .* ignored; longshore --help lists the settings\.$/);
    const { output } = await tryLongshore(installation, ["env"]);
    assert.doesNotMatch(output, /NO_SETTING/);
  } finally {
    delete process.env["LONGSHORE_NO_SETTING"];
    await server?.stop();
  }
});

test("what is not installed says how, also where npm was told to ignore scripts", async () => {
  const bare = join(folder, "bare");
  await mkdir(join(bare, "bin"), { recursive: true });
  await mkdir(join(bare, "scripts"));
  const files = [join("bin", "longshore.mjs"), join("scripts", "install.mjs"), "package-lock.json"];
  for (const file of files) await copyFile(join(ROOT, file), join(bare, file));
  const said = (env: Record<string, string>, script = "bin/longshore.mjs", ...args: string[]): Promise<string> =>
    new Promise((resolve) => {
      const settings = { env: { ...process.env, npm_config_ignore_scripts: "", ...env } };
      execFile(process.execPath, [join(bare, script), ...args], settings, (_error, _stdout, stderr) => resolve(stderr));
    });
  assert.match(await said({}), /^longshore: Longshore is not installed yet: run npm start \(or npm ci\) in \S+bare\/ first\.\n$/);
  assert.match(
    await said({ npm_config_ignore_scripts: "true" }),
    /npm was told to ignore scripts\. Run npm start --ignore-scripts=false in \S+bare\/ once\.\n$/,
  );
  const ofTests = (env: Record<string, string>) => said(env, "scripts/install.mjs", "check");
  assert.match(
    await ofTests({}),
    /^longshore: what tests need is not installed: run npm test \(or npm ci\) in \S+bare\/ first\.\n$/,
  );
  assert.match(
    await ofTests({ npm_config_ignore_scripts: "true" }),
    /^longshore: what tests need .* ignore scripts\. Run npm test --ignore-scripts=false in \S+bare\/ once\.\n$/,
  );
});
