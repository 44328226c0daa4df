import { type AliasedRawBuilder, type RawBuilder, sql } from "kysely";
import type { Dialect } from "./query.ts";

/**
 * A list of texts as one parameter: `.where("digest", "in", inList(dialect, p.digests))`, where the parameter's value is
 * `JSON.stringify(texts)`. So one compiled query serves a list of any length.
 */
export function inList(dialect: Dialect, json: string): RawBuilder<string> {
  return dialect === "sqlite"
    ? sql<string>`(select value from json_each(${json}))`
    : sql<string>`(select json_array_elements_text(${json}::json))`;
}

/** The same as a table `listed` with the one column `value`: `.selectFrom(listedTable(dialect, p.digests))`. */
export function listedTable(dialect: Dialect, json: string): AliasedRawBuilder<{ value: string }, "listed"> {
  return dialect === "sqlite"
    ? sql<{ value: string }>`json_each(${json})`.as("listed")
    : // Texts of columns are compared bytewise, and so are these to be.
      sql<{ value: string }>`(select it collate "C" as value from json_array_elements_text(${json}::json) as it)`.as("listed");
}
