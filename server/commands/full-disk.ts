import type { Configuration } from "../configuration.ts";
import { RegistryError } from "../kernel/errors.ts";
import { SQLITE_FULL, SQLITE_IOERR, sqliteCode } from "../platform/metadata/sqlite-connection.ts";
import { CommandError } from "./failure.ts";

type Places = Pick<Configuration, "data" | "metadata" | "archiveData">;

/** What kept a server from starting: which disk to make room on, where it was one without any; any other error as it is. */
export function explainFullDisk(error: unknown, { data, metadata, archiveData }: Places): unknown {
  const { code, path } = error as NodeJS.ErrnoException;
  const isArchive = archiveData !== undefined && path?.startsWith(archiveData) === true;
  if (code === "ENOSPC" || code === "EDQUOT") return fullDisk(isArchive ? `the archive ${archiveData}` : folderOf(data), error);
  const isDatabase = error instanceof RegistryError && error.code === "InsufficientStorageException";
  if (isDatabase && metadata !== undefined) return fullDisk("the database that --metadata names", error);
  const sqlite = sqliteCode(error);
  return isDatabase || sqlite === SQLITE_FULL || sqlite === SQLITE_IOERR ? fullDisk(folderOf(data), error) : error;
}

function folderOf(data: string): string {
  return `the data folder ${data}`;
}

function fullDisk(what: string, cause: unknown): CommandError {
  return new CommandError(`The disk of ${what} is full or failing: make room on it, then start again.`, { cause });
}
