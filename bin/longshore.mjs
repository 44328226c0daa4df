#!/usr/bin/env node
// Plain JavaScript that old versions of Node understand: it only finds the right one and runs the server with it.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import module from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const NODE_MAJOR_MIN = 26;
const root = fileURLToPath(new URL("..", import.meta.url));

/** The Node that came with the dependencies; npm hoists it to the side when Longshore is itself a dependency. */
const pinnedNode = [join(root, "node_modules", "node", "bin", "node"), join(root, "..", "node", "bin", "node")].find((it) =>
  existsSync(it),
);

if (!existsSync(join(root, "node_modules", "pino")) && !existsSync(join(root, "..", "pino"))) {
  fail(`Longshore is not installed yet: ${howToInstall()}`);
} else if (Number.parseInt(process.versions.node, 10) >= NODE_MAJOR_MIN) {
  module.enableCompileCache(join(root, "node_modules", ".cache", "longshore"));
  const { main } = await import("../server/main.ts");
  await main(process.argv.slice(2));
} else if (pinnedNode === undefined) {
  fail(
    `Longshore needs Node ${NODE_MAJOR_MIN}, and this is ${process.versions.node}: run npm rebuild node --ignore-scripts=false in ${root}.`,
  );
} else {
  runWith(pinnedNode);
}

/** What installs is a script that npm runs before `npm start`, and another one of the package node. */
function howToInstall() {
  if (process.env.npm_config_ignore_scripts !== "true") return `run npm start (or npm ci) in ${root} first.`;
  return `a script does that, and npm was told to ignore scripts. Run npm start --ignore-scripts=false in ${root} once.`;
}

/** Hands over to another Node. Signals reach it too, and its end is ours. */
function runWith(node) {
  const child = spawn(node, process.argv.slice(1), { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => fail(`Node ${NODE_MAJOR_MIN} could not be started from ${node} (${error.code}).`));
  child.on("exit", (code, signal) => {
    process.exitCode = signal === null ? code : 1;
  });
}

function fail(sentence) {
  process.stderr.write(`longshore: ${sentence}\n`);
  process.exitCode = 1;
}
