import { lstat, readlink, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { ConfigurationError } from "./configuration.ts";

/** Throws ConfigurationError where the data folder is a file or a link to nowhere, or would have to lie in one. */
export async function assertFolder(data: string): Promise<void> {
  const path = await inTheWay(data);
  if (path === undefined) return;
  const where = path === data ? data : `${data} lies in ${path}, which`;
  const what = (await isThere(path))
    ? "is a file and not a folder; name a folder"
    : `is a link to ${await readlink(path)}, which is not there; make that folder, or name another`;
  throw new ConfigurationError(`--data (LONGSHORE_DATA): ${where} ${what}.`);
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

/** The nearest thing on the way to a path, when it is no folder and no link to one. */
async function inTheWay(path: string): Promise<string | undefined> {
  try {
    return (await stat(path)).isDirectory() ? undefined : path;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Ends at the root, which is always there.
    if (code !== "ENOENT" && code !== "ENOTDIR") return undefined;
    return (await isLink(path)) ? path : inTheWay(dirname(path));
  }
}

async function isLink(path: string): Promise<boolean> {
  return lstat(path).then(
    (it) => it.isSymbolicLink(),
    () => false,
  );
}
