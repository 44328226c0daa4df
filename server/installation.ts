import { join } from "node:path";
import { type Configuration, ConfigurationError } from "./configuration.ts";
import { assertFolder, assertKeyFolder, isThere } from "./data-folder.ts";
import type { Clock } from "./kernel/clock.ts";
import { loadRootKey, missingRootKey, type SealedDatabase } from "./keys/root-key.ts";
import { createSealer, type Sealer } from "./keys/sealer.ts";
import { isArchiveNeeded } from "./layers/archive/is-archive-needed.ts";
import { archivingBlobs, type BlobStores, mergeLists } from "./platform/blobs/archiving-blobs.ts";
import type { Blobs, ListedBlob } from "./platform/blobs/blobs.ts";
import { openDiskBlobs } from "./platform/blobs/disk-blobs.ts";
import { listStoredBlobs } from "./platform/blobs/disk-list.ts";
import { isSameFolder } from "./platform/blobs/same-folder.ts";
import { makeFolders } from "./platform/make-folders.ts";
import type { Metadata, MetadataReader } from "./platform/metadata/metadata.ts";

/** What a server and a command that works on the same data have in common. Disposing of it closes the database. */
export interface Installation extends AsyncDisposable {
  readonly clock: Clock;
  readonly sealer: Sealer;
  readonly metadata: Metadata;
}

/**
 * Opens the installation that a configuration names, and begins it where there is none. Throws ConfigurationError for a data folder
 * that is a file, or has the layers of another database, or a key file's folder that is not there, and an Error with a sentence for a
 * root key that is not as it must be.
 */
export async function openInstallation(configuration: Configuration, clock: Clock): Promise<Installation> {
  await assertFolder(configuration.data);
  if (configuration.rootKeyFile !== undefined) await assertKeyFolder(configuration.rootKeyFile);
  await assertNoOrphans(configuration);
  await makeFolders(configuration.data);
  const sealer = createSealer(await loadRootKey(rootKeyFileOf(configuration), sealedDatabaseOf(configuration)));
  const metadata = await openMetadata(configuration, clock);
  return { clock, sealer, metadata, [Symbol.asyncDispose]: () => metadata[Symbol.asyncDispose]() };
}

/**
 * Refuses to begin a registry over the layers of another one: nothing in its database would name them, so they would be collected. A
 * database that was lost, or was not named, would then cost all layers too.
 */
async function assertNoOrphans(configuration: Configuration): Promise<void> {
  const { data } = configuration;
  const database = sealedDatabaseOf(configuration);
  for await (const _ of listStoredBlobs(data)) {
    if (await database.isBegun()) return;
    throw new ConfigurationError(
      `The data folder ${data} holds layers, but ${database.name} is empty or not there: a registry that began with it would delete them as garbage. ` +
        "Bring the database back, say where it is with --metadata or --data, or begin in an empty folder.",
    );
  }
}

/** Where bytes are, by a configuration: `stores` are the two that `blobs` is made of, where archived images have one of their own. */
export interface Stores {
  readonly blobs: Blobs;
  readonly stores: BlobStores | undefined;
}

/**
 * Opens the stores of an installation. Throws ConfigurationError for an archive that is needed and not configured, and for one that is the
 * data folder.
 */
export async function openStores(
  { data, archiveData }: Configuration,
  metadata: Pick<Metadata, "readGlobal">,
  hashThreads: number,
): Promise<Stores> {
  if (archiveData === undefined) {
    await assertNoArchive(metadata);
    return { blobs: await openDiskBlobs({ folder: data, hashThreads }), stores: undefined };
  }
  // What had moved there would be deleted here.
  if (await isSameFolder(data, archiveData)) {
    throw new ConfigurationError(
      "--archive-data (LONGSHORE_ARCHIVE_DATA) leads to the data folder: layers move to a folder of its own.",
    );
  }
  const first = await openDiskBlobs({ folder: data, hashThreads });
  const stores = { first, archive: await openDiskBlobs({ folder: archiveData, hashThreads: Math.min(1, hashThreads) }) };
  return { blobs: archivingBlobs(stores), stores };
}

