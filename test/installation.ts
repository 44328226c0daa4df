import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import type { Metadata } from "../server/platform/metadata/metadata.ts";
import { openPostgresMetadata } from "../server/platform/metadata/postgres-metadata.ts";
import { openSqliteMetadata } from "../server/platform/metadata/sqlite-metadata.ts";
import { endWithUs } from "./processes.ts";
import { run } from "./programs.ts";

export const ROOT = join(import.meta.dirname, "..");
/** What `node` is told to run. */
export const MAIN = join(ROOT, "server/main.ts");

/** What outlives a server: the folder of its data, and its database where that is PostgreSQL. */
export interface Installation extends AsyncDisposable {
  readonly data: string;
  /** A postgres:// URL of a database of its own; undefined for SQLite. */
  readonly metadata: string | undefined;
}

/** Where an installation is. */
type Place = Pick<Installation, "data" | "metadata">;

/** The flags that tell any command of longshore where the installation is. */
export function flagsOf({ data, metadata }: Place): readonly string[] {
  return ["--data", data, ...(metadata === undefined ? [] : ["--metadata", metadata])];
}

/**
 * A new, empty installation: a temporary folder in `parent`, and with LONGSHORE_TEST_POSTGRES (a postgres:// URL of a
 * server on which databases may be made) a database too. Disposing of it removes both.
 */
export async function install(parent: string = tmpdir()): Promise<Installation> {
  const data = await mkdtemp(join(parent, "longshore-"));
  const server = process.env["LONGSHORE_TEST_POSTGRES"];
  const database = server === undefined || server === "" ? undefined : await makeDatabase(server);
  return {
    data,
    metadata: database?.url,
    async [Symbol.asyncDispose]() {
      await rm(data, { recursive: true, force: true });
      await database?.drop();
    },
  };
}

/** Runs a command of longshore, such as `account list`, on an installation; its output. Throws with what it said when it fails. */
export function runLongshore(installation: Place, args: readonly string[]): Promise<string> {
  return run(process.execPath, [MAIN, ...args, ...flagsOf(installation)]);
}

/** How a command of longshore ended, and what it printed. */
export interface Ended {
  readonly code: number;
  readonly output: string;
}

/** Runs a command of longshore on an installation, whatever comes of it. */
export function tryLongshore(
  installation: Place,
  args: readonly string[],
  { env = {}, input = "" }: { readonly env?: Readonly<Record<string, string>>; readonly input?: string } = {},
): Promise<Ended> {
  return new Promise((resolve) => {
    const settings = { env: { ...process.env, ...env } };
    const child = execFile(process.execPath, [MAIN, ...args, ...flagsOf(installation)], settings, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === "number" ? error.code : 0, output: stdout + stderr });
    });
    // A command that ends without reading its input breaks the pipe.
    child.stdin?.on("error", () => {});
    child.stdin?.end(input);
  });
}

async function makeDatabase(server: string): Promise<{ url: string; drop: () => Promise<void> }> {
  const name = `longshore_test_${randomBytes(6).toString("hex")}`;
  await runSql(server, `create database ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => runSql(server, `drop database if exists ${name} with (force)`) };
}

async function runSql(server: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** Starts a command of longshore on an installation, in a group of its own, and leaves it to the caller. */
export function spawnCommand(installation: Place, args: readonly string[]): ChildProcess {
  const all = [MAIN, ...args, ...flagsOf(installation)];
  return endWithUs(spawn(process.execPath, all, { detached: true, stdio: "ignore" }));
}

/** What the server keeps its metadata in, opened beside it. */
export function openMetadata({ data, metadata: url }: Place): Promise<Metadata> {
  return url === undefined ? openSqliteMetadata({ file: join(data, "longshore.db") }) : openPostgresMetadata({ url });
}

/** The names of the files of all blobs in a folder of data, which are their digests without the algorithm. */
export async function blobsIn(folder: string): Promise<readonly string[]> {
  const blobs = join(folder, "blobs");
  if (!existsSync(blobs)) return [];
  const entries = await readdir(blobs, { recursive: true, withFileTypes: true });
  return entries.filter((it) => it.isFile()).map((it) => it.name);
}
