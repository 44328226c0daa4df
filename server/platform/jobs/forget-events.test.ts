import assert from "node:assert/strict";
import { test } from "node:test";
import { testRegistry } from "../../testing/call.ts";
import { fakeClock } from "../../testing/fake-clock.ts";
import { openTestMetadata } from "../../testing/metadata.ts";
import { query } from "../metadata/query.ts";
import { eventJobs } from "./forget-events.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const events = query()((db) => db.selectFrom("events").select("detail").orderBy("id"));

test("events are known for 90 days, however many they are", async () => {
  const clock = fakeClock();
  await using metadata = await openTestMetadata(clock);
  const emit = (count: number, detail: object) =>
    metadata.writeGlobal(async (tx) => {
      for (let i = 0; i < count; i++) await tx.emit({ kind: "Test", registry: testRegistry, detail });
    });
  await emit(450, { old: true });
  clock.advance(DAY_MS);
  await emit(1, { old: false });
  clock.advance(90 * DAY_MS);
  for (const { run } of eventJobs({ metadata, clock })) await run({}, new AbortController().signal);
  assert.deepEqual(await metadata.readGlobal((tx) => tx.all(events, {})), [{ detail: '{"old":false}' }]);
});
