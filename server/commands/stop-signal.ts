/** npm passes on the Ctrl-C that the terminal has sent to everyone already: so soon, a second signal is the same one. */
const SAME_SIGNAL_MS = 500;
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const EXIT_CODE_INTERRUPTED = 130;

/** Resolves at the first signal to stop. A second one, from somebody without patience, ends the process at once. */
export function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    let first_ms: number | undefined;
    const receive = (): void => {
      if (first_ms !== undefined && Date.now() - first_ms > SAME_SIGNAL_MS) process.exit(EXIT_CODE_INTERRUPTED);
      first_ms ??= Date.now();
      resolve();
    };
    for (const signal of SIGNALS) process.on(signal, receive);
  });
}

/** Ends the process when stopping takes longer than it may; does not keep it alive. */
export function limitStopping(limit_ms: number, onLimit: () => void): void {
  setTimeout(() => {
    onLimit();
    process.exit(1);
  }, limit_ms).unref();
}
