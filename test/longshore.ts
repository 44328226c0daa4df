import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { ECRClient, GetAuthorizationTokenCommand } from "@aws-sdk/client-ecr";
import { flagsOf, type Installation, MAIN, ROOT } from "./installation.ts";
import { PATIENCE_MS, sleep } from "./patience.ts";
import { endWithUs, killGroup, stopProcess } from "./processes.ts";

const LOG_CHARACTERS_MAX = 64 * 1024;

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
  const flags = ["--port", String(port), ...flagsOf(installation), "--log-level", "warn", ...(options.flags ?? [])];
  if (options.workers !== undefined) flags.push("--workers", String(options.workers));
  const [command = "", ...rest] = [...pin, process.execPath, MAIN, ...flags];
  // Its own process group, so that a kill reaches the workers in the same instant.
  return endWithUs(spawn(command, rest, { cwd: ROOT, detached: true, stdio: ["ignore", "pipe", "pipe"] }));
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

/** Asks `url` until it answers 200 or 401. Throws when `child` ends, or after a long time. */
export async function ready(url: string, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
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
  throw new Error(`${url} did not answer within ${PATIENCE_MS} ms.`);
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
