import type { Clock } from "../kernel/clock.ts";
import { KEY_USE_PRECISION_S, KEY_USES_GATHERED_MAX } from "../kernel/limits.ts";
import type { Metadata } from "../platform/metadata/metadata.ts";
import { query } from "../platform/metadata/query.ts";
import { postpone } from "../platform/postponed.ts";
import { createBoundedCache } from "./bounded-cache.ts";

/** Remembers when access keys were last used, for GetAccessKeyLastUsed. */
export interface KeyUseRecorder extends AsyncDisposable {
  /** A request that this key has signed was verified. Waits for nothing and writes nothing. */
  note(use: { readonly accessKeyId: string; readonly service: string; readonly region: string }): void;
  /** Writes down what has been gathered. It happens by itself every few seconds, and at the end. */
  flush(): Promise<void>;
}

interface KeyUse {
  readonly accessKeyId: string;
  readonly service: string;
  readonly region: string;
  readonly used_ms: number;
}

const FLUSH_INTERVAL_MS = 3_000;

const keyExists = query<{ accessKeyId: string }>()((db, p) =>
  db.selectFrom("access_keys").select("access_key_id").where("access_key_id", "=", p.accessKeyId),
);

const putUse = query<KeyUse>()((db, p) =>
  db
    .insertInto("access_key_uses")
    .values({ access_key_id: p.accessKeyId, used_ms: p.used_ms, service: p.service, region: p.region })
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

/**
 * Gathers uses in memory and writes them in batches, each key's every KEY_USE_PRECISION_S at most. A process that dies at
 * once forgets the last few seconds.
 */
export function recordKeyUses(deps: {
  readonly metadata: Metadata;
  readonly clock: Clock;
  /** Hears why uses could not be written down; the next use of the key is written again. */
  readonly onError: (error: unknown) => void;
}): KeyUseRecorder {
  const { metadata, clock, onError } = deps;
  const noted = createBoundedCache<number>(KEY_USES_GATHERED_MAX);
  let gathered = new Map<string, KeyUse>();

  async function writeGathered(): Promise<void> {
    if (gathered.size === 0) return;
    const taken = gathered;
    gathered = new Map();
    // Always in the same order: processes that write the same rows at once then wait for each other, and not in a circle.
    const uses = [...taken.values()].sort((a, b) => (a.accessKeyId < b.accessKeyId ? -1 : 1));
    try {
      await metadata.writeGlobal(async (tx) => {
        // A key that has been deleted meanwhile leaves nothing behind.
        for (const use of uses) if ((await tx.first(keyExists, use)) !== undefined) await tx.run(putUse, use);
      });
    } catch (error) {
      for (const { accessKeyId } of uses) noted.delete(accessKeyId);
      onError(error);
    }
  }

  const writing = postpone(writeGathered, FLUSH_INTERVAL_MS);

  return {
    note({ accessKeyId, service, region }) {
      const used_ms = clock.now();
      const before_ms = noted.get(accessKeyId);
      if (before_ms !== undefined && Math.abs(used_ms - before_ms) < KEY_USE_PRECISION_S * 1000) return;
      if (gathered.size >= KEY_USES_GATHERED_MAX) return;
      noted.set(accessKeyId, used_ms);
      gathered.set(accessKeyId, { accessKeyId, service, region, used_ms });
      writing.soon();
    },
    flush: () => writing.flush(),
    [Symbol.asyncDispose]: () => writing[Symbol.asyncDispose](),
  };
}
