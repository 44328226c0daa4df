import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Configuration } from "./configuration.ts";
import type { Clock } from "./kernel/clock.ts";
import { loadRootKey } from "./keys/root-key.ts";
import { createSealer, type Sealer } from "./keys/sealer.ts";
import { makeFolders } from "./platform/make-folders.ts";
import type { Metadata } from "./platform/metadata/metadata.ts";

/** What a server and a command that works on the same data have in common. Disposing of it closes the database. */
export interface Installation extends AsyncDisposable {
  readonly clock: Clock;
  readonly sealer: Sealer;
  readonly metadata: Metadata;
}

/** Opens the installation that a configuration names, and begins it where there is none. */
export async function openInstallation(configuration: Configuration, clock: Clock): Promise<Installation> {
  await makeFolders(configuration.data);
  const sealer = createSealer(await loadRootKey(rootKeyFileOf(configuration)));
  const metadata = await openMetadata(configuration, clock);
  return { clock, sealer, metadata, [Symbol.asyncDispose]: () => metadata[Symbol.asyncDispose]() };
}

/** Whether a server has been started on it. */
export function isBegun(configuration: Configuration): boolean {
  return existsSync(rootKeyFileOf(configuration));
}

/** The AWS credentials file with the keys of root users. */
export function credentialsFileOf({ data }: Configuration): string {
  return join(data, "credentials");
}

function rootKeyFileOf({ rootKeyFile, data }: Configuration): string {
  return rootKeyFile ?? join(data, "root.key");
}

/** Each engine is loaded only where it is used: loading both costs a start more than all else that it does. */
async function openMetadata({ metadata: url, data }: Configuration, clock: Clock): Promise<Metadata> {
  if (url === undefined) {
    const { openSqliteMetadata } = await import("./platform/metadata/sqlite-metadata.ts");
    return openSqliteMetadata({ file: join(data, "longshore.db"), clock });
  }
  const { openPostgresMetadata } = await import("./platform/metadata/postgres-metadata.ts");
  return openPostgresMetadata({ url, clock });
}
