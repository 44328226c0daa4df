import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { postgresTestDatabase, testPostgresUrl } from "../../testing/metadata.ts";
import { metadataSuite } from "../../testing/metadata-suite.ts";
import type { Metadata } from "./metadata.ts";
import { openPostgresMetadata, openPostgresReader } from "./postgres-metadata.ts";
import { query } from "./query.ts";

const skip = testPostgresUrl === undefined && "LONGSHORE_TEST_POSTGRES names no PostgreSQL server (a postgres:// URL)";
const openDatabase = () => postgresTestDatabase(testPostgresUrl ?? "");

metadataSuite("PostgreSQL", openDatabase, { skip });

const insertSetting = query<{ name: string; value: string }>()((db, p) =>
  db.insertInto("settings").values({ name: p.name, value: p.value }),
);
const updateSetting = query<{ name: string; value: string }>()((db, p) =>
  db.updateTable("settings").set({ value: p.value }).where("name", "=", p.name),
);
const settingByName = query<{ name: string }>()((db, p) => db.selectFrom("settings").selectAll().where("name", "=", p.name));

/** Ends the connections of this test's schema, as a server does that goes down. */
const hangUp = {
  compiled: () => ({
    sql: `select pg_terminate_backend(a.pid) from pg_stat_activity a join pg_locks l on l.pid = a.pid
          where l.relation = 'schema_version'::regclass and a.pid <> pg_backend_pid()`,
    slots: [],
  }),
};
/** As long as its transaction lasts, nobody else gets an answer about these. */
const lockTables = { compiled: () => ({ sql: "lock table schema_version, settings in access exclusive mode", slots: [] }) };
const lockVersion = { compiled: () => ({ sql: "select version from schema_version", slots: [] }) };

