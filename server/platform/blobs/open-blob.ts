import { type FileHandle, open } from "node:fs/promises";
import type { OpenBlob } from "./blobs.ts";
import { endsEarly, errorCode, readError } from "./disk-errors.ts";
import type { Pieces } from "./pieces.ts";
import { sendFile } from "./send-file.ts";

/** A blob that is in memory. The bytes are not changed by anybody, so the sink may take all the time it likes. */
export function openBytes(bytes: Uint8Array): OpenBlob {
  return {
    size: bytes.length,
    async sendTo(sink, { first, last }, signal) {
      signal.throwIfAborted();
      sink.write(bytes.subarray(first, last + 1), () => undefined);
    },
    async [Symbol.asyncDispose]() {},
  };
}

/** A blob that is read from its file as it is sent. Closing waits for reads that are under way, and closes the file. */
export function openFile(pieces: Pieces, file: FileHandle, size: number): OpenBlob {
  let closing: Promise<void> | undefined;
  return {
    size,
    async sendTo(sink, range, signal) {
      try {
        await sendFile(pieces, file, sink, range, signal);
      } catch (error) {
        throw readError(error);
      }
    },
    async [Symbol.asyncDispose]() {
      closing ??= file.close();
      await closing;
    },
  };
}

/** A file to read from, or undefined when there is none. */
export async function openToRead(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, "r");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** The whole of a small file. */
export async function readWhole(file: FileHandle, size: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(size);
  let at = 0;
  while (at < size) {
    const { bytesRead } = await file.read(bytes, at, size - at, at);
    if (bytesRead === 0) throw endsEarly(at, size);
    at += bytesRead;
  }
  return bytes;
}
