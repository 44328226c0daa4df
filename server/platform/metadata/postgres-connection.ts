import pg from "pg";
import { RegistryError } from "../../kernel/errors.ts";
import { bind, type Query } from "./query.ts";
import type { Statements } from "./transaction.ts";

type AnyQuery = Query<never, unknown>;

/** Types whose values are to be what SQLite gives: every number a number, and a truth a 1. */
const { BOOL, INT8, NUMERIC } = pg.types.builtins;
const types: pg.CustomTypesConfig = {
  getTypeParser(oid, format) {
    if (oid === INT8 || oid === NUMERIC) return Number;
    if (oid === BOOL) return (text: string) => (text === "t" ? 1 : 0);
    return pg.types.getTypeParser(oid, format);
  },
};

/** How long a request waits for a connection: to be made, or to be given back by others. */
const CONNECT_TIMEOUT_MS = 10_000;
/** No statement of a transaction takes nearly as long: the server hangs, or what is in the way does. */
const STATEMENT_TIMEOUT_MS = 60_000;

export interface PoolOptions {
  readonly size: number;
  /** After this a statement fails and its connection is closed. */
  readonly statementTimeout_ms?: number | undefined;
}

/** Connections to a PostgreSQL server, made when needed. Throws a sentence, without the password, for a URL that is none. */
export function createPool(url: string, { size, statementTimeout_ms = STATEMENT_TIMEOUT_MS }: PoolOptions): pg.Pool {
  // Pipelined, so that the first statement travels together with the BEGIN before it.
  const config = {
    connectionString: url,
    max: size,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: statementTimeout_ms,
    pipeline: true,
    keepAlive: true,
    types,
  };
  if (!/^postgres(ql)?:\/\//.test(url)) throw new Error("The metadata URL must begin with postgres:// or postgresql://.");
  try {
    void new pg.Client(config);
  } catch {
    // What is thrown here may quote the URL, and with it the password.
    throw new Error("The metadata URL is not a valid postgres:// URL, or a file that it names cannot be read.");
  }
  const pool = new pg.Pool(config);
  // A connection that breaks while nobody uses it is replaced by the pool.
  pool.on("error", () => undefined);
  pool.on("connect", (client) => {
    // One that breaks while it is used fails what it was asked; the event alone would end the process.
    client.on("error", () => undefined);
    // Every query has an index. Scanning a small table whole would make each serializable transaction conflict with all others.
    client.query("set enable_seqscan = off").catch(() => undefined);
  });
  return pool;
}

/** Takes a connection out of the pool. */
export async function connect(pool: pg.Pool): Promise<pg.PoolClient> {
  return pool.connect().catch((error: unknown) => {
    throw translate(error);
  });
}

const names = new WeakMap<AnyQuery, string>();
let named = 0;

/** Each query is a prepared statement; its name is the same on every connection of this process. */
function nameOf(query: AnyQuery): string {
  let name = names.get(query);
  if (name === undefined) names.set(query, (name = `q${++named}`));
  return name;
}

export function statementsOn(client: pg.PoolClient): Statements {
  const send = async (query: AnyQuery, parameters: unknown): Promise<pg.QueryResult> => {
    const compiled = query.compiled("postgres");
    return execute(client, { name: nameOf(query), text: compiled.sql, values: bind(compiled, parameters as object) });
  };
  return {
    all: async <P, Row>(query: Query<P, Row>, parameters: P) => (await send(query, parameters)).rows as Row[],
    first: async <P, Row>(query: Query<P, Row>, parameters: P) => (await send(query, parameters)).rows[0] as Row | undefined,
    run: async (query, parameters) => (await send(query, parameters)).rowCount ?? 0,
  };
}

/** Runs one statement; its failure comes as a RegistryError where a client can be told of it. */
export async function execute(client: pg.PoolClient, statement: string | pg.QueryConfig): Promise<pg.QueryResult> {
  return client.query(statement).catch((error: unknown) => {
    throw translate(error);
  });
}

/** The same with a time limit of its own. */
export function executeWithin(client: pg.PoolClient, timeout_ms: number, text: string): Promise<pg.QueryResult> {
  // The types do not know what pg takes here. (node-postgres, Client.query)
  const statement: pg.QueryConfig & { readonly query_timeout: number } = { text, query_timeout: timeout_ms };
  return execute(client, statement);
}

const SERIALIZATION_FAILURE = "40001";
const DEADLOCK_DETECTED = "40P01";
const UNIQUE_VIOLATION = "23505";
const DISK_FULL = "53100";
const READ_ONLY = "25006";

/** True when the transaction lost against another one and may win when it is run again. */
export function isConflict(error: unknown): boolean {
  return error instanceof pg.DatabaseError && (error.code === SERIALIZATION_FAILURE || error.code === DEADLOCK_DETECTED);
}

/** True when a row was there already. Another transaction may have put it there a moment ago, which a second run would see. */
export function isDuplicate(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === UNIQUE_VIOLATION;
}

/** True when the server does not serve, so that the connection had better not be used again. */
export function isUnavailable(error: unknown): boolean {
  return error instanceof RegistryError && error.code === "ServiceUnavailableException";
}

function translate(error: unknown): unknown {
  if (!(error instanceof pg.DatabaseError)) return unavailable("cannot be reached", error);
  const code = error.code ?? "";
  if (code === DISK_FULL) {
    const text = "The database cannot be written: its disk is full. Nothing was changed.";
    return new RegistryError("InsufficientStorageException", text, {}, { cause: error });
  }
  if (code === READ_ONLY) return unavailable("cannot be written: it is a standby or was made read-only", error);
  // Classes of SQLSTATE: catalogue, authorization, then connection, resources, operator. (PostgreSQL manual, appendix A)
  if (code.startsWith("3D"))
    return unavailable("does not exist on its server: create it, or correct its name in --metadata", error);
  if (code.startsWith("28")) {
    return unavailable(
      `refuses the user or the password in --metadata: correct them, or let that user in (SQLSTATE ${code})`,
      error,
    );
  }
  if (/^(08|53|57|58)/.test(code)) return unavailable(`does not serve us just now (SQLSTATE ${code})`, error);
  return error;
}

function unavailable(what: string, cause: unknown): RegistryError {
  return new RegistryError("ServiceUnavailableException", `The metadata database ${what}.`, {}, { cause });
}
