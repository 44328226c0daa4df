import { Writable } from "node:stream";
import { pino } from "pino";
import { formatLine } from "./log-text.ts";

export type Logger = pino.Logger;

export interface LogOptions {
  readonly format: "json" | "text";
  /** The least important level to write; `silent` writes nothing. */
  readonly level: string;
}

/** What must never stand in a log, at any of the two depths at which we log things. */
const SECRETS = [
  "authorization",
  "authorizationToken",
  "cookie",
  "metadata",
  "password",
  "secret",
  "secretAccessKey",
  "secret_access_key",
  "sessionToken",
  "token",
];
const REDACTED_PATHS = SECRETS.flatMap((name) => [name, `*.${name}`]);

/** So many bytes are gathered before JSON lines are written, for so long at most. */
const BUFFER_BYTES = 8 * 1024;
const FLUSH_INTERVAL_MS = 200;

/** A logger to standard output. JSON lines are buffered for a moment; call `flush` before the process ends. */
export function createLogger({ format, level }: LogOptions): Logger {
  const destination =
    format === "text"
      ? textDestination(process.stdout)
      : pino.destination({ dest: 1, sync: false, minLength: BUFFER_BYTES, periodicFlush: FLUSH_INTERVAL_MS });
  return createLoggerTo(destination, level);
}

/** The same to anything that takes lines. */
export function createLoggerTo(destination: pino.DestinationStream, level: string): Logger {
  return pino({ level, base: null, redact: { paths: REDACTED_PATHS, censor: "[redacted]" } }, destination);
}

/** Turns JSON lines into lines for people. */
function textDestination(output: NodeJS.WriteStream): Writable {
  const colour = output.isTTY && process.env["NO_COLOR"] === undefined;
  return new Writable({
    decodeStrings: false,
    write(line: string, _encoding, done) {
      output.write(formatLine(line, { colour }), () => done());
    },
  });
}
