import type { Clock } from "../kernel/clock.ts";
import { USE_PRECISION_S, USES_GATHERED_MAX } from "../kernel/limits.ts";
import type { Metadata, Writer } from "../platform/metadata/metadata.ts";
import { query } from "../platform/metadata/query.ts";
import { postpone } from "../platform/postponed.ts";
import { createBoundedCache } from "./bounded-cache.ts";

/** An access key, a registry token, or the role behind a session, by its unique id. No two of them have the same one. */
export interface Used {
  readonly kind: "key" | "token" | "role";
  readonly id: string;
  /** The service that was called with it. */
  readonly service: string;
  /** Undefined where what came says nothing of a region. */
  readonly region: string | undefined;
}

/** Remembers when access keys, registry tokens and roles were last used. */
export interface UseRecorder extends AsyncDisposable {
  /** What has just been verified was used. Waits for nothing and writes nothing. */
  note(used: Used): void;
  /** Writes down what has been gathered. It happens by itself every few seconds, and at the end. */
  flush(): Promise<void>;
}

interface Use extends Used {
  readonly used_ms: number;
}

const FLUSH_INTERVAL_MS = 3_000;

const keyExists = query<{ id: string }>()((db, p) =>
  db.selectFrom("access_keys").select("access_key_id").where("access_key_id", "=", p.id),
);

const putKeyUse = query<{ id: string; used_ms: number; service: string; region: string }>()((db, p) =>
  db
    .insertInto("access_key_uses")
    .values({ access_key_id: p.id, used_ms: p.used_ms, service: p.service, region: p.region })
    .onConflict((it) =>
      it
        .column("access_key_id")
        .doUpdateSet((row) => ({
          used_ms: row.ref("excluded.used_ms"),
          service: row.ref("excluded.service"),
          region: row.ref("excluded.region"),
        }))
        .where((row) => row("access_key_uses.used_ms", "<", row.ref("excluded.used_ms"))),
    ),
);

const setTokenUsed = query<{ id: string; used_ms: number }>()((db, p) =>
  db
    .updateTable("registry_tokens")
    .set({ used_ms: p.used_ms })
    .where("id", "=", p.id)
    .where((or) => or.or([or("used_ms", "is", null), or("used_ms", "<", p.used_ms)])),
);

const setRoleUsed = query<{ id: string; used_ms: number; region: string | null }>()((db, p) =>
  db
    .updateTable("iam_entities")
    .set({ last_used_ms: p.used_ms, last_used_region: p.region })
    .where("id", "=", p.id)
    .where((or) => or.or([or("last_used_ms", "is", null), or("last_used_ms", "<", p.used_ms)])),
);

/** Writes down one use. What has been deleted meanwhile leaves nothing behind. */
async function writeUse(tx: Pick<Writer, "run" | "first">, { kind, id, service, region, used_ms }: Use): Promise<void> {
  switch (kind) {
    case "token":
      await tx.run(setTokenUsed, { id, used_ms });
      return;
    case "role":
      await tx.run(setRoleUsed, { id, used_ms, region: region ?? null });
      return;
    case "key":
      if ((await tx.first(keyExists, { id })) !== undefined) {
        await tx.run(putKeyUse, { id, used_ms, service, region: region ?? "" });
      }
  }
}

/**
 * Gathers uses in memory and writes them in batches, that of each thing every USE_PRECISION_S at most. A process that dies at
 * once forgets the last few seconds.
 */
export function recordUses(deps: {
  readonly metadata: Metadata;
  readonly clock: Clock;
  /** Hears why uses could not be written down; the next use of the same is written again. */
  readonly onError: (error: unknown) => void;
}): UseRecorder {
  const { metadata, clock, onError } = deps;
  const noted = createBoundedCache<number>(USES_GATHERED_MAX);
  let gathered = new Map<string, Use>();

  async function writeGathered(): Promise<void> {
    if (gathered.size === 0) return;
    const taken = gathered;
    gathered = new Map();
    // Always in the same order: processes that write the same rows at once then wait for each other, and not in a circle.
    const uses = [...taken.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
    try {
      await metadata.writeGlobal(async (tx) => {
        for (const use of uses) await writeUse(tx, use);
      });
    } catch (error) {
      for (const { id } of uses) noted.delete(id);
      onError(error);
    }
  }

  const writing = postpone(writeGathered, FLUSH_INTERVAL_MS);

  return {
    note({ kind, id, service, region }) {
      const used_ms = clock.now();
      const before_ms = noted.get(id);
      if (before_ms !== undefined && Math.abs(used_ms - before_ms) < USE_PRECISION_S * 1000) return;
      if (gathered.size >= USES_GATHERED_MAX) return;
      noted.set(id, used_ms);
      gathered.set(id, { kind, id, service, region, used_ms });
      writing.soon();
    },
    flush: () => writing.flush(),
    [Symbol.asyncDispose]: () => writing[Symbol.asyncDispose](),
  };
}
