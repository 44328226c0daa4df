import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import { ConfigurationError } from "./configuration.ts";

/** Throws ConfigurationError where the data folder is a file, or would have to lie in one. */
export async function assertFolder(data: string): Promise<void> {
  const file = await fileInTheWay(data);
  if (file === undefined) return;
  const where = file === data ? "" : `lies in ${file}, which `;
  throw new ConfigurationError(`--data (LONGSHORE_DATA): ${data} ${where}is a file and not a folder; name a folder.`);
}

/** Throws ConfigurationError where the folder of a root key file that somebody named is not there: it may be one that is not mounted. */
export async function assertKeyFolder(rootKeyFile: string): Promise<void> {
  const folder = dirname(rootKeyFile);
  if ((await isThere(folder)) && (await stat(folder)).isDirectory()) return;
  const text = `the folder ${folder} is not there; make it, or name another file.`;
  throw new ConfigurationError(`--root-key-file (LONGSHORE_ROOT_KEY_FILE): ${text}`);
}

/** Whether there is something at a path. Throws a sentence where this user may not see that. */
export async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return false;
    if (code !== "EACCES") throw error;
    const text = `This user may not look into the folder ${dirname(path)}: do this as the user that the server runs as.`;
    throw new Error(text, { cause: error });
  }
}

/** The nearest thing on the way to a path, when it is no folder. */
async function fileInTheWay(path: string): Promise<string | undefined> {
  try {
    return (await stat(path)).isDirectory() ? undefined : path;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Ends at the root, which is always there.
    return code === "ENOENT" || code === "ENOTDIR" ? fileInTheWay(dirname(path)) : undefined;
  }
}
