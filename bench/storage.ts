import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fillDatabase } from "./fill.ts";
import { longshore } from "./peers/longshore.ts";

const SHARED_MEMORY = "/dev/shm";
const MEMORY_BYTES_MIN = 12e9;
const MEMORY_MOUNT_SIZE = "16g";

/** Folders for the data of servers, in memory and on disk. Disposing of it removes them. */
export interface Storage extends Disposable {
  /** A new, empty folder. */
  folder(kind: "memory" | "disk"): string;
  /** The folder of a large registry, filled when it is first asked for. */
  large(): Promise<string>;
  remove(folder: string): void;
}

/** `disk` is the parent of the folders on disk. */
export function openStorage(disk: string = tmpdir()): Storage {
  const root = mkdtempSync(join(disk, "longshore-bench-"));
  let memory: MemoryFolder | undefined;
  let large: Promise<string> | undefined;
  const close = () => {
    memory?.close();
    memory = undefined;
    rmSync(root, { recursive: true, force: true });
  };
  // Some of it is memory, which an interrupted run must not keep.
  process.once("exit", close);
  return {
    folder(kind) {
      memory ??= kind === "memory" ? openMemory(root) : undefined;
      return mkdtempSync(join(kind === "memory" && memory !== undefined ? memory.path : root, "data-"));
    },
    large() {
      large ??= makeLarge(mkdtempSync(join(root, "large-")));
      return large;
    },
    remove: (folder) => rmSync(folder, { recursive: true, force: true }),
    [Symbol.dispose]: close,
  };
}

interface MemoryFolder {
  readonly path: string;
  close(): void;
}

/** /dev/shm where it is large enough; else a tmpfs of our own, which only root may mount. */
function openMemory(root: string): MemoryFolder {
  const { bavail, bsize } = statfsSync(SHARED_MEMORY);
  if (bavail * bsize >= MEMORY_BYTES_MIN) {
    const path = mkdtempSync(join(SHARED_MEMORY, "longshore-bench-"));
    return { path, close: () => rmSync(path, { recursive: true, force: true }) };
  }
  const path = mkdtempSync(join(root, "memory-"));
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${MEMORY_MOUNT_SIZE}`, "none", path]);
  return { path, close: () => void execFileSync("umount", ["-l", path]) };
}

async function makeLarge(data: string): Promise<string> {
  // Its first start makes the tables, the account and the keys.
  await using _server = await longshore.start({ data });
  await _server[Symbol.asyncDispose]();
  fillDatabase(data);
  return data;
}
