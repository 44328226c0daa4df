import { closeSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";

/** Of each 64 kB one page is kept: a host takes back what is free in pieces of 2 MB, and some of 128 kB. */
const FREED = Buffer.alloc(60 * 1024);
const KEPT = Buffer.alloc(4 * 1024);
/** Linux keeps up to an eighth of memory in lists of single processors: the others do not get what one has freed. */
const OF_ONE_PROCESSOR_BYTES = totalmem() / 8 / cpus().length;

/**
 * Makes that much memory ready to be used: free, and the machine's. A virtual machine gets memory from its host when it first touches
 * it, and gives it back when it has been free for a moment; fetching it takes longer than a push does, and is not what is measured. So
 * it is touched before, by two files in a folder in memory that are written in turns, and one of them is removed. As long as the
 * other one is there what is free lies in pieces that are too small to be given back, and are the first to be used.
 */
export function readyMemory(folder: string, bytes: number): Disposable {
  const { bavail, bsize } = statfsSync(folder);
  const wanted = Math.min(bytes + OF_ONE_PROCESSOR_BYTES, (bavail * bsize) / 2);
  const files = mkdtempSync(join(folder, "ready-"));
  const freed = openSync(join(files, "freed"), "w");
  const kept = openSync(join(files, "kept"), "w");
  for (let made = 0; made < wanted; made += FREED.length) {
    writeSync(freed, FREED);
    writeSync(kept, KEPT);
  }
  closeSync(freed);
  closeSync(kept);
  rmSync(join(files, "freed"));
  return { [Symbol.dispose]: () => rmSync(files, { recursive: true, force: true }) };
}
