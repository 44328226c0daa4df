import type { Ready } from "./banner.ts";

/** What a worker tells the primary. */
export type WorkerMessage =
  | ({ readonly kind: "ready" } & Omit<Ready, "configuration" | "startup_ms">)
  | { readonly kind: "failed"; readonly sentence: string; readonly exitCode: number };

export function isWorkerMessage(message: unknown): message is WorkerMessage {
  return typeof message === "object" && message !== null && "kind" in message;
}

/** In a worker: says that it serves. */
export function reportReady({ port, credentialsFile, firstStart }: Ready): void {
  const message: WorkerMessage = { kind: "ready", port, credentialsFile, firstStart };
  process.send?.(message);
}

/**
 * In a worker: resolves at SIGTERM, which is how the primary says it, or when the primary is gone. Ctrl-C reaches the workers
 * as well, and is left to the primary.
 */
export function stopOrder(): Promise<void> {
  process.on("SIGINT", () => {});
  process.on("SIGHUP", () => {});
  return new Promise((resolve) => {
    process.on("SIGTERM", resolve);
    process.on("disconnect", resolve);
  });
}
