import cluster from "node:cluster";
import module from "node:module";
import { join } from "node:path";
import { explainFailure } from "./commands/failure.ts";

const COMMANDS = [
  "serve",
  "env",
  "hosts",
  "tls",
  "account",
  "token",
  "explain",
  "policy",
  "lifecycle",
  "deletions",
  "undo",
  "scrub",
  "fsck",
  "heal",
  "in-use",
  "usage",
  "gc",
  "oidc",
  "help",
];

/**
 * The command line. Sets the process's exit code: 0, or 1 when something failed, or 2 when the command line or a setting is
 * wrong. Each command is loaded only when it is asked for, and what was compiled is kept for the next start.
 */
export async function main(args: readonly string[]): Promise<void> {
  const cache = join(import.meta.dirname, "..", "node_modules", ".cache", "longshore");
  module.enableCompileCache(cache);
  // Threads do not inherit it in any other way, and one starts in half the time with it.
  process.env["NODE_COMPILE_CACHE"] ??= cache;
  try {
    await run(args);
  } catch (error) {
    const failure = explainFailure(error);
    if (process.env["LONGSHORE_DEBUG"]) console.error(error);
    if (cluster.isWorker) await new Promise((resolve) => process.send?.({ kind: "failed", ...failure }, resolve));
    else process.stderr.write(`longshore: ${failure.sentence}\n`);
    process.exit(failure.exitCode);
  }
}

async function run(args: readonly string[]): Promise<void> {
  const [first = "serve", ...others] = args;
  const [command, rest] = first.startsWith("-") ? ["serve", args] : [first, others];
  const isHelp = args.includes("--help") || args.includes("-h") || first === "help";
  if (isHelp || command !== "serve") process.stdout.on("error", endWithReader);
  if (isHelp) return (await import("./commands/help.ts")).help();
  if (first === "--version" || first === "-v") return (await import("./commands/help.ts")).version();
  switch (command) {
    case "serve":
      return (await import("./commands/serve.ts")).serve(rest);
    case "env":
      return (await import("./commands/env.ts")).env(rest);
    case "hosts":
      return (await import("./commands/hosts.ts")).hosts(rest);
    case "tls":
      return (await import("./commands/tls.ts")).tls(rest);
    case "account":
      return (await import("./commands/account.ts")).account(rest);
    case "token":
      return (await import("./commands/token.ts")).token(rest);
    case "explain":
      return (await import("./commands/explain.ts")).explain(rest);
    case "gc":
      return (await import("./commands/gc.ts")).gc(rest);
    case "oidc":
      return (await import("./commands/oidc.ts")).oidc(rest);
    case "policy":
      return (await import("./commands/policy.ts")).policy(rest);
    case "scrub":
      return (await import("./commands/scrub.ts")).scrub(rest);
    case "fsck":
      return (await import("./commands/fsck.ts")).fsck(rest);
    case "heal":
      return (await import("./commands/heal.ts")).heal(rest);
    case "lifecycle":
      return (await import("./commands/lifecycle.ts")).lifecycle(rest);
    case "deletions":
      return (await import("./commands/deletions.ts")).deletions(rest);
    case "undo":
      return (await import("./commands/undo.ts")).undo(rest);
    case "in-use":
      return (await import("./commands/in-use.ts")).inUse(rest);
    case "usage":
      return (await import("./commands/usage.ts")).usage(rest);
    default:
      return (await import("./commands/help.ts")).refuseCommand(command, COMMANDS);
  }
}

/** Whoever has read enough of what is printed, such as `head`, may go: that is no failure. Throws any other error. */
function endWithReader(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
  process.exit();
}

if (import.meta.main) await main(process.argv.slice(2));
