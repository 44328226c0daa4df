import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { PATIENCE_MS } from "./patience.ts";

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

/** SIGTERM, and SIGKILL to what is left when nothing comes of it. */
export async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const timer = setTimeout(() => killGroup(child), PATIENCE_MS);
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
