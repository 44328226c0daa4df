import { type RawBuilder, sql } from "kysely";
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
