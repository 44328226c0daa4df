import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { type Clock, systemClock } from "../kernel/clock.ts";
import type { Metadata } from "../platform/metadata/metadata.ts";
import { openPostgresMetadata } from "../platform/metadata/postgres-metadata.ts";
import { openSqliteMetadata } from "../platform/metadata/sqlite-metadata.ts";

/** The PostgreSQL server that tests may use, as a postgres:// URL; undefined when they are to use SQLite. */
export const testPostgresUrl: string | undefined = process.env.LONGSHORE_TEST_POSTGRES || undefined;

/** An empty database of its own for a test, gone when it is disposed of. */
export interface TestDatabase extends AsyncDisposable {
  /** A file for SQLite, a URL for PostgreSQL. */
  readonly location: string;
  /** Opens it, as often as one likes: each is like another process. Dispose of those before the database. */
  open(clock?: Clock): Promise<Metadata>;
}

export async function sqliteTestDatabase(): Promise<TestDatabase> {
  const folder = await mkdtemp(join(tmpdir(), "longshore-metadata-"));
  const file = join(folder, "longshore.db");
  return {
    location: file,
    open: (clock = systemClock) => openSqliteMetadata({ file, clock }),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** A schema of its own in the database that `server` names. */
export async function postgresTestDatabase(server: string): Promise<TestDatabase> {
  const schema = `test_${randomUUID().replaceAll("-", "")}`;
  const administer = async (sql: string): Promise<void> => {
    const client = new pg.Client({ connectionString: server });
    await client.connect();
    await client.query(sql);
    await client.end();
  };
  await administer(`create schema ${schema}`);
  const url = new URL(server);
  url.searchParams.set("options", `-csearch_path=${schema}`);
  return {
    location: url.href,
    open: (clock = systemClock) => openPostgresMetadata({ url: url.href, clock }),
    [Symbol.asyncDispose]: () => administer(`drop schema ${schema} cascade`),
  };
}

/** A database of the engine that this run of the tests is for. */
export function openTestDatabase(): Promise<TestDatabase> {
  return testPostgresUrl === undefined ? sqliteTestDatabase() : postgresTestDatabase(testPostgresUrl);
}

/** Empty metadata of its own for a test, of the engine that this run of the tests is for. Gone when it is disposed of. */
export async function openTestMetadata(clock: Clock = systemClock): Promise<Metadata> {
  const database = await openTestDatabase();
  const metadata = await database.open(clock);
  return {
    ...metadata,
    async [Symbol.asyncDispose]() {
      await metadata[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}
