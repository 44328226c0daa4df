import type { Call } from "../kernel/call.ts";
import type { Clock } from "../kernel/clock.ts";
import { PULL_TIME_PRECISION_S, PULLS_GATHERED_MAX } from "../kernel/limits.ts";
import type { RegistryId } from "../kernel/names.ts";
import type { Metadata } from "../platform/metadata/metadata.ts";
import { query } from "../platform/metadata/query.ts";
import { postpone } from "../platform/postponed.ts";
import { isAmongPrincipals, withoutSession } from "../repositories/settings/principal-arn.ts";
import { readPullTimeExclusions } from "../repositories/settings/pull-time-exclusions.ts";

/** The manifest that was pulled. */
export interface PulledManifest {
  readonly repository_id: number;
  readonly digest: string;
  /** When it was pulled before, as far as that has been written down. */
  readonly pulled_ms: number | null;
}

/** Remembers when manifests were pulled, for `lastRecordedPullTime`. */
export interface PullRecorder extends AsyncDisposable {
  /** A manifest goes to a client. Waits for nothing and writes nothing. */
  note(call: Call, manifest: PulledManifest): void;
  /** Writes down what has been gathered. It happens by itself every few seconds, and at the end. */
  flush(): Promise<void>;
}

interface Pull {
  readonly registry: RegistryId;
  readonly principalArn: string;
  readonly repository: number;
  readonly digest: string;
  readonly pulled_ms: number;
}

const FLUSH_INTERVAL_MS = 3_000;
/** Pulls in one transaction: small enough that others who write need not wait long. */
const BATCH_ROWS = 200;

const setPulled = query<{ repository: number; digest: string; pulled_ms: number; before_ms: number }>()((db, p) =>
  db
    .updateTable("manifests")
    .set({ pulled_ms: p.pulled_ms })
    .where("repository_id", "=", p.repository)
    .where("digest", "=", p.digest)
    // Not of an image that was deleted and pushed again meanwhile.
    .where("pushed_ms", "<=", p.pulled_ms)
    .where((or) => or.or([or("pulled_ms", "is", null), or("pulled_ms", "<=", p.before_ms)])),
);

/**
 * Gathers pulls in memory and writes them in batches, so that a pull itself writes nothing. A time is written again only
 * when it is a minute old; a process that dies at once forgets the last few seconds.
 * ECR: reads of excluded principals are not recorded, and a time may be a day old. (API reference, ImageDetail)
 */
export function recordPulls(deps: {
  readonly metadata: Metadata;
  readonly clock: Clock;
  /** Hears why pulls could not be written down; they are tried again. */
  readonly onError: (error: unknown) => void;
}): PullRecorder {
  const { metadata, clock, onError } = deps;
  let gathered = new Map<string, Pull>();

  async function writeGathered(): Promise<void> {
    const taken = gathered;
    gathered = new Map();
    // Always in the same order: processes that write the same rows at once then wait for each other, and not in a circle.
    const sorted = [...taken].sort(([a], [b]) => (a < b ? -1 : 1));
    const registries = Map.groupBy(sorted, ([, { registry }]) => `${registry.account}/${registry.region}`);
    for (const entries of registries.values()) {
      for (let at = 0; at < entries.length; at += BATCH_ROWS) {
        const batch = entries.slice(at, at + BATCH_ROWS);
        try {
          await writePulls(
            metadata,
            batch.map(([, pull]) => pull),
          );
        } catch (error) {
          onError(error);
          restore(batch);
        }
      }
    }
  }

  function restore(batch: readonly [string, Pull][]): void {
    for (const [key, pull] of batch) {
      if (gathered.size < PULLS_GATHERED_MAX && !gathered.has(key)) gathered.set(key, pull);
    }
    writing.soon();
  }

  const writing = postpone(writeGathered, FLUSH_INTERVAL_MS);

  return {
    note({ registry, principal }, { repository_id: repository, digest, pulled_ms: recorded_ms }) {
      const pulled_ms = clock.now();
      if (recorded_ms !== null && recorded_ms > pulled_ms - PULL_TIME_PRECISION_S * 1000) return;
      // By principal too: whether it is left out is only asked when this is written, and it must not hide another's pull.
      // Each machine of a fleet is a session of its own, and all of them pull at once.
      const principalArn = withoutSession(principal.arn);
      const key = `${repository} ${digest} ${principalArn}`;
      if (gathered.size >= PULLS_GATHERED_MAX && !gathered.has(key)) return;
      gathered.set(key, { registry, principalArn, repository, digest, pulled_ms });
      writing.soon();
    },
    flush: () => writing.flush(),
    [Symbol.asyncDispose]: () => writing[Symbol.asyncDispose](),
  };
}

/** Writes down pulls of one registry. A repository's id is never used again, so none lands in a repository that was made anew. */
async function writePulls(metadata: Metadata, pulls: readonly Pull[]): Promise<void> {
  const [first] = pulls;
  if (first === undefined) return;
  await metadata.write(first.registry, async (tx) => {
    const exclusions = await readPullTimeExclusions(tx);
    for (const { repository, digest, pulled_ms, principalArn } of pulls) {
      if (isAmongPrincipals(principalArn, exclusions)) continue;
      await tx.run(setPulled, { repository, digest, pulled_ms, before_ms: pulled_ms - PULL_TIME_PRECISION_S * 1000 });
    }
  });
}
