import {
  type Compilable,
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type RawBuilder,
  sql,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from "kysely";
import { invalidParameter } from "../../kernel/errors.ts";
import type { Schema } from "./schema.ts";

/** The engines that a query is compiled for. */
export type Dialect = "sqlite" | "postgres";

/** What an engine runs: SQL, and for each placeholder either a constant or the name of a parameter. */
export interface Compiled {
  readonly sql: string;
  readonly slots: readonly (Slot | Constant)[];
}
interface Slot {
  readonly parameter: string;
}
interface Constant {
  readonly constant: unknown;
}

/** A query that is written once, in types, and compiled once for each engine. */
export interface Query<in P, out Row> {
  compiled(dialect: Dialect): Compiled;
  /** Never there; carries the types. */
  readonly types?: (parameters: P) => Row;
}

/** What queries are built with: Kysely's builder over our tables. */
export type Builder = Kysely<Schema>;

const builders: Readonly<Record<Dialect, Builder>> = {
  sqlite: new Kysely<Schema>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  }),
  postgres: new Kysely<Schema>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  }),
};

/** Stands in a query where a parameter's value will be. */
class Placeholder {
  readonly parameter: string;

  constructor(parameter: string) {
    this.parameter = parameter;
  }
}

/**
 * Builds a query. Its parameters' names and types are said first, then how it is made from them:
 *
 *     const repositoryByName = query<{ account: string; name: string }>()((db, p) =>
 *       db.selectFrom("repositories").selectAll().where("account", "=", p.account).where("name", "=", p.name));
 *
 * It is compiled when it is first used, once for each engine, so running it costs what prepared SQL costs. Parameters are
 * placeholders while it is built: pass them on, do not look into them.
 */
export function query<P = Record<never, never>>() {
  return <Row>(build: (db: Builder, p: P, dialect: Dialect) => Compilable<Row>): Query<P, Row> => {
    const cache: Partial<Record<Dialect, Compiled>> = {};
    return {
      compiled(dialect) {
        cache[dialect] ??= compile(build, dialect);
        return cache[dialect];
      },
    };
  };
}

/** Does a column's text begin with a parameter's? For `where`; it finds nothing by an index. */
export function startsWith(column: string, prefix: string): RawBuilder<boolean> {
  return sql<boolean>`substr(${sql.ref(column)}, 1, length(${prefix})) = ${prefix}`;
}

/** A column's number, or a parameter's where that is greater. For `set`. */
export function greaterOf(column: string, number: number): RawBuilder<number> {
  return sql<number>`case when ${sql.ref(column)} > ${number} then ${sql.ref(column)} else ${number} end`;
}

function compile<P, Row>(build: (db: Builder, p: P, dialect: Dialect) => Compilable<Row>, dialect: Dialect): Compiled {
  const placeholders = new Proxy({}, { get: (_target, name) => new Placeholder(String(name)) }) as P;
  const { sql: text, parameters } = build(builders[dialect], placeholders, dialect).compile();
  const slots = parameters.map((it) => (it instanceof Placeholder ? { parameter: it.parameter } : { constant: it }));
  return { sql: text, slots };
}

/** The values of a compiled query's placeholders, in order. Throws InvalidParameterException for a text with the character U+0000. */
export function bind(compiled: Compiled, parameters: object): unknown[] {
  return compiled.slots.map((slot) => {
    if (!("parameter" in slot)) return slot.constant;
    const value = (parameters as Record<string, unknown>)[slot.parameter];
    // PostgreSQL has no such texts, and SQLite is not to have what it has not.
    if (typeof value === "string" && value.includes("\0"))
      throw invalidParameter(slot.parameter, "Member must not contain U+0000");
    return value;
  });
}
