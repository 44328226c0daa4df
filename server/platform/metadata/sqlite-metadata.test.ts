import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { sqliteTestDatabase } from "../../testing/metadata.ts";
import { metadataSuite } from "../../testing/metadata-suite.ts";
import { query } from "./query.ts";
import { openSqliteMetadata, openSqliteReader } from "./sqlite-metadata.ts";

metadataSuite("SQLite", sqliteTestDatabase);

const insertSetting = query<{ name: string; value: string }>()((db, p) =>
  db.insertInto("settings").values({ name: p.name, value: p.value }),
);
const names = query()((db) => db.selectFrom("settings").select("name").orderBy("name"));

/** A process that writes rows and says each one's name when its write has been answered, until it is killed. */
const WRITER = `
  const { openSqliteMetadata } = await import(${JSON.stringify(new URL("sqlite-metadata.ts", import.meta.url).href)});
  const { query } = await import(${JSON.stringify(new URL("query.ts", import.meta.url).href)});
  const insert = query()((db, p) => db.insertInto("settings").values({ name: p.name, value: "" }));
  const metadata = await openSqliteMetadata({ file: process.argv[1] });
  for (let i = 0; ; i++) {
    const name = process.pid + "." + i;
    await metadata.writeGlobal((tx) => tx.run(insert, { name }));
    process.stdout.write(name + "\\n");
  }
`;

describe("SQLite metadata for one who only reads", () => {
  const filesOf = async (file: string) =>
    Promise.all((await readdir(dirname(file))).toSorted().map(async (name) => [name, await readFile(join(dirname(file), name))]));

  test("A file that nobody has open is read, and left as it is to the last byte, with nothing beside it", async () => {
    await using database = await sqliteTestDatabase();
    const metadata = await database.open();
    await metadata.writeGlobal((tx) => tx.run(insertSetting, { name: "a", value: "1" }));
    await metadata[Symbol.asyncDispose]();
    const before = await filesOf(database.location);
    const reader = await openSqliteReader({ file: database.location });
    assert.deepEqual(await reader.readGlobal((tx) => tx.all(names, {})), [{ name: "a" }]);
    await assert.rejects(
      reader.readGlobal((tx) => tx.all(insertSetting, { name: "b", value: "" })),
      /readonly/,
    );
    await reader[Symbol.asyncDispose]();
    assert.deepEqual(await filesOf(database.location), before);
  });

  test("Beside a process that writes, each read sees what has been written", async () => {
    await using database = await sqliteTestDatabase();
    await using metadata = await database.open();
    await using reader = await openSqliteReader({ file: database.location });
    for (const name of ["a", "b"]) {
      await metadata.writeGlobal((tx) => tx.run(insertSetting, { name, value: "" }));
      assert.deepEqual((await reader.readGlobal((tx) => tx.all(names, {}))).at(-1), { name });
    }
    await assert.rejects(
      reader.readGlobal((tx) => tx.all(insertSetting, { name: "c", value: "" })),
      /readonly/,
    );
  });

  test("A file that is not there is not made, and one of another version is not touched", async () => {
    await using database = await sqliteTestDatabase();
    await assert.rejects(openSqliteReader({ file: database.location }));
    assert.deepEqual(await filesOf(database.location), []);
    const metadata = await database.open();
    const raise = { compiled: () => ({ sql: "insert into schema_version (version) values (999)", slots: [] }) };
    await metadata.writeGlobal((tx) => tx.run(raise, {}));
    await metadata[Symbol.asyncDispose]();
    await assert.rejects(openSqliteReader({ file: database.location }), /schema version 999/);
  });
});

describe("SQLite metadata on its disk", () => {
  test("What was answered is there after kill -9 of several writing processes", async () => {
    await using database = await sqliteTestDatabase();
    const answered: string[] = [];
    for (let round = 0; round < 3; round++) {
      const lives = Array.from({ length: 2 }, async () => {
        const child = spawn(process.execPath, ["--input-type=module", "-e", WRITER, database.location], {
          stdio: ["ignore", "pipe", "inherit"],
        });
        let text = "";
        for await (const chunk of child.stdout.setEncoding("utf8")) {
          text += chunk;
          if (text.split("\n").length > 20) child.kill("SIGKILL");
        }
        answered.push(...text.split("\n").slice(0, -1));
      });
      await Promise.all(lives);
    }
    assert.ok(answered.length >= 120);
    await using metadata = await database.open();
    const found = new Set((await metadata.readGlobal((tx) => tx.all(names, {}))).map((it) => it.name));
    assert.deepEqual(
      answered.filter((name) => !found.has(name)),
      [],
    );
  });

  test("The log does not grow without end, and is gone when the last process closes", async () => {
    await using database = await sqliteTestDatabase();
    const metadata = await database.open();
    const value = "x".repeat(100_000);
    for (let i = 0; i < 400; i++) await metadata.writeGlobal((tx) => tx.run(insertSetting, { name: String(i), value }));
    const { size } = await stat(`${database.location}-wal`);
    assert.ok(size < 10_000_000, `the log has ${size} bytes`);
    await metadata[Symbol.asyncDispose]();
    await assert.rejects(stat(`${database.location}-wal`), { code: "ENOENT" });
  });

  test("The files are for their owner only", async () => {
    await using database = await sqliteTestDatabase();
    await using _metadata = await database.open();
    for (const suffix of ["", "-wal", "-shm"]) {
      const { mode } = await stat(database.location + suffix);
      assert.equal(mode & 0o777, 0o600);
    }
  });

  test("A full disk refuses writes with a sentence, keeps answering reads, and takes writes again when there is room", async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "longshore-full-"));
    const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", folder]).status === 0;
    try {
      if (!mounted) return t.skip("a tmpfs cannot be mounted here");
      await using metadata = await openSqliteMetadata({ file: join(folder, "longshore.db") });
      const write = (name: string, value: string) => metadata.writeGlobal((tx) => tx.run(insertSetting, { name, value }));
      await write("first", "");
      const ballast = join(folder, "ballast");
      await writeFile(ballast, new Uint8Array(500_000));
      await assert.rejects(write("large", "x".repeat(900_000)), { code: "InsufficientStorageException", message: /full/ });
      assert.deepEqual(await metadata.readGlobal((tx) => tx.all(names, {})), [{ name: "first" }]);
      await rm(ballast);
      await write("small", "");
      assert.deepEqual(await metadata.readGlobal((tx) => tx.all(names, {})), [{ name: "first" }, { name: "small" }]);
    } finally {
      if (mounted) spawnSync("umount", [folder]);
      await rm(folder, { recursive: true, force: true });
    }
  });
});
