import { createHash, randomUUID } from "node:crypto";
import { type FileHandle, open, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { unreachable } from "../kernel/errors.ts";
import { BODY_TIME_S_MAX } from "../kernel/limits.ts";
import { readBody } from "../platform/blobs/body.ts";
import { storageError } from "../platform/blobs/disk-errors.ts";
import { createDiskReserve, type DiskReserve } from "../platform/disk-reserve.ts";
import { makeFolders } from "../platform/make-folders.ts";
import { bodyTooSlow, checkAnnounced } from "./body.ts";
import type { HttpExchange } from "./http.ts";
import { createIntake, type Incoming } from "./intake.ts";

/**
 * Where large bodies are received that cannot be streamed: a signature covers the whole body, so that nothing is known of its
 * sender before it is whole. On the disk, because memory for it would have to be shared out among strangers.
 */
export interface BodySpool {
  /**
   * Receives a whole body. Throws RequestEntityTooLargeException, RequestTimeoutException for one that takes too long or is
   * slower than others when there are too many, InsufficientStorageException, or MalformedHttpRequestException when it breaks off.
   */
  receive(exchange: HttpExchange, limit_bytes: number): Promise<SpooledBody>;
}

/** A body that is whole, and on the disk until it is disposed of. */
export interface SpooledBody extends AsyncDisposable {
  readonly size_bytes: number;
  /** Of the body, in hexadecimal digits. */
  readonly sha256: string;
  /** The body. */
  read(): Promise<Buffer>;
}

export interface BodySpoolOptions {
  /** Made when it is not there. What lies in it is removed: nothing in there is needed by anybody. */
  readonly folder: string;
  /** Of all bodies together. */
  readonly size_bytes_max: number;
}

/** Opens a spool. Several processes may share one folder. */
export async function openBodySpool({ folder, size_bytes_max }: BodySpoolOptions): Promise<BodySpool> {
  await makeFolders(folder);
  // A process that was killed may have left an empty file. Others need theirs no more by name.
  for (const name of await readdir(folder)) await rm(join(folder, name), { force: true });
  const intake = createIntake(size_bytes_max);
  const reserve = createDiskReserve(folder);
  return {
    async receive(exchange, limit_bytes) {
      checkAnnounced(exchange, limit_bytes);
      await reserve.check();
      const stop = new AbortController();
      await using opened = new AsyncDisposableStack();
      const incoming = opened.use(intake.begin((error) => stop.abort(error)));
      const file = opened.use(await openNameless(folder));
      const timer = setTimeout(() => stop.abort(bodyTooSlow(BODY_TIME_S_MAX)), BODY_TIME_S_MAX * 1000);
      try {
        const signal = AbortSignal.any([exchange.signal, stop.signal]);
        const received = await writeBody(exchange, file, { limit_bytes, signal, incoming, reserve });
        incoming.complete();
        const closing = opened.move();
        return {
          ...received,
          read: () => readWhole(file, received.size_bytes),
          [Symbol.asyncDispose]: () => closing.disposeAsync(),
        };
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

/** A file that is gone as soon as nobody has it open any more, however that comes about. */
async function openNameless(folder: string): Promise<FileHandle> {
  const path = join(folder, randomUUID());
  try {
    const file = await open(path, "wx+", 0o600);
    await rm(path, { force: true });
    return file;
  } catch (error) {
    throw storageError(error);
  }
}

interface Receiving {
  readonly limit_bytes: number;
  readonly signal: AbortSignal;
  readonly incoming: Incoming;
  readonly reserve: DiskReserve;
}

/** Each chunk is written as it comes: gathered ones would be memory that strangers hold. */
async function writeBody(
  exchange: HttpExchange,
  file: FileHandle,
  { limit_bytes, signal, incoming, reserve }: Receiving,
): Promise<{ size_bytes: number; sha256: string }> {
  const hash = createHash("sha256");
  const take = async (chunk: Uint8Array): Promise<void> => {
    incoming.take(chunk.length);
    hash.update(chunk);
    await reserve.check(chunk.length);
    await file.appendFile(chunk).catch((error) => {
      throw storageError(error);
    });
  };
  // Nothing is left to be gathered.
  const size_bytes = await readBody(exchange.body(), { limit_bytes, signal }, () => undefined, take);
  return { size_bytes, sha256: hash.digest("hex") };
}

async function readWhole(file: FileHandle, size_bytes: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(size_bytes);
  for (let at = 0; at < size_bytes; ) {
    const { bytesRead } = await file.read(bytes, at, size_bytes - at, at);
    if (bytesRead === 0) throw unreachable("a body that was received is shorter on the disk");
    at += bytesRead;
  }
  return bytes;
}
