import { RegistryError } from "../../kernel/errors.ts";
import { DamagedBlob } from "./blobs.ts";
import type { HashFailure } from "./hash-messages.ts";

/** What a failure of the disk is to the client: a full disk is said to be one, anything else is passed on as it is. */
export function storageError(error: unknown): unknown {
  const code = errorCode(error);
  if (code !== "ENOSPC" && code !== "EDQUOT") return error;
  return diskFull(code === "ENOSPC" ? "full" : "used up to its quota", error);
}

/** What a client is told whose bytes have no room. */
export function diskFull(how: string, cause?: unknown): RegistryError {
  return new RegistryError(
    "InsufficientStorageException",
    `The disk of the registry is ${how}; nothing of this request was kept. Images can still be pulled. Free some space and try again.`,
    {},
    { cause },
  );
}

/** The stage is shorter than what was acknowledged, or gone: a crash before anything was flushed. */
export function lostStage(): RegistryError {
  return new RegistryError(
    "UploadNotFoundException",
    "The bytes that this upload had received were lost before they reached the disk. Start the upload again.",
  );
}

/** What the system says of bytes that it cannot give back, as node names it: the last two have no name there. */
const READ_FAILURES = new Set(["EIO", "EISDIR", "Unknown system error -74", "Unknown system error -117"]);

/** A failure to read that is the blob's own, as DamagedBlob; any other, such as too many open files, as it is. */
export function readError(error: unknown): unknown {
  const code = errorCode(error);
  if (code === undefined || !READ_FAILURES.has(code)) return error;
  return new DamagedBlob(`Its bytes cannot be read: the disk says ${code}.`, { cause: error });
}

export function endsEarly(at: number, size: number): DamagedBlob {
  return new DamagedBlob(`It ends after ${at} bytes where ${size} were expected.`);
}

export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/** The error of a hash thread, which could only be sent in words. */
export function hashError({ code, message }: HashFailure): unknown {
  return code === "LOST" || code === "ENOENT" ? lostStage() : storageError(Object.assign(new Error(message), { code }));
}
