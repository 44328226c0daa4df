import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Job } from "../kernel/job.ts";
import type { AccountId, RegistryId, Region } from "../kernel/names.ts";
import type { Metadata, Reader, Writer } from "../platform/metadata/metadata.ts";
import { query } from "../platform/metadata/query.ts";
import { fakeClock } from "./fake-clock.ts";
import type { TestDatabase } from "./metadata.ts";

const REGISTRY: RegistryId = { account: "000000000000" as AccountId, region: "us-east-1" as Region };

const insertSetting = query<{ name: string; value: string }>()((db, p) =>
  db.insertInto("settings").values({ name: p.name, value: p.value }),
);
const updateSetting = query<{ name: string; value: string }>()((db, p) =>
  db.updateTable("settings").set({ value: p.value }).where("name", "=", p.name),
);
const settingByName = query<{ name: string }>()((db, p) => db.selectFrom("settings").selectAll().where("name", "=", p.name));
const settings = query()((db) => db.selectFrom("settings").selectAll().orderBy("name"));
const settingsAfter = query<{ after: string; limit: number }>()((db, p) =>
  db.selectFrom("settings").select("name").where("name", ">", p.after).orderBy("name").limit(p.limit),
);
const countSettings = query()((db) => db.selectFrom("settings").select((eb) => [eb.fn.countAll<number>().as("count")]));
const insertKey = query<{ id: string; secret: Uint8Array; created_ms: number }>()((db, p) =>
  db.insertInto("access_keys").values({
    access_key_id: p.id,
    account: "000000000000",
    principal_id: "000000000000",
    secret_sealed: p.secret,
    status: "Active",
    created_ms: p.created_ms,
  }),
);
const keys = query()((db) => db.selectFrom("access_keys").selectAll().orderBy("access_key_id"));
const jobs = query()((db) => db.selectFrom("jobs").selectAll().orderBy("key"));
const events = query()((db) => db.selectFrom("events").selectAll().orderBy("id"));

const set = (tx: Pick<Writer, "run">, name: string, value: string) => tx.run(insertSetting, { name, value });
const get = async (tx: Pick<Reader, "first">, name: string) => (await tx.first(settingByName, { name }))?.value;
const readSetting = (metadata: Metadata, name: string) => metadata.readGlobal((tx) => get(tx, name));

/** Lets everything run that was waiting to. */
const pause = () => new Promise((resolve) => setTimeout(resolve, 20));

/** Raises a number by one, as someone who reads before writing does. */
const increment = (metadata: Metadata) =>
  metadata.writeGlobal(async (tx) => {
    const value = Number(await get(tx, "counter")) + 1;
    await tx.run(updateSetting, { name: "counter", value: String(value) });
    return value;
  });

