import { copyFile, type FileHandle, open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { AccountId, Region } from "../kernel/names.ts";
import { writeSecretFile } from "../keys/write-secret-file.ts";
import { flushFolder } from "../platform/flush-folder.ts";
import type { Metadata } from "../platform/metadata/metadata.ts";
import type { AccessKey } from "./access-keys.ts";
import { credentialsDelivered } from "./create-account.ts";

/** For as long as a few writes of a small file can take. */
const LOCK_ATTEMPTS_MAX = 100;
const LOCK_DELAY_MS = 50;

/** What goes into an AWS shared credentials file. */
export interface Credentials extends AccessKey {
  readonly region: Region;
}

/**
 * Puts what `createAccount` made into its file and then says so in the database, in this order: a crash in between
 * makes the next start do it again, with the same key. docs/decisions/0003-first-credentials.md has the reasons.
 */
export async function deliverCredentials(
  deps: { readonly metadata: Metadata },
  { path, account, credentials }: { readonly path: string; readonly account: AccountId; readonly credentials: Credentials },
): Promise<void> {
  await writeCredentialsFile(path, credentials);
  await credentialsDelivered(deps, account);
}

/**
 * Writes an AWS shared credentials file (profile default) of mode 0600, whole and durable. A file that is already there with
 * other content is kept beside it as `<path>.previous`: it may hold the only copy of somebody's secret.
 */
export async function writeCredentialsFile(path: string, credentials: Credentials): Promise<void> {
  const text = profileText("default", credentials);
  if (await writeSecretFile(path, text)) return;
  // Another process that started at once has written the same.
  if ((await readFile(path, "utf8")) === text) return;
  await rename(path, `${path}.previous`);
  await writeSecretFile(path, text);
}

/**
 * Puts a profile into a credentials file, beside those that are there and in place of one of its name; the file as it was before
 * a profile was replaced is kept as `<path>.previous`. The file is replaced as a whole, by one process at a time: throws an Error
 * with a sentence when another one does not come to an end with it.
 */
export async function writeProfile(path: string, profile: string, credentials: Credentials): Promise<void> {
  const lock = `${path}.lock`;
  const file = await lockFile(lock);
  try {
    const before = await readIfThere(path);
    const others = profilesOf(before).filter((it) => !it.startsWith(`[${profile}]\n`));
    if (others.length < profilesOf(before).length) await copyFile(path, `${path}.previous`);
    await file.writeFile([...others, profileText(profile, credentials)].join("\n"));
    await file.sync();
    await rename(lock, path);
    await flushFolder(dirname(path));
  } catch (error) {
    await rm(lock, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

/** The file in which the next content is written is what keeps others away. */
async function lockFile(lock: string): Promise<FileHandle> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await open(lock, "wx", 0o600);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      if (attempt < LOCK_ATTEMPTS_MAX) await setTimeout(LOCK_DELAY_MS);
      else throw new Error(`Another process writes the credentials now; if none does, remove ${lock}.`, { cause: error });
    }
  }
}

async function readIfThere(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}

/** The parts of a credentials file, each with the line of its name at its head and one line feed at its end. */
function profilesOf(text: string): readonly string[] {
  const parts = text.split(/^(?=\[)/m).map((it) => `${it.trimEnd()}\n`);
  return parts.filter((it) => it.trim() !== "");
}

/** A root user's keys as an AWS shared credentials file has them. */
export function profileText(profile: string, { accessKeyId, secretAccessKey, region }: Credentials): string {
  return [
    `[${profile}]`,
    `aws_access_key_id = ${accessKeyId}`,
    `aws_secret_access_key = ${secretAccessKey}`,
    `region = ${region}`,
    "",
  ].join("\n");
}