async function assertNoArchive(metadata: Pick<Metadata, "readGlobal">): Promise<void> {
  if (!(await isArchiveNeeded(metadata))) return;
  throw new ConfigurationError("Layers of archived images lie in an archive: set --archive-data to its folder, as it was.");
}

/** An installation for one who changes nothing of it, not even by looking at it. */
export interface InstallationReader extends AsyncDisposable {
  readonly clock: Clock;
  readonly metadata: MetadataReader;
  /** The blobs in all of its stores. Throws ConfigurationError for an archive that is needed and not configured. */
  listBlobs(): AsyncIterable<ListedBlob>;
}

/** Opens the installation that a configuration names, to read. Throws a sentence where its database is of another version. */
export async function openForReading(
  { data, metadata: url, archiveData }: Configuration,
  clock: Clock,
): Promise<InstallationReader> {
  const metadata = await openReader(url, data);
  return {
    clock,
    metadata,
    async *listBlobs() {
      if (archiveData !== undefined) return yield* mergeLists(listStoredBlobs(data), listStoredBlobs(archiveData));
      await assertNoArchive(metadata);
      return yield* listStoredBlobs(data);
    },
    [Symbol.asyncDispose]: () => metadata[Symbol.asyncDispose](),
  };
}

/**
 * Whether a server has been started on it. Changes nothing. Throws ConfigurationError for a data folder that is a file, and an Error
 * with a sentence where this user may not see that, or where only its root key is missing.
 */
export async function isBegun(configuration: Configuration): Promise<boolean> {
  const [path, database] = [rootKeyFileOf(configuration), sealedDatabaseOf(configuration)];
  await assertFolder(configuration.data);
  if (await isThere(path)) return true;
  if (await database.isBegun()) throw missingRootKey(path, database);
  return false;
}

/** The AWS credentials file with the keys of root users. */
export function credentialsFileOf({ data }: Configuration): string {
  return join(data, "credentials");
}

function rootKeyFileOf({ rootKeyFile, data }: Configuration): string {
  return rootKeyFile ?? join(data, "root.key");
}

async function openReader(url: string | undefined, data: string): Promise<MetadataReader> {
  if (url === undefined) {
    const { openSqliteReader } = await import("./platform/metadata/sqlite-metadata.ts");
    return openSqliteReader({ file: databaseFileOf(data) });
  }
  const { openPostgresReader } = await import("./platform/metadata/postgres-metadata.ts");
  return openPostgresReader({ url });
}

/** The first account is what begins a database: its secret is the first to be sealed. */
function sealedDatabaseOf({ metadata: url, data }: Configuration): SealedDatabase {
  if (url === undefined) {
    const file = databaseFileOf(data);
    const hasAccount = async () => (await import("./platform/metadata/sqlite-metadata.ts")).hasSqliteAccount({ file });
    return {
      name: `the database in ${data}`,
      keySource: "the backup",
      isBegun: async () => (await isThere(file)) && hasAccount(),
    };
  }
  return {
    // Not its URL, which holds a password.
    name: "the database that --metadata names",
    keySource: "the backup or from another node of this registry",
    isBegun: async () => (await import("./platform/metadata/postgres-metadata.ts")).hasPostgresAccount({ url }),
  };
}

function databaseFileOf(data: string): string {
  return join(data, "longshore.db");
}

/** Each engine is loaded only where it is used: loading both costs a start more than all else that it does. */
async function openMetadata({ metadata: url, data }: Configuration, clock: Clock): Promise<Metadata> {
  if (url === undefined) {
    const { openSqliteMetadata } = await import("./platform/metadata/sqlite-metadata.ts");
    return openSqliteMetadata({ file: databaseFileOf(data), clock });
  }
  const { openPostgresMetadata } = await import("./platform/metadata/postgres-metadata.ts");
  return openPostgresMetadata({ url, clock });
}
