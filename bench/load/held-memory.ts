import { closeSync, mkdtempSync, openSync, rmSync, unlink, writeSync } from "node:fs";
import { join } from "node:path";

const FILE_BYTES = 32_000_000;
const BLOCK = Buffer.alloc(1_000_000);
/** Let go of before it is asked for: enough that a server never waits, and little enough that the host does not take it back. */
const AHEAD_BYTES = 256_000_000;

/** Memory that has been touched. */
export interface HeldMemory extends Disposable {
  /** Frees as much again, because somebody is about to write as much. */
  letGo(bytes: number): void;
}

/**
 * Fills files in a folder in memory. A virtual machine gets memory from its host when it first touches it, and gives it back when
 * it has been free for a moment; fetching it takes longer than a push does, and is not what is measured. So it is fetched before,
 * and freed as a push needs it.
 */
export function holdMemory(folder: string, bytes: number): HeldMemory {
  const held = mkdtempSync(join(folder, "held-"));
  const files = Array.from({ length: Math.ceil((bytes + AHEAD_BYTES) / FILE_BYTES) }, (_, index) =>
    fillFile(join(held, String(index))),
  );
  let owed_bytes = 0;
  const letGo = (more: number) => {
    owed_bytes += more;
    for (; owed_bytes > 0 && files.length > 0; owed_bytes -= FILE_BYTES) unlink(files.pop() ?? "", () => undefined);
  };
  letGo(AHEAD_BYTES);
  return { letGo, [Symbol.dispose]: () => rmSync(held, { recursive: true, force: true }) };
}

function fillFile(path: string): string {
  const file = openSync(path, "w");
  for (let written = 0; written < FILE_BYTES; written += BLOCK.length) writeSync(file, BLOCK);
  closeSync(file);
  return path;
}
