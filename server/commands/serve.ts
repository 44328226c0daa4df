import cluster from "node:cluster";
import module from "node:module";
import { type Configuration, strangeVariables } from "../configuration.ts";
import { createLogger } from "../platform/log.ts";
import type { Logger } from "../platform/log.ts";
import { bannerText } from "./banner.ts";
import type { Ready } from "./banner.ts";
import { configurationOfProcess } from "./command-line.ts";
import { probePort } from "./probe-port.ts";
import { limitStopping, stopSignal } from "./stop-signal.ts";
import { reportReady, stopOrder } from "./worker-messages.ts";

/** What is left for closing files and the database when all requests have ended or their time is over. */
const CLOSING_MS = 5_000;

/** `longshore serve`: runs until it is told to stop. */
export async function serve(args: readonly string[]): Promise<void> {
  const configuration = configurationOfProcess(args);
  const logger = createLogger({ format: configuration.logFormat, level: configuration.logLevel });
  if (cluster.isWorker) return runWorker(configuration, logger);
  if (logger.isLevelEnabled("warn")) warnOfVariables(strangeVariables(process.env));
  await probePort(configuration);
  if (configuration.workers === 1) return runAlone(configuration, logger);
  const { runPrimary } = await import("./primary.ts");
  return runPrimary(configuration, logger, (ready) => announce(ready, logger));
}

/** To standard error, for on standard output programs may read JSON. */
function warnOfVariables(names: readonly string[]): void {
  if (names.length === 0) return;
  const [are, list] = [names.length === 1 ? "is no setting and is" : "are no settings and are", names.join(", ")];
  process.stderr.write(`longshore: In the environment, ${list} ${are} ignored; longshore --help lists the settings.\n`);
}

async function runAlone(configuration: Configuration, logger: Logger): Promise<void> {
  const stop = stopSignal();
  await run({ configuration, logger, stop, onReady: (ready) => announce(ready, logger) });
}

async function runWorker(configuration: Configuration, logger: Logger): Promise<void> {
  await run({ configuration, logger, stop: stopOrder(), onReady: reportReady });
  process.disconnect?.();
}

interface Run {
  readonly configuration: Configuration;
  readonly logger: Logger;
  readonly stop: Promise<void>;
  readonly onReady: (ready: Ready) => void;
}

async function run({ configuration, logger, stop, onReady }: Run): Promise<void> {
  process.on("uncaughtExceptionMonitor", (error) => logger.fatal({ err: error }, "this must not happen"));
  // Here, so that a primary, which serves nothing, does not load it.
  const { compose } = await import("../compose.ts");
  await using registry = await compose(configuration, { logger }).catch(async (error: unknown) => {
    const { explainFullDisk } = await import("./full-disk.ts");
    throw explainFullDisk(error, configuration);
  });
  const { port } = await registry.listen();
  const { credentialsFile, firstStart } = registry;
  onReady({ configuration, port, credentialsFile, firstStart, startup_ms: Math.round(performance.now()) });
  module.flushCompileCache();
  await stop;
  if (!cluster.isWorker) logger.info("stopping: requests in progress may finish");
  limitStopping(configuration.shutdownGrace_s * 1000 + CLOSING_MS, () => logger.error("stopping took too long"));
}

/** Says that it is ready: to a person in any case, and as a line of JSON where a program reads the log. */
function announce(ready: Ready, logger: Logger): void {
  const { configuration, port, firstStart, startup_ms } = ready;
  if (configuration.logLevel === "silent") return;
  const isText = configuration.logFormat === "text";
  // Standard output holds nothing but JSON then.
  const output = isText ? process.stdout : process.stderr;
  output.write(bannerText(ready, { colour: output.isTTY && process.env["NO_COLOR"] === undefined }));
  if (!isText) logger.info({ address: configuration.address, port, data: configuration.data, firstStart, startup_ms }, "ready");
}
