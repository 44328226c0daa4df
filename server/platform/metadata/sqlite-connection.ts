import { existsSync, statSync } from "node:fs";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { bind, type Compiled, type Query } from "./query.ts";

type AnyQuery = Query<never, unknown>;

/** One connection to a SQLite file. Everything on it is synchronous. */
export interface SqliteConnection {
  /** True between begin and end. */
  readonly inTransaction: boolean;
  all<P, Row>(query: Query<P, Row>, parameters: P): Row[];
  first<P, Row>(query: Query<P, Row>, parameters: P): Row | undefined;
  /** The number of rows that were touched. */
  run<P>(query: Query<P, unknown>, parameters: P): number;
  /** Begins a transaction that takes its snapshot at its first statement. */
  begin(): void;
  /** Begins a transaction that nobody else can write beside. Throws SQLITE_BUSY while somebody does. */
  beginImmediate(): void;
  commit(): void;
  /** Ends the transaction if there still is one; SQLite itself ends some that fail. */
  rollback(): void;
  /** SQL that is run once. */
  execute(sql: string): void;
  /** The number in the first column of the first row. */
  number(sql: string): number;
  close(): void;
}

interface Prepared {
  readonly statement: StatementSync;
  readonly compiled: Compiled;
  readonly columns: readonly string[];
}

/**
 * `busy_ms` is how long a statement may block this thread while another process holds a lock. Throws an Error with a sentence for a
 * file that is a folder, as `connectReadOnly` does.
 */
export function connectSqlite(file: string, busy_ms: number): SqliteConnection {
  assertNoFolder(file);
  return connectionTo(new DatabaseSync(file, { timeout: busy_ms }));
}

/**
 * A connection that can change nothing. A file that no process has open and that was closed well has no log beside it; it is
 * read as one that nobody changes, for even a reader would make a log, which may then belong to the wrong user.
 */
export function connectReadOnly(file: string, busy_ms: number): SqliteConnection {
  assertNoFolder(file);
  const url = pathToFileURL(file);
  if (!existsSync(`${file}-wal`)) url.searchParams.set("immutable", "1");
  return connectionTo(new DatabaseSync(url, { timeout: busy_ms, readOnly: true }));
}

/** SQLite says of a folder what it says of a disk that fails. */
function assertNoFolder(file: string): void {
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory() !== true) return;
  throw new Error(`${file} is a folder, but it should be the file of the database: move it away, or choose another data folder.`);
}

function connectionTo(database: DatabaseSync): SqliteConnection {
  const statements = new WeakMap<AnyQuery, Prepared>();
  const once = new Map<string, StatementSync>();

  const prepare = (query: AnyQuery): Prepared => {
    let prepared = statements.get(query);
    if (prepared === undefined) {
      const compiled = query.compiled("sqlite");
      const statement = database.prepare(compiled.sql);
      statement.setReturnArrays(true);
      prepared = { compiled, statement, columns: statement.columns().map((it) => it.name) };
      statements.set(query, prepared);
    }
    return prepared;
  };
  const fixed = (sql: string): StatementSync => {
    let statement = once.get(sql);
    if (statement === undefined) once.set(sql, (statement = database.prepare(sql)));
    return statement;
  };

  return {
    get inTransaction() {
      return database.isTransaction;
    },
    all<P, Row>(query: Query<P, Row>, parameters: P) {
      const { statement, compiled, columns } = prepare(query);
      const rows = statement.all(...values(compiled, parameters)) as unknown as (readonly unknown[])[];
      return rows.map((row) => toObject(columns, row) as Row);
    },
    first<P, Row>(query: Query<P, Row>, parameters: P) {
      const { statement, compiled, columns } = prepare(query);
      const row = statement.get(...values(compiled, parameters)) as readonly unknown[] | undefined;
      return row === undefined ? undefined : (toObject(columns, row) as Row);
    },
    run(query, parameters) {
      const { statement, compiled } = prepare(query);
      return Number(statement.run(...values(compiled, parameters)).changes);
    },
    begin: () => void fixed("begin").run(),
    beginImmediate: () => void fixed("begin immediate").run(),
    commit: () => void fixed("commit").run(),
    rollback() {
      if (database.isTransaction) fixed("rollback").run();
    },
    execute: (sql) => database.exec(sql),
    number(sql) {
      const statement = fixed(sql);
      // Asked for with every request, and an array costs less than an object.
      statement.setReturnArrays(true);
      return Number((statement.get() as readonly unknown[] | undefined)?.[0]);
    },
    close: () => database.close(),
  };
}

type SqliteValue = string | number | null | Uint8Array;

function values(compiled: Compiled, parameters: unknown): SqliteValue[] {
  return bind(compiled, parameters as object) as SqliteValue[];
}

/** An object like PostgreSQL's: those of node:sqlite have no prototype, are slow to read, and cost more than their values. */
function toObject(columns: readonly string[], row: readonly unknown[]): object {
  const object: Record<string, unknown> = {};
  for (let at = 0; at < columns.length; at++) object[columns[at] as string] = row[at];
  return object;
}

/** SQLite's primary result code of an error that it threw, or undefined. (https://sqlite.org/rescode.html) */
export function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number") return undefined;
  return error.errcode & 0xff;
}

export const SQLITE_BUSY = 5;
export const SQLITE_IOERR = 10;
export const SQLITE_FULL = 13;
