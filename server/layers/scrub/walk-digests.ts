import { setImmediate as nextTurn } from "node:timers/promises";
import type { Digest } from "../../kernel/names.ts";
import type { Blobs } from "../../platform/blobs/blobs.ts";
import type { Metadata } from "../../platform/metadata/metadata.ts";
import { query } from "../../platform/metadata/query.ts";

/** Digests that are read in one transaction. */
const PAGE_ROWS = 200;

/** The next digest that any repository has a layer of: one step in an index, however many have it. */
const nextDigest = query<{ after: string }>()((db, p) =>
  db.selectFrom("layers").select("digest").where("digest", ">", p.after).orderBy("digest").limit(1),
);

/** What is walked over: nothing of it is changed. */
export interface WalkDeps {
  readonly metadata: Pick<Metadata, "readGlobal">;
  readonly blobs: Pick<Blobs, "list">;
}

/** What there is of a digest. Without a size the store has not listed it, and it may have come since. */
export interface Walked {
  readonly digest: Digest;
  readonly size?: number | undefined;
  /** Whether a repository had a layer of it. */
  readonly isNamed: boolean;
}

/** Every digest that the store has bytes of or a repository a layer, in order, from behind `after` on. */
export async function* walkDigests({ metadata, blobs }: WalkDeps, after: string): AsyncGenerator<Walked> {
  const stored = blobs.list(after === "" ? undefined : (after as Digest))[Symbol.asyncIterator]();
  const named = namedDigests(metadata, after);
  try {
    let [blob, name] = [await stored.next(), await named.next()];
    while (blob.done !== true || name.done !== true) {
      if (name.done === true || (blob.done !== true && blob.value.digest <= name.value)) {
        if (blob.done === true) return;
        const isNamed = name.done !== true && blob.value.digest === name.value;
        if (isNamed) name = await named.next();
        yield { digest: blob.value.digest, size: blob.value.size, isNamed };
        blob = await stored.next();
      } else {
        yield { digest: name.value, isNamed: true };
        name = await named.next();
      }
    }
  } finally {
    await stored.return?.();
    await named.return(undefined);
  }
}

async function* namedDigests(metadata: WalkDeps["metadata"], after: string): AsyncGenerator<Digest, undefined> {
  for (let last = after; ; ) {
    const page = await metadata.readGlobal(async (tx) => {
      const digests: Digest[] = [];
      for (let at = last; digests.length < PAGE_ROWS; ) {
        const row = await tx.first(nextDigest, { after: at });
        if (row === undefined) break;
        at = row.digest;
        digests.push(row.digest as Digest);
      }
      return digests;
    });
    yield* page;
    // Where everything is in memory, nothing else is waited for.
    await nextTurn();
    if (page.length < PAGE_ROWS) return undefined;
    last = page.at(-1) ?? last;
  }
}
