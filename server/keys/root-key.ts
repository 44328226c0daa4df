import { randomBytes } from "node:crypto";
import { open } from "node:fs/promises";
import { dirname } from "node:path";
import { writeSecretFile } from "./write-secret-file.ts";

const ROOT_KEY_BYTES = 32;

/** The database whose secrets a root key seals. */
export interface SealedDatabase {
  /** As a sentence names it, such as `the database in /srv/data`. */
  readonly name: string;
  /** Where there may be a copy of its key, to follow "from". */
  readonly keySource: string;
  /** Whether a key has sealed something in it. Changes nothing. */
  isBegun(): Promise<boolean>;
}

/**
 * The key that all other keys are derived from: 32 bytes, read from a file of mode 0600. The first start makes it, before its
 * database is begun; processes that start at once agree on one. Throws an Error whose message says what to do when the file is
 * not as it must be, or is missing and none that is made now could be the one of that database.
 */
export async function loadRootKey(path: string, database: SealedDatabase): Promise<Buffer> {
  const found = await readRootKey(path);
  if (found !== undefined) return found;
  const isBegun = await database.isBegun();
  if (!isBegun) await makeRootKey(path);
  // Read, not remembered: another process may have been first. If it has begun the database, it has made the key before.
  const made = await readRootKey(path);
  if (made !== undefined) return made;
  if (isBegun) throw missingRootKey(path, database);
  throw new Error(`The root key file ${path} disappeared while it was being made. Start again.`);
}

/** What to tell of a database whose key is not where it should be. */
export function missingRootKey(path: string, { name, keySource }: Omit<SealedDatabase, "isBegun">): Error {
  return new Error(
    `The root key file ${path} is missing, but ${name} was begun with one, and its secrets cannot be opened without it. ` +
      `Bring the file back from ${keySource}, or say where it is with --root-key-file.`,
  );
}

async function makeRootKey(path: string): Promise<void> {
  try {
    await writeSecretFile(path, randomBytes(ROOT_KEY_BYTES));
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    throw new Error(`The root key file ${path} cannot be made: ${whyNotMade(code, dirname(path))}`, { cause: error });
  }
}

/** The key lies in the data folder, or where somebody has said. */
const ELSEWHERE = "choose another data folder with --data (or, where --root-key-file names this file, another one).";

function whyNotMade(code: string, folder: string): string {
  switch (code) {
    case "EACCES":
    case "EPERM":
      return `this user may not write in ${folder}. Change its owner, or ${ELSEWHERE}`;
    case "ENOSPC":
    case "EDQUOT":
      return `the disk of ${folder} is full. Make room on it, then start again.`;
    case "EROFS":
      return `the file system of ${folder} is read-only. Make it writable, or ${ELSEWHERE}`;
    default:
      return `${code}. Look at ${folder}, or ${ELSEWHERE}`;
  }
}

async function readRootKey(path: string): Promise<Buffer | undefined> {
  const file = await openIfThere(path);
  if (file === undefined) return undefined;
  try {
    const stat = await file.stat();
    if (!stat.isFile())
      throw new Error(`The root key ${path} is not a file. Point the root key setting at a file of ${ROOT_KEY_BYTES} bytes.`);
    if ((stat.mode & 0o077) !== 0) {
      const mode = (stat.mode & 0o777).toString(8);
      throw new Error(`The root key file ${path} can be used by others (mode ${mode}). Run: chmod 600 '${path}'`);
    }
    if (stat.size !== ROOT_KEY_BYTES) {
      throw new Error(
        `The root key file ${path} has ${stat.size} bytes, but a root key has ${ROOT_KEY_BYTES}. Put the right file back from a backup.`,
      );
    }
    return await file.readFile();
  } finally {
    await file.close();
  }
}

async function openIfThere(path: string) {
  try {
    return await open(path, "r");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    throw new Error(`The root key file ${path} cannot be read (${code}). It must belong to the user that runs Longshore.`, {
      cause: error,
    });
  }
}
