import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { withoutMounts } from "../testing/mounts.ts";
import { loadRootKey } from "./root-key.ts";

const folder = await mkdtemp(join(tmpdir(), "longshore-root-key-"));
after(() => rm(folder, { recursive: true }));

const database = { name: "the database in /srv/data", keySource: "the backup" };
const load = (path: string, isBegun = async () => false) => loadRootKey(path, { ...database, isBegun });

test("the first start makes a key of 32 bytes that only its owner may read, and later starts read it", async () => {
  await mkdir(join(folder, "new"));
  const path = join(folder, "new", "root.key");
  const key = await load(path);
  assert.equal(key.length, 32);
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  assert.deepEqual(await load(path), key);
  assert.deepEqual(await readdir(join(folder, "new")), ["root.key"]);
});

test("processes that start at once agree on one key", async () => {
  await mkdir(join(folder, "race"));
  const keys = await Promise.all(Array.from({ length: 20 }, () => load(join(folder, "race", "root.key"))));
  assert.equal(new Set(keys.map((it) => it.toString("hex"))).size, 1);
});

test("a key that others may use is refused with the command that mends it", async () => {
  const path = join(folder, "open.key");
  await load(path);
  await chmod(path, 0o640);
  await assert.rejects(load(path), {
    message: `The root key file ${path} can be used by others (mode 640). Run: chmod 600 '${path}'`,
  });
});

test("a file of another size, and a folder, are refused", async () => {
  const path = join(folder, "short.key");
  await writeFile(path, "short", { mode: 0o600 });
  await assert.rejects(load(path), /has 5 bytes, but a root key has 32/);
  await mkdir(join(folder, "folder"));
  await assert.rejects(load(join(folder, "folder")), /is not a file/);
});

test("a key that is missing beside a database that was begun is not made, and the sentence says where to bring it from", async () => {
  await mkdir(join(folder, "lost"));
  const path = join(folder, "lost", "root.key");
  await assert.rejects(
    load(path, async () => true),
    {
      message:
        `The root key file ${path} is missing, but the database in /srv/data was begun with one, and its secrets cannot be opened ` +
        "without it. Bring the file back from the backup, or say where it is with --root-key-file.",
    },
  );
  assert.deepEqual(await readdir(join(folder, "lost")), []);
});

test("a process that finds the database begun a moment after it missed the key takes the key that was made for it", async () => {
  await mkdir(join(folder, "late"));
  const path = join(folder, "late", "root.key");
  let made: Buffer | undefined;
  const key = await load(path, async () => {
    made = await load(path);
    return true;
  });
  assert.deepEqual(key, made);
});

test("a key that cannot be made where it belongs leads to another data folder, or to another file", {
  skip: withoutMounts(),
}, async () => {
  const fixed = join(folder, "read-only");
  await mkdir(fixed);
  assert.equal(spawnSync("mount", ["-t", "tmpfs", "-o", "ro", "tmpfs", fixed]).status, 0);
  try {
    await assert.rejects(
      load(join(fixed, "root.key")),
      /: the file system of \S+read-only is read-only\. .* --data .* --root-key-file /,
    );
  } finally {
    spawnSync("umount", [fixed]);
  }
});