describe("PostgreSQL metadata and its server", () => {
  test("A server that is not there, and a URL that is none, are said in a sentence without the password", async () => {
    const check = (error: Error): boolean => {
      assert.doesNotMatch(`${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`, /hunter2/);
      return true;
    };
    const open = (url: string): Promise<Metadata> => openPostgresMetadata({ url });
    await assert.rejects(open("postgres://me:hunter2@127.0.0.1:1/none"), (error: Error) => {
      assert.match(error.message, /cannot be reached/);
      assert.equal((error as { code?: unknown }).code, "ServiceUnavailableException");
      return check(error);
    });
    await assert.rejects(open("mysql://me:hunter2@127.0.0.1/none"), check);
    await assert.rejects(open("postgres://me:hunter2@127.0.0.1:port/none"), check);
    await assert.rejects(open("postgres://me:hunter2@127.0.0.1/none?sslrootcert=/nowhere"), check);
  });

  test("A database that is not there, and a user that is refused, are said, and what to do, without the password", {
    skip,
  }, async () => {
    const refused = async (change: Partial<Pick<URL, "pathname" | "username" | "password">>, message: RegExp) => {
      const { href: url } = Object.assign(new URL(testPostgresUrl ?? ""), change);
      await assert.rejects(openPostgresMetadata({ url }), (error: Error) => {
        assert.match(error.message, message);
        assert.doesNotMatch(`${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`, /hunter2/);
        return true;
      });
    };
    await refused({ pathname: "/longshore_none" }, /^The metadata database does not exist on its server: create it, or/);
    await refused(
      { username: "longshore_none", password: "hunter2" },
      /^The .* refuses the user or the password in --metadata: .* \(SQLSTATE 28/,
    );
  });

  test("A transaction whose connection breaks fails as unavailable, and the next one has a new connection", {
    skip,
  }, async () => {
    await using database = await openDatabase();
    await using metadata = await database.open();
    await using other = await database.open();
    const broken = { code: "ServiceUnavailableException" };
    const write = metadata.writeGlobal(async (tx) => {
      await tx.run(insertSetting, { name: "a", value: "1" });
      await tx.all(lockVersion, {});
      await other.readGlobal((reading) => reading.all(hangUp, {}));
      await tx.run(insertSetting, { name: "b", value: "1" });
    });
    await assert.rejects(write, broken);
    const read = metadata.readGlobal(async (tx) => {
      await tx.all(lockVersion, {});
      await other.readGlobal((reading) => reading.all(hangUp, {}));
      await tx.first(settingByName, { name: "a" });
    });
    await assert.rejects(read, broken);
    assert.equal(await metadata.readGlobal((tx) => tx.first(settingByName, { name: "a" })), undefined);
  });

  test("A statement that gets no answer fails as unavailable, and so does the check; both work again when the server does", {
    skip,
  }, async () => {
    await using database = await openDatabase();
    await using other = await database.open();
    await using metadata = await openPostgresMetadata({ url: database.location, statementTimeout_ms: 200 });
    const unavailable = { code: "ServiceUnavailableException", message: "The metadata database cannot be reached." };
    const settings = () => metadata.readGlobal((tx) => tx.first(settingByName, { name: "a" }));
    await other.writeGlobal(async (tx) => {
      await tx.run(lockTables, {});
      await assert.rejects(settings(), unavailable);
      await assert.rejects(
        metadata.writeGlobal((writing) => writing.run(insertSetting, { name: "a", value: "1" })),
        unavailable,
      );
      await assert.rejects(metadata.check(), unavailable);
    });
    await metadata.check();
    assert.equal(await settings(), undefined, "what was given up has not happened");
  });

  test("A transaction that loses again and again gives up and asks the client to come again", { skip }, async () => {
    await using database = await openDatabase();
    await using metadata = await database.open();
    await metadata.writeGlobal((tx) => tx.run(insertSetting, { name: "a", value: "0" }));
    let runs = 0;
    const write = metadata.writeGlobal(async (tx) => {
      runs++;
      await tx.first(settingByName, { name: "a" });
      await metadata.writeGlobal((faster) => faster.run(updateSetting, { name: "a", value: String(runs) }));
      await tx.run(updateSetting, { name: "a", value: "lost" });
    });
    await assert.rejects(write, { code: "ServiceUnavailableException", message: /Try again/ });
    assert.deepEqual(await metadata.readGlobal((tx) => tx.first(settingByName, { name: "a" })), {
      name: "a",
      value: String(runs),
    });
  });

  test("A row that somebody else puts in the way is a lost race, however many were lost before", { skip }, async () => {
    await using database = await openDatabase();
    await using metadata = await database.open();
    await metadata.writeGlobal((tx) => tx.run(insertSetting, { name: "a", value: "0" }));
    let runs = 0;
    await metadata.writeGlobal(async (tx) => {
      runs++;
      await tx.first(settingByName, { name: "a" });
      if (runs <= 4) {
        const faster = runs === 4 ? insertSetting : updateSetting;
        await metadata.writeGlobal((it) => it.run(faster, { name: runs === 4 ? "b" : "a", value: "faster" }));
      }
      await tx.run(updateSetting, { name: "a", value: "done" });
      await tx.run(runs <= 4 ? insertSetting : updateSetting, { name: "b", value: "done" });
    });
    assert.equal(runs, 5);
  });

  test("One who only reads can write nothing, and needs a database of this version", { skip }, async () => {
    await using database = await openDatabase();
    await assert.rejects(openPostgresReader({ url: database.location }));
    await using metadata = await database.open();
    await metadata.writeGlobal((tx) => tx.run(insertSetting, { name: "a", value: "0" }));
    await using reader = await openPostgresReader({ url: database.location });
    assert.equal((await reader.readGlobal((tx) => tx.first(settingByName, { name: "a" })))?.value, "0");
    await assert.rejects(
      reader.readGlobal((tx) => tx.all(insertSetting, { name: "b", value: "" })),
      /read-only/,
    );
    const raise = { compiled: () => ({ sql: "insert into schema_version (version) values (999)", slots: [] }) };
    await metadata.writeGlobal((tx) => tx.run(raise, {}));
    await assert.rejects(openPostgresReader({ url: database.location }), /schema version 999/);
  });
});
