import { setTimeout as sleep } from "node:timers/promises";
import type { Pool, PoolClient } from "pg";
import { type Clock, systemClock } from "../../kernel/clock.ts";
import { RegistryError } from "../../kernel/errors.ts";
import { createListeners } from "./listeners.ts";
import type { Metadata, MetadataReader, Writer } from "./metadata.ts";
import { migrate, requireCurrent } from "./migrations.ts";
import {
  connect,
  createPool,
  execute,
  executeWithin,
  isConflict,
  isDuplicate,
  isUnavailable,
  statementsOn,
} from "./postgres-connection.ts";
import { createTransaction, type Transaction } from "./transaction.ts";

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database` */
  readonly url: string;
  /** Connections that this process holds at most. */
  readonly poolSize?: number;
  /** How long a statement may take; then its transaction fails as unavailable. */
  readonly statementTimeout_ms?: number;
  readonly clock?: Clock;
}

const POOL_SIZE_DEFAULT = 10;
const POOL_SIZE_READER = 2;
/** How often a transaction is run before the client is asked to come again. */
const ATTEMPTS_MAX = 20;
/** A row that was in the way in so many runs is no race but a fault of the transaction. */
const DUPLICATE_ATTEMPTS_MAX = 5;
const PAUSE_MS_MAX = 100;
/** Any number that no other program locks in this database. */
const MIGRATION_LOCK = 5_213_374_401;
/** A migration takes as long as it takes, and the others wait for it: an index over everything is a matter of minutes. */
const MIGRATION_TIMEOUT_MS = 24 * 60 * 60 * 1000;
/** Whoever asks whether we are ready does not wait long for the answer. */
const CHECK_TIMEOUT_MS = 5_000;

const BEGIN_READ = "begin isolation level repeatable read read only";
const BEGIN_WRITE = "begin isolation level serializable";

/**
 * Metadata in a PostgreSQL database, for any number of processes on any machines. Writes are serializable, so one that
 * depended on what another has changed in the meantime is run again.
 */
export async function openPostgresMetadata({
  url,
  poolSize = POOL_SIZE_DEFAULT,
  statementTimeout_ms,
  clock = systemClock,
}: PostgresOptions): Promise<Metadata> {
  const pool = createPool(url, { size: poolSize, statementTimeout_ms });
  const listeners = createListeners();
  try {
    await migratePostgres(pool);
  } catch (error) {
    await pool.end();
    throw error;
  }
  const read = reads(pool, clock);
  let ruleCommits = 0;
  const write = writes(pool, clock, (transaction) => {
    if (transaction.hasChangedRules()) ruleCommits++;
    if (transaction.hasEnqueued()) listeners.call();
  });
  return {
    read: (registry, fn) => read({ registry }, fn),
    readGlobal: (fn) => read({}, fn),
    write: (registry, fn) => write({ registry }, fn),
    async writeGlobal(fn) {
      const result = await write({}, fn);
      ruleCommits++;
      return result;
    },
    generation: () => undefined,
    ruleCommits: () => ruleCommits,
    onEnqueue: (listener) => listeners.add(listener),
    requireSpace: () => undefined,
    async check() {
      const client = await connect(pool);
      const timeout_ms = Math.min(CHECK_TIMEOUT_MS, statementTimeout_ms ?? CHECK_TIMEOUT_MS);
      await executeWithin(client, timeout_ms, "select version from schema_version limit 1").then(
        () => client.release(),
        (error: unknown) => {
          client.release(true);
          throw error;
        },
      );
    },
    [Symbol.asyncDispose]: () => pool.end(),
  };
}

/** Whether there is an account in a database of any version. Changes nothing. */
export async function hasPostgresAccount({ url }: Pick<PostgresOptions, "url">): Promise<boolean> {
  const pool = createPool(url, { size: 1 });
  try {
    const client = await connect(pool);
    try {
      const { rows } = await execute(client, "select to_regclass('accounts') is not null as migrated");
      if (rows[0]?.migrated !== 1) return false;
      return (await execute(client, "select 1 from accounts limit 1")).rows.length > 0;
    } finally {
      client.release();
    }
  } finally {
    await pool.end();
  }
}

/** The same database for one who only reads. Throws when it is of another version. */
export async function openPostgresReader({ url, clock = systemClock }: PostgresOptions): Promise<MetadataReader> {
  const pool = createPool(url, { size: POOL_SIZE_READER });
  try {
    const client = await connect(pool);
    const { rows } = await execute(client, "select max(version) as version from schema_version").finally(() => client.release());
    requireCurrent(Number(rows[0]?.version));
  } catch (error) {
    await pool.end();
    throw error;
  }
  const read = reads(pool, clock);
  return {
    read: (registry, fn) => read({ registry }, fn),
    readGlobal: (fn) => read({}, fn),
    [Symbol.asyncDispose]: () => pool.end(),
  };
}

/** Read-only transactions, each one snapshot. */
function reads(pool: Pool, clock: Clock) {
  return async function read<Tx extends object, T>(scope: Tx, fn: (tx: Tx & Omit<Writer, "registry">) => Promise<T>): Promise<T> {
    const client = await connect(pool);
    const transaction = createTransaction(statementsOn(client), clock);
    // Not waited for: it travels with the first statement, and what happened to it is looked at before anything is answered.
    const begun = execute(client, BEGIN_READ);
    begun.catch(() => undefined);
    let broken = false;
    try {
      const result = await fn({ ...scope, ...transaction.tx });
      await begun;
      return result;
    } catch (error) {
      broken = isUnavailable(error);
      throw error;
    } finally {
      transaction.end();
      // Nor is its end: whoever gets the connection next is served after it.
      client.query("commit").catch(() => undefined);
      client.release(broken);
    }
  };
}

/** Serializable transactions, run again while they are in conflict. */
function writes(pool: Pool, clock: Clock, onCommit: (transaction: Transaction) => void) {
  async function attempt<Tx extends object, T>(scope: Tx, fn: (tx: Tx & Omit<Writer, "registry">) => Promise<T>): Promise<T> {
    const client = await connect(pool);
    const transaction = createTransaction(statementsOn(client), clock);
    let result: T;
    try {
      await execute(client, BEGIN_WRITE);
      result = await fn({ ...scope, ...transaction.tx });
      transaction.verify();
      transaction.end();
      await execute(client, "commit");
    } catch (error) {
      transaction.end();
      // A connection that cannot even roll back is closed, which rolls back.
      await client.query("rollback").then(
        () => client.release(),
        () => client.release(true),
      );
      throw error;
    }
    client.release();
    onCommit(transaction);
    return result;
  }

  return async function write<Tx extends object, T>(
    scope: Tx,
    fn: (tx: Tx & Omit<Writer, "registry">) => Promise<T>,
  ): Promise<T> {
    let duplicates = 0;
    for (let count = 1; ; count++) {
      try {
        return await attempt(scope, fn);
      } catch (error) {
        const again = isConflict(error) || (isDuplicate(error) && ++duplicates < DUPLICATE_ATTEMPTS_MAX);
        if (!again) throw error;
        if (count === ATTEMPTS_MAX) {
          const text = "Too many requests change the same things at the same time. Try again.";
          throw new RegistryError("ServiceUnavailableException", text, {}, { cause: error });
        }
      }
      await sleep(Math.random() * Math.min(2 ** count, PAUSE_MS_MAX));
    }
  };
}

/** One process at a time; the others find it done. */
async function migratePostgres(pool: Pool): Promise<void> {
  const client: PoolClient = await connect(pool);
  const run = (sql: string) => executeWithin(client, MIGRATION_TIMEOUT_MS, sql);
  try {
    await run("begin");
    await run(`select pg_advisory_xact_lock(${MIGRATION_LOCK})`);
    await migrate({
      dialect: "postgres",
      execute: async (sql) => void (await run(sql)),
      number: async (sql) => Number(Object.values((await run(sql)).rows[0] ?? {})[0]),
    });
    await run("commit");
  } catch (error) {
    client.release(true);
    throw error;
  }
  client.release();
}
