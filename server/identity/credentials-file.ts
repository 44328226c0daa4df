import { readFile, rename } from "node:fs/promises";
import type { AccountId, Region } from "../kernel/names.ts";
import { writeSecretFile } from "../keys/write-secret-file.ts";
import type { Metadata } from "../platform/metadata/metadata.ts";
import type { AccessKey } from "./access-keys.ts";
import { credentialsDelivered } from "./create-account.ts";

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
  const text = credentialsText(credentials);
  if (await writeSecretFile(path, text)) return;
  // Another process that started at once has written the same.
  if ((await readFile(path, "utf8")) === text) return;
  await rename(path, `${path}.previous`);
  await writeSecretFile(path, text);
}

function credentialsText({ accessKeyId, secretAccessKey, region }: Credentials): string {
  return [
    "[default]",
    `aws_access_key_id = ${accessKeyId}`,
    `aws_secret_access_key = ${secretAccessKey}`,
    `region = ${region}`,
    "",
  ].join("\n");
}
