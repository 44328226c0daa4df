import type { RegistryEvent } from "../../kernel/event.ts";
import { timedId } from "../../kernel/timed-id.ts";
import { query } from "./query.ts";
import type { EventRow } from "./space-schema.ts";

export const insertEvent = query<EventRow>()((db, p) =>
  db
    .insertInto("events")
    .values({ id: p.id, account: p.account, region: p.region, kind: p.kind, at_ms: p.at_ms, detail: p.detail }),
);

/** Digits of an event's number in its transaction. */
const NUMBER_LENGTH = 5;

/** Makes rows of one transaction's events: their ids sort by the time of the first one, and then as they were made. */
export function eventRows(): (event: RegistryEvent, now_ms: number) => EventRow {
  let transaction: string | undefined;
  let number = 0;
  return ({ kind, registry, detail }, now_ms) => {
    transaction ??= timedId(now_ms);
    const id = transaction + String(number++).padStart(NUMBER_LENGTH, "0");
    const { account, region } = registry;
    return { id, account, region, kind, at_ms: now_ms, detail: JSON.stringify(detail) };
  };
}
