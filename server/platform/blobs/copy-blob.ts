import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import { algorithmOf, type Digest } from "../../kernel/names.ts";
import { type Blobs, type BlobSink, DamagedBlob, type OpenBlob } from "./blobs.ts";

/** Bytes that are on their way from one store to the other at the same time. */
const BUFFERED_BYTES = 1024 * 1024;

/** From where to where. */
export interface Copying {
  readonly from: Blobs;
  readonly to: Blobs;
  readonly signal: AbortSignal;
}

/**
 * Makes sure that a blob of one store is in another as well, hashing it on the way. What the other one has already is read, and set
 * aside where it is damaged: whoever asks may be about to delete the first. `absent`: it is in neither. `damaged`: what the first
 * one has are other bytes or cannot be read, and the second has got none of them.
 */
export async function copyBlob(digest: Digest, { from, to, signal }: Copying): Promise<"there" | "absent" | "damaged"> {
  const found = await to.verify(digest, { signal });
  if (found.state === "sound") return "there";
  if (found.state === "damaged" && !(await to.setAside(digest, found.version))) {
    throw new Error(`The blob ${digest} changed while it was looked at. It is looked at again the next time.`);
  }
  try {
    await using blob = await from.open(digest);
    if (blob === undefined) return "absent";
    return (await copyBytes(digest, blob, { to, signal })) ? "there" : "damaged";
  } catch (error) {
    if (isDamage(error)) return "damaged";
    throw error;
  }
}

async function copyBytes(digest: Digest, blob: OpenBlob, { to, signal }: Omit<Copying, "from">): Promise<boolean> {
  const stage = randomUUID();
  const ended = new AbortController();
  try {
    const options = { algorithm: algorithmOf(digest), limit_bytes: blob.size, signal };
    const staged = await to.append(stage, 0, bodyOf(blob, AbortSignal.any([signal, ended.signal])), options);
    if (staged.digest !== digest) return false;
    await to.commit(stage, staged.size, digest);
    return true;
  } finally {
    // Whoever was to take the bytes may have stopped before the last one.
    ended.abort();
    await to.discard(stage);
  }
}

/** What reads a body may say of its error that it is the cause of another one. */
function isDamage(error: unknown): boolean {
  return error instanceof DamagedBlob || (error instanceof Error && error.cause !== undefined && isDamage(error.cause));
}

/** A blob as a body. Its bytes are copied, because the blob wants its buffers back. */
function bodyOf(blob: OpenBlob, signal: AbortSignal): Readable {
  if (blob.size === 0) return Readable.from([]);
  let taken: (() => void) | undefined;
  const body = new Readable({
    highWaterMark: BUFFERED_BYTES,
    read() {
      const done = taken;
      taken = undefined;
      done?.();
    },
  });
  // Whoever reads hears of it; when nobody does any more, something else has failed before.
  body.on("error", () => undefined);
  const sink: BlobSink = {
    write(bytes, done) {
      const more = body.push(Uint8Array.from(bytes));
      if (more) done();
      else taken = done;
      return more;
    },
  };
  const sent = blob.sendTo(sink, { first: 0, last: blob.size - 1 }, signal);
  sent.then(
    () => body.push(null),
    (error: unknown) => body.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  return body;
}
