import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { loadRootKey } from "./root-key.ts";

const folder = await mkdtemp(join(tmpdir(), "longshore-root-key-"));
after(() => rm(folder, { recursive: true }));

test("the first start makes a key of 32 bytes that only its owner may read, and later starts read it", async () => {
  const path = join(folder, "new", "root.key");
  const key = await loadRootKey(path);
  assert.equal(key.length, 32);
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  assert.deepEqual(await loadRootKey(path), key);
  assert.deepEqual(await readdir(join(folder, "new")), ["root.key"]);
});

test("processes that start at once agree on one key", async () => {
  const keys = await Promise.all(Array.from({ length: 20 }, () => loadRootKey(join(folder, "race", "root.key"))));
  assert.equal(new Set(keys.map((it) => it.toString("hex"))).size, 1);
});

test("a key that others may use is refused with the command that mends it", async () => {
  const path = join(folder, "open.key");
  await loadRootKey(path);
  await chmod(path, 0o640);
  await assert.rejects(loadRootKey(path), {
    message: `The root key file ${path} can be used by others (mode 640). Run: chmod 600 '${path}'`,
  });
});

test("a file of another size, and a folder, are refused", async () => {
  const path = join(folder, "short.key");
  await writeFile(path, "short", { mode: 0o600 });
  await assert.rejects(loadRootKey(path), /has 5 bytes, but a root key has 32/);
  await mkdir(join(folder, "folder"));
  await assert.rejects(loadRootKey(join(folder, "folder")), /is not a file/);
});
