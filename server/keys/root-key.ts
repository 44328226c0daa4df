import { randomBytes } from "node:crypto";
import { open } from "node:fs/promises";
import { writeSecretFile } from "./write-secret-file.ts";

const ROOT_KEY_BYTES = 32;

/**
 * The key that all other keys are derived from: 32 bytes, read from a file of mode 0600. The first start makes it; processes
 * that start at once agree on one. Throws an Error whose message says what to do when the file is not as it must be.
 */
export async function loadRootKey(path: string): Promise<Buffer> {
  const found = await readRootKey(path);
  if (found !== undefined) return found;
  await writeSecretFile(path, randomBytes(ROOT_KEY_BYTES));
  // Read, not remembered: another process may have been first.
  const made = await readRootKey(path);
  if (made === undefined) throw new Error(`The root key file ${path} disappeared while it was being made. Start again.`);
  return made;
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
