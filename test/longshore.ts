import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ECRClient, GetAuthorizationTokenCommand } from "@aws-sdk/client-ecr";
import pg from "pg";
import { run } from "./programs.ts";

const ROOT = join(import.meta.dirname, "..");
const MAIN = join(ROOT, "server/main.ts");
const READY_WITHIN_MS = 30_000;
const STOPPED_WITHIN_MS = 30_000;
const LOG_CHARACTERS_MAX = 64 * 1024;

/** What outlives a server: the folder of its data, and its database where that is PostgreSQL. */
export interface Installation extends AsyncDisposable {
  readonly data: string;
  /** A postgres:// URL of a database of its own; undefined for SQLite. */
  readonly metadata: string | undefined;
}

/** How to start a server on an installation. */
export interface StartOptions {
  readonly workers?: number;
  /** The only processor core that it may use. */
  readonly core?: number;
  /** More flags. */
  readonly flags?: readonly string[];
  /** The same port as before a restart; else any free one. */
  readonly port?: number;
}

/** A server that runs in processes of its own, as a person would run it. */
export interface RunningLongshore extends AsyncDisposable {
  readonly port: number;
  /** `localhost:<port>`, as docker is told it. */
  readonly host: string;
  /** The endpoint of the AWS API. */
  readonly url: string;
  readonly credentials: Credentials;
  /** A client of the ECR API, signed as root. */
  readonly ecr: ECRClient;
  readonly process: ChildProcess;
  /** From the start of its process to its first answer that it is ready. */
  readonly ready_ms: number;
  /** The authorization token's password; the user is `AWS`. */
  password(): Promise<string>;
  /** What it has written to its output lately. */
  log(): string;
  /** SIGKILL to it and to its workers; resolves when they are gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves when it has stopped. */
  stop(): Promise<void>;
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
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
export function runLongshore(
  { data, metadata }: Pick<Installation, "data" | "metadata">,
  args: readonly string[],
): Promise<string> {
  const database = metadata === undefined ? [] : ["--metadata", metadata];
  return run(process.execPath, [MAIN, ...args, "--data", data, ...database]);
}

/** How a command of longshore ended, and what it printed. */
export interface Ended {
  readonly code: number;
  readonly output: string;
}

/** Runs a command of longshore on an installation, whatever comes of it. */
export function tryLongshore(
  { data, metadata }: Pick<Installation, "data" | "metadata">,
  args: readonly string[],
  { env = {}, input = "" }: { readonly env?: Readonly<Record<string, string>>; readonly input?: string } = {},
): Promise<Ended> {
  const flags = ["--data", data, ...(metadata === undefined ? [] : ["--metadata", metadata])];
  return new Promise((resolve) => {
    const settings = { env: { ...process.env, ...env } };
    const child = execFile(process.execPath, [MAIN, ...args, ...flags], settings, (error, stdout, stderr) => {
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

/** Starts the server on an installation and waits until it is ready. Throws with its output when it does not come up. */
export async function startLongshore(installation: Installation, options: StartOptions = {}): Promise<RunningLongshore> {
  const port = options.port ?? (await freePort());
  const begun = performance.now();
  const child = spawnLongshore(installation, port, options);
  let output = "";
  const listen = (text: string) => {
    output = (output + text).slice(-LOG_CHARACTERS_MAX);
  };
  child.stdout?.setEncoding("utf8").on("data", listen);
  child.stderr?.setEncoding("utf8").on("data", listen);
  const url = `http://localhost:${port}`;
  try {
    await ready(`http://127.0.0.1:${port}/readyz`, child);
  } catch (cause) {
    killGroup(child);
    throw new Error(`The server did not start. It said:\n${output}`, { cause });
  }
  const ready_ms = performance.now() - begun;
  const credentials = await readCredentials(join(installation.data, "credentials"));
  const ecr = new ECRClient({ region: "us-east-1", endpoint: url, credentials });
  const stop = async () => {
    ecr.destroy();
    await stopProcess(child);
  };
  return {
    port,
    host: `localhost:${port}`,
    url,
    credentials,
    ecr,
    process: child,
    ready_ms,
    password: () => askPassword(ecr),
    log: () => output,
    async kill() {
      ecr.destroy();
      killGroup(child);
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
      await closed(port);
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** Starts the server's process, and leaves it to the caller to see what becomes of it. */
export function spawnLongshore(installation: Installation, port: number, options: StartOptions = {}): ChildProcess {
  const pin = options.core === undefined ? [] : ["taskset", "-c", String(options.core)];
  const flags = ["--port", String(port), "--data", installation.data, "--log-level", "warn", ...(options.flags ?? [])];
  if (options.workers !== undefined) flags.push("--workers", String(options.workers));
  if (installation.metadata !== undefined) flags.push("--metadata", installation.metadata);
  const [command = "", ...rest] = [...pin, process.execPath, MAIN, ...flags];
  // Its own process group, so that a kill reaches the workers in the same instant.
  return endWithUs(spawn(command, rest, { cwd: ROOT, detached: true, stdio: ["ignore", "pipe", "pipe"] }));
}

const children = new Set<ChildProcess>();
let isWatching = false;

/** Sees to it that a process that leads its own group is gone when this process is, whatever ends it but SIGKILL. */
export function endWithUs(child: ChildProcess): ChildProcess {
  if (!isWatching) {
    isWatching = true;
    process.once("exit", () => children.forEach(killGroup));
    process.once("SIGINT", () => process.exit(130)).once("SIGTERM", () => process.exit(143));
  }
  children.add(child);
  child.once("exit", () => children.delete(child));
  return child;
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("a TCP server has a port");
  return address.port;
}

/** Asks `url` until it answers 200 or 401. Throws when `child` ends, or after half a minute. */
export async function ready(url: string, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (Date.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`It ended with ${child.exitCode ?? child.signalCode}.`);
    const status = await fetch(url).then(
      async (it) => {
        await it.arrayBuffer();
        return it.status;
      },
      () => 0,
    );
    if (status === 200 || status === 401) return;
    await sleep(5);
  }
  throw new Error(`${url} did not answer within ${READY_WITHIN_MS} ms.`);
}

export function sleep(duration_ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, duration_ms));
}

async function askPassword(ecr: ECRClient): Promise<string> {
  const { authorizationData } = await ecr.send(new GetAuthorizationTokenCommand({}));
  const token = Buffer.from(authorizationData?.[0]?.authorizationToken ?? "", "base64").toString();
  if (!token.startsWith("AWS:")) throw new Error("The authorization token is not that of the user AWS.");
  return token.slice("AWS:".length);
}

async function readCredentials(path: string): Promise<Credentials> {
  const text = await readFile(path, "utf8");
  const accessKeyId = /^\s*aws_access_key_id\s*=\s*(\S+)/m.exec(text)?.[1];
  const secretAccessKey = /^\s*aws_secret_access_key\s*=\s*(\S+)/m.exec(text)?.[1];
  if (accessKeyId === undefined || secretAccessKey === undefined) throw new Error(`${path} holds no access key.`);
  return { accessKeyId, secretAccessKey };
}

/** SIGTERM, and SIGKILL to what is left after half a minute. */
export async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const timer = setTimeout(() => killGroup(child), STOPPED_WITHIN_MS);
    child.kill("SIGTERM");
    await once(child, "exit");
    clearTimeout(timer);
  }
  killGroup(child);
}

/** SIGKILL to a process and its workers, in the same instant. */
export function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // Nothing is left of the group.
  }
}

/** Waits until nothing listens on the port: workers die a moment after their primary. */
async function closed(port: number): Promise<void> {
  for (;;) {
    const alive = await fetch(`http://127.0.0.1:${port}/healthz`).then(
      () => true,
      () => false,
    );
    if (!alive) return;
    await sleep(5);
  }
}
