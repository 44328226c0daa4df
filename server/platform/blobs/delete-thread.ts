/** The file of a thread that removes files, off the main thread. Started by disk-delete.ts. */
import { parentPort } from "node:worker_threads";
import { unreachable } from "../../kernel/errors.ts";
import { type Outcome, type Removal, removeFile } from "./disk-delete.ts";

const port = parentPort;
if (port === null) throw unreachable("delete-thread.ts outside of a thread");

port.on("message", ({ files, staging, until_ms }: Removal) => {
  const isLate = () => Date.now() >= until_ms;
  const outcomes = files.map((file): Outcome => {
    try {
      return removeFile(file, staging, isLate);
    } catch (error) {
      return { error: error instanceof Error ? error.message : String(error) };
    }
  });
  port.postMessage(outcomes);
});
