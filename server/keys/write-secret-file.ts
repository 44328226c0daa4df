import { randomBytes } from "node:crypto";
import { link, open, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { flushFolder } from "../platform/flush-folder.ts";

/** What everybody but the owner may do with a secret file: nothing. */
const OWNER_ONLY = 0o600;

/**
 * Creates a file of mode 0600, whole and durable, or leaves what is already there as it is. Returns whether it was created
 * here. Of several processes that try at once, one wins and the others get false. Its folder must be there.
 */
export async function writeSecretFile(path: string, content: Uint8Array | string): Promise<boolean> {
  const temporary = `${path}.${randomBytes(8).toString("hex")}.tmp`;
  const file = await open(temporary, "wx", OWNER_ONLY);
  try {
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    // A link, unlike a rename, never takes the place of a file that is already there.
    return await linked(temporary, path);
  } finally {
    await unlink(temporary);
    await flushFolder(dirname(path));
  }
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}
