import { UsageError } from "../arguments.ts";
import { ConfigurationError } from "../configuration.ts";

/** A command that cannot do what it was asked. The message is one sentence for the person at the terminal. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly exitCode: number;

  constructor(sentence: string, options: { readonly cause?: unknown; readonly exitCode?: number } = {}) {
    super(sentence, { cause: options.cause });
    this.exitCode = options.exitCode ?? 1;
  }
}

export interface Failure {
  readonly sentence: string;
  /** 2 when the command line or a setting is wrong, else 1. */
  readonly exitCode: number;
}

/** What to tell a person about an error that ended a command: one sentence, never a stack. */
export function explainFailure(error: unknown): Failure {
  if (error instanceof UsageError || error instanceof ConfigurationError) return { sentence: error.message, exitCode: 2 };
  if (error instanceof CommandError) return { sentence: error.message, exitCode: error.exitCode };
  return { sentence: explainSystemError(error as NodeJS.ErrnoException & SystemFields), exitCode: 1 };
}

// https://sqlite.org/rescode.html
const SQLITE_CANTOPEN = 14;
const SQLITE_NOTADB = 26;

interface SystemFields {
  readonly errcode?: number;
  readonly hostname?: string;
  readonly address?: string;
  readonly port?: number;
}

function explainSystemError(error: NodeJS.ErrnoException & SystemFields): string {
  if (error.syscall === "listen" || error.syscall === "bind") return explainListening(error);
  const where = error.path === undefined ? "" : ` ${error.path}`;
  switch (error.code) {
    case "EACCES":
    case "EPERM":
      return `This user may not use${where || " a file that is needed"}; change its owner, or choose another place with --data.`;
    case "EROFS":
      return `The file system of${where} is read-only; choose another place with --data.`;
    case "ENOSPC":
      return "The disk of the data folder is full.";
    case "ENOTDIR":
    case "EEXIST":
      return `A file is in the way where a folder should be:${where}.`;
    case "EISDIR":
      return `A folder is in the way where a file should be: move${where || " it"} away.`;
    case "ENOENT":
      if (error.syscall === "mkdir") return `The folder${where} cannot be made; choose another place with --data.`;
      return `There is no file${where}.`;
    case "ECONNREFUSED":
      return `The database does not answer at ${error.address ?? "its address"}:${error.port ?? ""}; is it running, and is --metadata right?`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `The host name${named(error)} cannot be resolved; look at --address and --metadata.`;
    case "ERR_SQLITE_ERROR":
      return explainSqlite(error);
    default:
      return firstLine(error);
  }
}

function explainSqlite(error: Error & SystemFields): string {
  switch (error.errcode) {
    case SQLITE_CANTOPEN:
      return "longshore.db in the data folder is not there, or this user may not read it: do this as the user that the server runs as.";
    case SQLITE_NOTADB:
      return "longshore.db is not a database of SQLite: put a backup back, or choose another folder with --data.";
    default:
      return firstLine(error);
  }
}

function named({ hostname }: SystemFields): string {
  return hostname === undefined ? "" : ` ${hostname}`;
}

function explainListening({ code, address, port, message }: NodeJS.ErrnoException & SystemFields): string {
  switch (code) {
    case "EADDRINUSE":
      return `Port ${port} of ${address} is already in use: stop what listens there, or choose another with --port.`;
    case "EACCES":
      return `This user may not listen on port ${port}; choose one above 1023 with --port.`;
    case "EADDRNOTAVAIL":
      return `${address} is not an address of this machine; choose another with --address.`;
    default:
      return message;
  }
}

function firstLine(error: unknown): string {
  const [line = "Something failed without saying why."] = (error instanceof Error ? error.message : String(error)).split("\n", 1);
  return /[.?!]$/.test(line) ? line : `${line}.`;
}