/** What both engines promise. `openDatabase` makes an empty database. */
export function metadataSuite(
  engine: string,
  openDatabase: () => Promise<TestDatabase>,
  options: { skip?: string | false } = {},
): void {
  const fact = (name: string, run: (metadata: Metadata, database: TestDatabase) => Promise<void>): void => {
    test(name, async () => {
      await using database = await openDatabase();
      await using metadata = await database.open();
      await run(metadata, database);
    });
  };

  describe(`${engine} metadata`, options, () => {
    fact("What a transaction has written is read by the next one, whoever has the database open", async (metadata, database) => {
      await using other = await database.open();
      await metadata.write(REGISTRY, async (tx) => {
        assert.deepEqual(tx.registry, REGISTRY);
        assert.equal(await set(tx, "a", "1"), 1);
        assert.equal(await get(tx, "a"), "1");
      });
      assert.equal(await readSetting(metadata, "a"), "1");
      assert.equal(await readSetting(other, "a"), "1");
      assert.equal(await other.read(REGISTRY, async (tx) => tx.registry.account), REGISTRY.account);
    });

    fact("What is thrown in a transaction is thrown, and nothing was written", async (metadata) => {
      const failure = new Error("no");
      const write = metadata.writeGlobal(async (tx) => {
        await set(tx, "a", "1");
        await tx.enqueue({ kind: "k", key: "k", payload: {} });
        throw failure;
      });
      await assert.rejects(write, (error) => error === failure);
      assert.deepEqual(await metadata.readGlobal((tx) => tx.all(settings, {})), []);
      assert.deepEqual(await metadata.readGlobal((tx) => tx.all(jobs, {})), []);
      await metadata.writeGlobal((tx) => set(tx, "a", "2"));
      assert.equal(await readSetting(metadata, "a"), "2");
    });

    fact("A text with the character U+0000 is refused, whether it is written or looked for", async (metadata) => {
      const refused = { code: "InvalidParameterException" };
      await assert.rejects(
        metadata.writeGlobal((tx) => set(tx, "a", "b\0c")),
        refused,
      );
      await assert.rejects(readSetting(metadata, "\0"), refused);
    });

    fact("A statement that has failed dooms its transaction, though its error was caught", async (metadata) => {
      const write = metadata.writeGlobal(async (tx) => {
        await set(tx, "a", "1");
        await set(tx, "a", "2").catch(() => undefined);
      });
      await assert.rejects(write);
      assert.equal(await readSetting(metadata, "a"), undefined);
    });

    fact("A transaction that is used after its end refuses", async (metadata) => {
      let kept: Pick<Writer, "run"> | undefined;
      await metadata.writeGlobal(async (tx) => {
        kept = tx;
        await set(tx, "a", "1");
      });
      await assert.rejects(async () => set(kept as Pick<Writer, "run">, "b", "2"), /after it had ended/);
      assert.equal(await readSetting(metadata, "b"), undefined);
    });

    fact("Writers that read before they write lose no update, in one process and in two", async (metadata, database) => {
      await using other = await database.open();
      await metadata.writeGlobal((tx) => set(tx, "counter", "0"));
      const values = await Promise.all(Array.from({ length: 12 }, (_, index) => increment(index % 2 === 0 ? metadata : other)));
      assert.deepEqual(
        values.sort((a, b) => a - b),
        Array.from({ length: 12 }, (_, index) => index + 1),
      );
      assert.equal(await readSetting(metadata, "counter"), "12");
    });

    fact("Of two that add the same row if it is not there, one finds the other's", async (metadata, database) => {
      await using other = await database.open();
      const add = (it: Metadata, value: string) =>
        it.writeGlobal(async (tx) => {
          const found = await get(tx, "a");
          if (found === undefined) await set(tx, "a", value);
          return found ?? value;
        });
      const [first, second] = await Promise.all([add(metadata, "1"), add(other, "2")]);
      assert.equal(first, second);
      assert.equal(await readSetting(metadata, "a"), first);
    });

    fact("A read is a snapshot: what is committed during it does not show", async (metadata, database) => {
      await using other = await database.open();
      await metadata.writeGlobal((tx) => set(tx, "a", "1"));
      await metadata.readGlobal(async (tx) => {
        assert.equal(await get(tx, "a"), "1");
        for (const [index, writer] of [metadata, other].entries()) {
          await writer.writeGlobal((writing) => writing.run(updateSetting, { name: "a", value: `changed ${index}` }));
        }
        assert.equal(await get(tx, "a"), "1");
      });
      assert.equal(await readSetting(metadata, "a"), "changed 1");
    });

    fact("What a transaction has written is not read by others before it is committed", async (metadata) => {
      const written = Promise.withResolvers<void>();
      const mayEnd = Promise.withResolvers<void>();
      const write = metadata.writeGlobal(async (tx) => {
        await set(tx, "a", "1");
        written.resolve();
        await mayEnd.promise;
      });
      await written.promise;
      assert.equal(await readSetting(metadata, "a"), undefined);
      mayEnd.resolve();
      await write;
      assert.equal(await readSetting(metadata, "a"), "1");
    });

    fact("Reads that wait between their statements do not share a transaction", async (metadata) => {
      await metadata.writeGlobal((tx) => set(tx, "counter", "0"));
      const readTwice = metadata.readGlobal(async (tx) => {
        const before = await get(tx, "counter");
        await pause();
        return [before, await get(tx, "counter")];
      });
      const late = increment(metadata).then(() => readSetting(metadata, "counter"));
      assert.deepEqual(await readTwice, ["0", "0"]);
      assert.equal(await late, "1");
    });

    fact("Text sorts by its bytes, and a page starts behind the last one's end", async (metadata) => {
      const names = ["b", "B", "a-b", "a.b", "a/b", "a_b", "ab", "ä", "z", "Z", "0", "a", "𝒳", "\uffee"];
      await metadata.writeGlobal(async (tx) => {
        for (const name of names) await set(tx, name, "");
      });
      const sorted = names.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      const rows = await metadata.readGlobal((tx) => tx.all(settings, {}));
      assert.deepEqual(
        rows.map((it) => it.name),
        sorted,
      );
      const page = await metadata.readGlobal((tx) => tx.all(settingsAfter, { after: "a-b", limit: 3 }));
      assert.deepEqual(page, [{ name: "a.b" }, { name: "a/b" }, { name: "a_b" }]);
    });

    fact("Numbers come back as numbers and bytes as bytes, however large", async (metadata) => {
      const secret = new Uint8Array(300_000).map((_, index) => index % 256);
      await metadata.writeGlobal(async (tx) => {
        await tx.run(insertKey, { id: "A", secret, created_ms: Number.MAX_SAFE_INTEGER });
        await tx.run(insertKey, { id: "B", secret: new Uint8Array(0), created_ms: -1 });
        await set(tx, "a", "");
      });
      const [first, second] = await metadata.readGlobal((tx) => tx.all(keys, {}));
      assert.equal(first?.created_ms, Number.MAX_SAFE_INTEGER);
      assert.deepEqual(Buffer.from(first?.secret_sealed ?? []), Buffer.from(secret));
      assert.equal(second?.created_ms, -1);
      assert.equal(second?.secret_sealed.length, 0);
      assert.deepEqual(await metadata.readGlobal((tx) => tx.all(countSettings, {})), [{ count: 1 }]);
    });

    fact("A statement says how many rows it has touched", async (metadata) => {
      await metadata.writeGlobal(async (tx) => {
        assert.equal(await tx.run(updateSetting, { name: "a", value: "1" }), 0);
        await set(tx, "a", "1");
        assert.equal(await tx.run(updateSetting, { name: "a", value: "1" }), 1);
      });
    });

    fact("A write that notes a change of what decides about requests counts once it is committed", async (metadata) => {
      const before = metadata.ruleCommits();
      await metadata.write(REGISTRY, async (tx) => tx.noteRuleChange());
      const noted = metadata.ruleCommits();
      assert.ok(noted > before);
      await metadata.writeGlobal(async () => undefined);
      assert.ok(metadata.ruleCommits() > noted);
    });

    fact("The generation changes when anybody commits a change of what decides, and else never", async (metadata, database) => {
      await using other = await database.open();
      const seen = new Set([metadata.generation()]);
      await readSetting(metadata, "a");
      assert.ok(seen.has(metadata.generation()));
      await metadata.writeGlobal((tx) => set(tx, "a", "1"));
      if (metadata.generation() === undefined) return;
      assert.ok(!seen.has(metadata.generation()));
      seen.add(metadata.generation());
      await other.writeGlobal((tx) => set(tx, "b", "1"));
      assert.ok(!seen.has(metadata.generation()));
      const now = metadata.generation();
      await other.writeGlobal((tx) => tx.enqueue({ kind: "k", key: "k", payload: {} }));
      await metadata.writeGlobal((tx) => tx.enqueue({ kind: "k", key: "l", payload: {} }));
      assert.equal(metadata.generation(), now);
    });

    fact("What is rolled back has never changed the generation, not even while it was written", async (metadata) => {
      const before = metadata.generation();
      const undone = metadata.writeGlobal(async (tx) => {
        await set(tx, "a", "1");
        assert.equal(metadata.generation(), before);
        throw new Error("no");
      });
      await assert.rejects(undone, { message: "no" });
      assert.equal(metadata.generation(), before);
    });

    test("A job waits once for each key; asked for again while it is worked on or parked, it is there again", async () => {
      await using database = await openDatabase();
      const clock = fakeClock();
      await using metadata = await database.open(clock);
      const start = clock.now();
      const enqueue = (payload: number, due?: number) =>
        metadata.writeGlobal((tx) => tx.enqueue({ kind: "k", key: "k", payload, ...(due === undefined ? {} : { due }) }));
      const mark = (change: { lease_owner?: string; parked?: number }) =>
        metadata.writeGlobal((tx) =>
          tx.run(
            query()((db) => db.updateTable("jobs").set(change)),
            {},
          ),
        );
      const job = async () => (await metadata.readGlobal((tx) => tx.all(jobs, {})))[0];
      const fresh = { key: "k", kind: "k", attempts: 0, lease_owner: null, lease_until_ms: null, parked: 0, error: null };

      await enqueue(1);
      await enqueue(2, start + 5);
      assert.deepEqual(await job(), { ...fresh, payload: "1", due_ms: start });
      await mark({ lease_owner: "somebody" });
      await enqueue(3);
      assert.deepEqual(await job(), { ...fresh, payload: "3", due_ms: start + 1, lease_owner: "somebody" });
      await mark({ parked: 1 });
      await enqueue(4, start + 9);
      assert.deepEqual(await job(), { ...fresh, payload: "4", due_ms: start + 9, lease_owner: "somebody" });
    });

    test("A job that waits for later is hastened by one that says so, and by no other", async () => {
      await using database = await openDatabase();
      const clock = fakeClock();
      await using metadata = await database.open(clock);
      const start = clock.now();
      const due = async (job: Omit<Job, "kind" | "key" | "payload">) => {
        await metadata.writeGlobal((tx) => tx.enqueue({ kind: "k", key: "k", payload: null, ...job }));
        return (await metadata.readGlobal((tx) => tx.all(jobs, {})))[0]?.due_ms;
      };
      assert.equal(await due({ due: start + 9, hasten: true }), start + 9);
      assert.equal(await due({ due: start + 5 }), start + 9);
      assert.equal(await due({ due: start + 20, hasten: true }), start + 9);
      assert.equal(await due({ due: start + 5, hasten: true }), start + 5);
      assert.equal(await due({ hasten: true }), start);
    });

    test("Events land with their transaction, in their order, or not at all", async () => {
      await using database = await openDatabase();
      const clock = fakeClock();
      await using metadata = await database.open(clock);
      const emit = (...numbers: number[]) =>
        metadata.writeGlobal(async (tx) => {
          for (const number of numbers) await tx.emit({ kind: "Test", registry: REGISTRY, detail: { number } });
          if (numbers.includes(0)) throw new Error("no");
        });
      await emit(1, 2, 3);
      await assert.rejects(emit(0));
      clock.advance(1);
      await emit(4);
      const found = await metadata.readGlobal((tx) => tx.all(events, {}));
      const row = { ...REGISTRY, kind: "Test" };
      const at_ms = clock.now();
      assert.deepEqual(
        found.map(({ id: _id, ...it }) => it),
        [
          { ...row, at_ms: at_ms - 1, detail: '{"number":1}' },
          { ...row, at_ms: at_ms - 1, detail: '{"number":2}' },
          { ...row, at_ms: at_ms - 1, detail: '{"number":3}' },
          { ...row, at_ms, detail: '{"number":4}' },
        ],
      );
    });

    fact("Listeners hear of a job after it was committed, and of none that was not", async (metadata) => {
      const heard: (string | undefined)[] = [];
      const forget = metadata.onEnqueue(() => heard.push("job"));
      const enqueue = () => metadata.writeGlobal((tx) => tx.enqueue({ kind: "k", key: "k", payload: null }));
      await enqueue();
      await metadata.writeGlobal((tx) => set(tx, "a", "1"));
      const failing = metadata.writeGlobal(async (tx) => {
        await tx.enqueue({ kind: "k", key: "l", payload: null });
        throw new Error("no");
      });
      await assert.rejects(failing);
      forget();
      await enqueue();
      assert.deepEqual(heard, ["job"]);
    });

    fact("A database of a newer version is refused with a sentence", async (metadata, database) => {
      const raise = { compiled: () => ({ sql: "insert into schema_version (version) values (999)", slots: [] }) };
      await metadata.writeGlobal((tx) => tx.run(raise, {}));
      await assert.rejects(database.open(), /schema version 999.*newer Longshore/);
    });

    test("Many open the same new database at once, and all find its tables", async () => {
      await using database = await openDatabase();
      const all = await Promise.all(Array.from({ length: 4 }, () => database.open()));
      for (const one of all) assert.equal(await readSetting(one, "a"), undefined);
      for (const one of all) await one[Symbol.asyncDispose]();
    });

    fact("The check passes while the database is open, and fails when it is not", async (_metadata, database) => {
      const other = await database.open();
      await other.check();
      await other[Symbol.asyncDispose]();
      await assert.rejects(other.check());
      await assert.rejects(other.writeGlobal((tx) => set(tx, "a", "1")));
    });
  });
}
