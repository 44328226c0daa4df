import { randomUUID } from "node:crypto";
import { rename } from "node:fs/promises";
import { remove, sizeOf } from "./disk-commit.ts";
import { errorCode } from "./disk-errors.ts";
import type { DiskPaths } from "./disk-paths.ts";

/**
 * Removes a file while `may` says so, and returns false when it does no more. Between being asked and the removal a process
 * may sleep for any time, and what it removed then would be what somebody has stored anew. So the file is first moved to where
 * nobody else finds it, and `may` asked once more: if that says no, it goes back.
 */
export async function removeWhile(paths: DiskPaths, file: string, may: () => boolean): Promise<boolean> {
  if (!may()) return false;
  // Named like a stage, so that it is reaped when we die.
  const moved = paths.stage(randomUUID());
  try {
    await rename(file, moved);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return true;
    throw error;
  }
  const deleted = may();
  if (deleted || (await sizeOf(file)) !== undefined) await remove(moved);
  else await rename(moved, file);
  return deleted;
}
