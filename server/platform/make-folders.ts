import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Makes a folder, and those around it that are not there, for this user alone. Throws what the system says of the one that
 * cannot be made. Not node's own way of it, which never ends where nothing can be made, as under /proc.
 */
export async function makeFolders(path: string): Promise<void> {
  if (await makeFolder(path)) return;
  await makeFolders(dirname(path));
  await mkdir(path, { mode: 0o700 });
}

/** False when the folder around it is not there. */
async function makeFolder(path: string): Promise<boolean> {
  try {
    await mkdir(path, { mode: 0o700 });
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return true;
    // The root is always there: what is not found in it cannot be made.
    if (code === "ENOENT" && dirname(path) !== path) return false;
    throw error;
  }
}
