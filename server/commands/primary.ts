import cluster from "node:cluster";
import type { Worker } from "node:cluster";
import { once } from "node:events";
import type { Configuration } from "../configuration.ts";
import type { Logger } from "../platform/log.ts";
import type { Ready } from "./banner.ts";
import { CommandError } from "./failure.ts";
import { stopSignal } from "./stop-signal.ts";
import { isWorkerMessage } from "./worker-messages.ts";
import type { WorkerMessage } from "./worker-messages.ts";

const RESTART_DELAY_MS_MIN = 100;
const RESTART_DELAY_MS_MAX = 30_000;
/** A worker that has lived for this long crashed for a new reason: the delays start over. */
const SETTLED_MS = 60_000;
/** What a worker may need beyond the grace for requests, before it is killed. */
const CLOSING_MS = 10_000;

/**
 * Runs the configured number of workers on one port until a signal to stop. The first starts alone, so that whatever is done
 * once is done once; it serves while the others start. One that crashes is started again, later and later while it keeps
 * crashing.
 */
export async function runPrimary(configuration: Configuration, logger: Logger, announce: (ready: Ready) => void): Promise<void> {
  const stopping = new AbortController();
  const stop = stopSignal().then(() => stopping.abort());
  const first = await Promise.race([startWorker(), stop]);
  if (first !== undefined) {
    for (let count = 1; count < configuration.workers; count++) cluster.fork();
    for (const worker of liveWorkers()) watch(worker, { logger, stopping: stopping.signal, delay_ms: RESTART_DELAY_MS_MIN });
    announce({ ...first, configuration, startup_ms: Math.round(performance.now()) });
  }
  await stop;
  logger.info("stopping: requests in progress may finish");
  await stopWorkers(configuration.shutdownGrace_s * 1000 + CLOSING_MS, logger);
}

function liveWorkers(): Worker[] {
  return Object.values(cluster.workers ?? {}).filter((it) => it !== undefined && !it.isDead()) as Worker[];
}

/** Resolves when the worker serves; rejects with what kept it from that. */
async function startWorker(): Promise<Extract<WorkerMessage, { kind: "ready" }>> {
  const message = await firstMessage(cluster.fork());
  if (message.kind === "ready") return message;
  throw new CommandError(message.sentence, { exitCode: message.exitCode });
}

function firstMessage(worker: Worker): Promise<WorkerMessage> {
  return new Promise((resolve) => {
    worker.on("message", (message: unknown) => {
      if (isWorkerMessage(message)) resolve(message);
    });
    worker.on("exit", (code, signal) => {
      resolve({ kind: "failed", sentence: `A worker ended with ${signal ?? code} before it was ready.`, exitCode: 1 });
    });
  });
}

interface Watch {
  readonly logger: Logger;
  readonly stopping: AbortSignal;
  readonly delay_ms: number;
}

/** Puts another worker in the place of one that ends, and watches that one in turn. */
function watch(worker: Worker, { logger, stopping, delay_ms }: Watch): void {
  const started_ms = Date.now();
  worker.on("message", (message: unknown) => {
    if (isWorkerMessage(message) && message.kind === "failed") logger.error(message.sentence);
  });
  worker.on("exit", (code, signal) => {
    if (stopping.aborted) return;
    const wait_ms = Date.now() - started_ms > SETTLED_MS ? RESTART_DELAY_MS_MIN : delay_ms;
    logger.error({ pid: worker.process.pid, code, signal, wait_ms }, "a worker ended; another one takes its place");
    const restart = setTimeout(() => {
      watch(cluster.fork(), { logger, stopping, delay_ms: Math.min(wait_ms * 2, RESTART_DELAY_MS_MAX) });
    }, wait_ms);
    stopping.addEventListener("abort", () => clearTimeout(restart), { once: true });
  });
}

/** SIGTERM lets a worker drain; one that is still starting it simply ends. */
async function stopWorkers(limit_ms: number, logger: Logger): Promise<void> {
  const workers = liveWorkers();
  const kill = setTimeout(() => {
    logger.error("stopping took too long");
    for (const worker of workers) worker.process.kill("SIGKILL");
  }, limit_ms);
  const ended = workers.map((it) => once(it, "exit"));
  for (const worker of workers) worker.process.kill("SIGTERM");
  await Promise.all(ended);
  clearTimeout(kill);
}
