import type { Dialect } from "./query.ts";

/** What the same table is called in each engine's words. */
export interface Words {
  readonly dialect: Dialect;
  readonly text: string;
  readonly int: string;
  readonly bytes: string;
  /** Ends a table that is stored in the order of its rows' arrival. */
  readonly table: string;
  /** Ends a table of small rows that is stored in the order of its primary key. */
  readonly keyed: string;
  /** The time, in milliseconds since the epoch. */
  readonly now_ms: string;
}

/** Text sorts bytewise in both, or pages would start at different places. */
export const WORDS: Readonly<Record<Dialect, Words>> = {
  sqlite: {
    dialect: "sqlite",
    text: "text",
    int: "integer",
    bytes: "blob",
    table: "strict",
    keyed: "strict, without rowid",
    now_ms: "unixepoch() * 1000",
  },
  postgres: {
    dialect: "postgres",
    text: 'text collate "C"',
    int: "bigint",
    bytes: "bytea",
    table: "",
    keyed: "",
    now_ms: "floor(extract(epoch from now()))::bigint * 1000",
  },
};
