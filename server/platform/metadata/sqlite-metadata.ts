import { open } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Clock, systemClock } from "../../kernel/clock.ts";
import { RegistryError } from "../../kernel/errors.ts";
import { hasRoomFor, onlyReserveLeft } from "../disk-reserve.ts";
import { flushFolder } from "../flush-folder.ts";
import { createListeners } from "./listeners.ts";
import type { Metadata, MetadataReader, Reader, Writer } from "./metadata.ts";
import { migrate, requireCurrent } from "./migrations.ts";
import type { Query } from "./query.ts";
import { shareFlush } from "./shared-flush.ts";
import {
  connectReadOnly,
  connectSqlite,
  SQLITE_BUSY,
  SQLITE_FULL,
  SQLITE_IOERR,
  type SqliteConnection,
  sqliteCode,
} from "./sqlite-connection.ts";
import { countRuleChanges, createRuleChanges } from "./sqlite-rules.ts";
import { createTransaction } from "./transaction.ts";
import { createTurns } from "./turns.ts";

export interface SqliteOptions {
  /** Made, with mode 0600, when it is not there. Its folder must exist. */
  readonly file: string;
  readonly clock?: Clock;
}

/** How long a read may block this thread; only the recovery after another process's crash makes one wait. */
const READ_BUSY_MS = 5_000;
/** How long a write waits, without blocking the thread, for the writers of other processes. */
const WRITE_BUSY_MS = 15_000;
/** How long opening may wait while another process makes the same file. */
const OPEN_BUSY_MS = 10_000;
const READ_CACHE_KIB = 16 * 1024;
const WRITE_CACHE_KIB = 8 * 1024;
/** A log that once grew longer than this is cut when it starts over. */
const WAL_SIZE_BYTES_MAX = 64 * 1024 * 1024;

/**
 * Metadata in one SQLite file, which any number of processes on this machine may have open.
 *
 * There is one connection to write and one to read, and each does one transaction at a time; a third one only watches. Statements are synchronous, so a
 * transaction is over within the microtasks of whoever began it, unless it waits for something else, which it must not.
 *
 * Nothing that is waited for blocks the thread: neither another process's write lock (asked for again after a pause), nor the
 * disk. SQLite itself flushes nothing at a commit (synchronous=NORMAL); `write` then waits for an fdatasync of the log, which
 * all writers of that moment share. docs/decisions/0001-sqlite-durability.md says why that is enough.
 */
export async function openSqliteMetadata({ file, clock = systemClock }: SqliteOptions): Promise<Metadata> {
  await createFile(file);
  const writer = await openWriter(file);
  const reader = connectSqlite(file, READ_BUSY_MS);
  reader.execute(`pragma query_only = on; pragma cache_size = -${READ_CACHE_KIB}`);
  reader.number("select count(*) from schema_version");
  const watcher = connectSqlite(file, READ_BUSY_MS);
  watcher.execute("pragma query_only = on");
  const log = await open(`${file}-wal`, "r+");
  await flushFolder(dirname(file));

  const flush = shareFlush(() => log.datasync());
  const listeners = createListeners();
  const reads = createReads(reader);
  const writes = createWrites({ writer, clock, flush, onEnqueued: () => listeners.call() });
  return {
    read: (registry, fn) => reads.run({ registry, ...reads.statements }, fn),
    readGlobal: (fn) => reads.run(reads.statements, fn),
    write: (registry, fn) => writes.run({ registry }, fn),
    writeGlobal: (fn) => writes.run({}, fn),
    generation: createRuleChanges(watcher),
    ruleCommits: () => writes.commits(),
    onEnqueue: (listener) => listeners.add(listener),
    requireSpace(size_bytes) {
      // Twice: in the log, and in the file that it is written back to.
      if (!hasRoomFor(file, 2 * size_bytes)) throw onlyReserveLeft();
    },
    async check() {
      writes.check();
      await reads.run({}, async () => reader.number("select version from schema_version limit 1"));
    },
    async [Symbol.asyncDispose]() {
      await writes.turns.take();
      await reads.turns.take();
      // Writers that have committed still wait for the log; their flush comes before its end.
      await flush().catch(() => undefined);
      reader.close();
      watcher.close();
      checkpoint(writer);
      writer.close();
      await log.close();
      // Whoever comes now is told that the database is closed.
      writes.turns.give();
      reads.turns.give();
    },
  };
}

/** Whether there is an account in a file, of any version, that is there. Changes nothing. Throws when it is no database. */
export function hasSqliteAccount({ file }: Pick<SqliteOptions, "file">): boolean {
  const reader = connectReadOnly(file, READ_BUSY_MS);
  try {
    const isMigrated = reader.number("select count(*) from sqlite_schema where name = 'accounts'") > 0;
    return isMigrated && reader.number("select count(*) from accounts") > 0;
  } finally {
    reader.close();
  }
}

/** The same file for one who only reads, whether others have it open or not. Throws when it is not there, or of another version. */
export async function openSqliteReader({ file }: Pick<SqliteOptions, "file">): Promise<MetadataReader> {
  const reader = connectReadOnly(file, READ_BUSY_MS);
  try {
    requireCurrent(reader.number("select max(version) from schema_version"));
  } catch (error) {
    reader.close();
    throw error;
  }
  const reads = createReads(reader);
  return {
    read: (registry, fn) => reads.run({ registry, ...reads.statements }, fn),
    readGlobal: (fn) => reads.run(reads.statements, fn),
    [Symbol.asyncDispose]: async () => reader.close(),
  };
}

