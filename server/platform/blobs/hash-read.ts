import { createHash, type Hash } from "node:crypto";
import { read } from "node:fs";
import { promisify } from "node:util";
import type { HashQuestion } from "./hash-messages.ts";

const readFile = promisify(read);

/** A file that is being read from its beginning. */
interface Reading {
  readonly hash: Hash;
  readonly buffer: Buffer;
}

/** By job. */
const readings = new Map<number, Reading>();

/**
 * Reads on in a file and hashes what comes; returns how many bytes that were. Not synchronously, as stages are read: the disk
 * may take its time, and uploads wait for this thread.
 */
export async function readOn(job: number, { fd, at, bytes, algorithm }: HashQuestion & { kind: "read" }): Promise<number> {
  let reading = readings.get(job);
  if (reading === undefined) {
    reading = { hash: createHash(algorithm), buffer: Buffer.allocUnsafeSlow(bytes) };
    readings.set(job, reading);
  }
  const { bytesRead } = await readFile(fd, reading.buffer, 0, bytes, at);
  reading.hash.update(reading.buffer.subarray(0, bytesRead));
  return bytesRead;
}

/** The hash of what a job has read, in hex; nothing where it has read nothing. Forgets it. */
export function endRead(job: number): string {
  const hex = readings.get(job)?.hash.digest("hex");
  readings.delete(job);
  return hex ?? "";
}
