import type { Digest } from "../../kernel/names.ts";
import { DamagedBlob, type OpenBlob } from "../../platform/blobs/blobs.ts";
import type { LayerDeps } from "../deps.ts";
import { checkBlob, type Condition } from "./check-blob.ts";

/** Blobs that this process looks at because a reader ran into them: one look at a time, however many run. */
const looking = new Set<Digest>();

/**
 * A layer's bytes to read from, or undefined when they are not there or do not have this size: then its layers are marked, and
 * clients push it again. What shows only later, when bytes cannot be read, is looked into as soon as it does.
 */
export async function openSound(deps: LayerDeps, digest: Digest, size: number): Promise<OpenBlob | undefined> {
  const blob = await openWhole(deps, digest, size);
  if (blob === undefined) {
    await look(deps, digest, size);
    return undefined;
  }
  return {
    size,
    async sendTo(sink, range, signal) {
      try {
        await blob.sendTo(sink, range, signal);
      } catch (error) {
        if (error instanceof DamagedBlob) void look(deps, digest, size);
        throw error;
      }
    },
    [Symbol.asyncDispose]: () => blob[Symbol.asyncDispose](),
  };
}

/** Whether the bytes of a marked layer are back and sound, as after a disk was gone for a while: then its mark goes. */
export async function isSoundAgain(deps: LayerDeps, digest: Digest, size: number): Promise<boolean> {
  return (await deps.blobs.size(digest)) === size && (await look(deps, digest, size)) === "sound";
}

async function openWhole({ blobs }: LayerDeps, digest: Digest, size: number): Promise<OpenBlob | undefined> {
  try {
    const blob = await blobs.open(digest);
    if (blob?.size === size) return blob;
    await blob?.[Symbol.asyncDispose]();
  } catch (error) {
    if (!(error instanceof DamagedBlob)) throw error;
  }
  return undefined;
}

async function look(deps: LayerDeps, digest: Digest, size: number): Promise<Condition | undefined> {
  if (looking.has(digest)) return undefined;
  looking.add(digest);
  try {
    return await checkBlob(deps, digest, { size, signal: new AbortController().signal });
  } catch {
    // The reader has been refused in any case, and the next one looks again.
    return undefined;
  } finally {
    looking.delete(digest);
  }
}