/** Read transactions, one at a time. */
function createReads(reader: SqliteConnection) {
  const turns = createTurns();
  const all: Reader["all"] = async (query, parameters) => reader.all(query, parameters);
  const first: Reader["first"] = async (query, parameters) => reader.first(query, parameters);

  async function run<Tx, T>(tx: Tx, fn: (tx: Tx) => Promise<T>): Promise<T> {
    const turn = turns.take();
    if (turn !== undefined) await turn;
    try {
      reader.begin();
      return await fn(tx);
    } finally {
      reader.rollback();
      turns.give();
    }
  }
  return { run, turns, statements: { all, first } };
}

interface Writes {
  readonly writer: SqliteConnection;
  readonly clock: Clock;
  /** Resolves when all that has been committed is on the disk. */
  readonly flush: () => Promise<void>;
  readonly onEnqueued: () => void;
}

/** Write transactions, one at a time; each resolves when it is on the disk. */
function createWrites({ writer, clock, flush, onEnqueued }: Writes) {
  const turns = createTurns();
  let broken: unknown;
  let commits = 0;
  const statements = {
    all: async <P, Row>(query: Query<P, Row>, parameters: P) => writer.all(query, parameters),
    first: async <P, Row>(query: Query<P, Row>, parameters: P) => writer.first(query, parameters),
    run: async <P>(query: Query<P, unknown>, parameters: P) => writer.run(query, parameters),
  };

  const check = (): void => {
    if (broken !== undefined) throw unflushed(broken);
  };

  async function run<Tx extends object, T>(scope: Tx, fn: (tx: Tx & Omit<Writer, "registry">) => Promise<T>): Promise<T> {
    const turn = turns.take();
    if (turn !== undefined) await turn;
    const transaction = createTransaction(statements, clock);
    let result: T;
    try {
      check();
      await beginImmediate(writer);
      result = await fn({ ...scope, ...transaction.tx });
      transaction.verify();
      writer.commit();
      commits++;
    } catch (error) {
      writer.rollback();
      throw isOutOfSpace(error) ? outOfSpace(error) : error;
    } finally {
      transaction.end();
      turns.give();
    }
    await flush().catch((error: unknown) => {
      // The kernel forgets what it failed to write, so a later flush that succeeds would prove nothing.
      broken = error;
      throw unflushed(error);
    });
    if (transaction.hasEnqueued()) onEnqueued();
    return result;
  }
  return { run, turns, check, commits: () => commits };
}

/** Makes the file before SQLite does, to give it its mode; SQLite gives its companions the same one. */
async function createFile(file: string): Promise<void> {
  try {
    // Never opened when it exists: closing any descriptor of it would drop the locks that SQLite holds in this process.
    const handle = await open(file, "wx", 0o600);
    await handle.close();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

/** Opens the connection that writes; makes or migrates the tables. Waits while another process does the same. */
async function openWriter(file: string): Promise<SqliteConnection> {
  return retryBusy(OPEN_BUSY_MS, async () => {
    const connection = connectSqlite(file, 0);
    try {
      connection.execute(`
        pragma journal_mode = wal;
        pragma synchronous = normal;
        pragma journal_size_limit = ${WAL_SIZE_BYTES_MAX};
        pragma cache_size = -${WRITE_CACHE_KIB};
      `);
      connection.beginImmediate();
      await migrate({
        dialect: "sqlite",
        execute: async (sql) => connection.execute(sql),
        number: async (sql) => connection.number(sql),
      });
      countRuleChanges(connection);
      connection.commit();
      return connection;
    } catch (error) {
      connection.close();
      throw error;
    }
  });
}

async function beginImmediate(connection: SqliteConnection): Promise<void> {
  try {
    // At once, without a promise more, when no other process is writing.
    connection.beginImmediate();
  } catch (error) {
    if (sqliteCode(error) !== SQLITE_BUSY) throw error;
    await retryBusy(WRITE_BUSY_MS, async () => connection.beginImmediate());
  }
}

/** Tries again for as long as another process is in the way. Pauses at random, or two processes would meet again and again. */
async function retryBusy<T>(limit_ms: number, attempt: () => Promise<T>): Promise<T> {
  const end_ms = performance.now() + limit_ms;
  for (let pause_ms = 1; ; pause_ms = Math.min(2 * pause_ms, 20)) {
    try {
      return await attempt();
    } catch (error) {
      if (sqliteCode(error) !== SQLITE_BUSY) throw error;
      if (performance.now() > end_ms) {
        const text = "The database is being written by another process, which has not ended in time.";
        throw new RegistryError("ServiceUnavailableException", text, {}, { cause: error });
      }
    }
    await sleep(Math.random() * pause_ms);
  }
}

/** Moves the log into the file and empties it, if no other process is in the way. Only tidies: nothing depends on it. */
function checkpoint(connection: SqliteConnection): void {
  try {
    connection.execute("pragma wal_checkpoint(truncate)");
  } catch {
    // The log stays, whole, for whoever opens the file next.
  }
}

function isOutOfSpace(error: unknown): boolean {
  const code = sqliteCode(error);
  return code === SQLITE_FULL || code === SQLITE_IOERR;
}

function outOfSpace(cause: unknown): RegistryError {
  const text = "The database cannot be written: its disk is full or failing. Nothing was changed.";
  return new RegistryError("InsufficientStorageException", text, {}, { cause });
}

function unflushed(cause: unknown): RegistryError {
  const text = "The database's disk has failed to keep what was written. Look at the disk, then start the server again.";
  return new RegistryError("InsufficientStorageException", text, {}, { cause });
}
