import { createHash } from "node:crypto";
import { open, truncate } from "node:fs/promises";
import type { Readable } from "node:stream";
import type { Digest } from "../../kernel/names.ts";
import type { AppendOptions, Staged } from "./blobs.ts";
import { readBody } from "./body.ts";
import { SMALL_BLOB_BYTES_MAX } from "./byte-cache.ts";
import { storageError } from "./disk-errors.ts";
import type { DiskReserve } from "../disk-reserve.ts";
import type { HashThreads } from "./hash-threads.ts";
import { releaseOf } from "./release-chunk.ts";

/** Where stages are written, and by whom. */
export interface AppendDeps {
  readonly threads: HashThreads;
  readonly reserve: DiskReserve;
}

/** Appends to a stage's file. When this throws, the file is as it was up to `offset`. */
export async function appendToFile(
  deps: AppendDeps,
  path: string,
  offset: number,
  body: Readable,
  options: AppendOptions,
): Promise<Staged> {
  const isSmall = offset === 0 && options.expected_bytes !== undefined && options.expected_bytes <= SMALL_BLOB_BYTES_MAX;
  await deps.reserve.check(options.expected_bytes);
  return isSmall ? writeSmall(deps, path, body, options) : appendInThread(deps, path, offset, body, options);
}

/** A small body is not worth the way to a thread. */
async function writeSmall({ threads }: AppendDeps, path: string, body: Readable, options: AppendOptions): Promise<Staged> {
  const gathered: Uint8Array[] = [];
  await readBody(body, options, (chunks) => {
    gathered.push(...chunks);
    return undefined;
  });
  const bytes = Buffer.concat(gathered);
  threads.forget(path);
  try {
    await using file = await open(path, "w", 0o600);
    await file.writeFile(bytes);
  } catch (error) {
    await truncate(path).catch(() => undefined);
    throw storageError(error);
  }
  const hex = createHash(options.algorithm).update(bytes).digest("hex");
  return { size: bytes.length, digest: `${options.algorithm}:${hex}` as Digest };
}

async function appendInThread(
  { threads }: AppendDeps,
  path: string,
  offset: number,
  body: Readable,
  options: AppendOptions,
): Promise<Staged> {
  const append = await threads.append({ path, offset, algorithm: options.algorithm, release: releaseOf(body) });
  try {
    await readBody(body, options, append.take, append.takeChunk);
  } catch (error) {
    await append.undo();
    throw error;
  }
  return await append.keep();
}
