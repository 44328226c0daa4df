// Brings in what the lock file names, when that has not been done: `npm start` and `npm test` run this first, on whatever
// Node the machine has, so it is plain JavaScript. `run` brings in what running takes; `develop` all. `check` brings in nothing: it
// says what to do where npm was told to ignore scripts, and did not run this before the tests.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const NODE_MAJOR_MIN = 20;
const NODE_MAJOR_TO_RUN = 26;
const MODES = ["run", "develop", "check"];

const root = fileURLToPath(new URL("..", import.meta.url));
const pinnedNode = join(root, "node_modules", "node", "bin", "node");
const mode = process.argv[2];
const nodeMajor = Number.parseInt(process.versions.node, 10);

if (!MODES.includes(mode)) fail(`say which: ${MODES.join(" or ")}`);
if (nodeMajor < NODE_MAJOR_MIN) {
  fail(`installing needs Node ${NODE_MAJOR_MIN} or newer, and this is ${process.versions.node}.`);
}
if (mode === "check") check();
else if (!isInstalled()) install();

/** A machine's own Node will do for the tests, when it is new enough and the rest is there. */
function check() {
  if (arePackagesThere() && (existsSync(pinnedNode) || nodeMajor >= NODE_MAJOR_TO_RUN)) return;
  const isIgnored = process.env.npm_config_ignore_scripts === "true";
  fail(
    isIgnored
      ? `what tests need is not installed: a script does that, and npm was told to ignore scripts. Run npm test --ignore-scripts=false in ${root} once.`
      : `what tests need is not installed: run npm test (or npm ci) in ${root} first.`,
  );
}

function isInstalled() {
  return existsSync(pinnedNode) && arePackagesThere();
}

/**
 * Compares what npm wrote down about node_modules with the lock file, whoever installed it. Packages for other platforms are
 * never there; those to develop with need not be, to run.
 */
function arePackagesThere() {
  const wanted = Object.entries(packagesOf("package-lock.json")).filter(
    ([path, it]) => path !== "" && !it.optional && isNeeded(it),
  );
  const installed = packagesOf(join("node_modules", ".package-lock.json"));
  return wanted.every(([path, { version }]) => installed[path]?.version === version);
}

function isNeeded({ dev }) {
  return mode !== "run" || !dev;
}

function packagesOf(file) {
  const path = join(root, file);
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")).packages : {};
}

/** Whoever has installed what developing takes keeps it. */
function install() {
  process.stderr.write("longshore: installing what package-lock.json names…\n");
  const develops =
    mode === "develop" || Object.values(packagesOf(join("node_modules", ".package-lock.json"))).some((it) => it.dev);
  const scope = develops ? "--include=dev" : "--omit=dev";
  const result = npm(["ci", scope, ...scriptsFlag(), "--no-audit", "--no-fund", "--no-progress", "--loglevel=error"]);
  if (result.error !== undefined) fail(`npm could not be started (${result.error.code}); is it installed?`);
  if (result.status !== 0) {
    process.stderr.write(`${result.stdout}${result.stderr}`);
    fail("npm ci failed, for the reason above; can this machine reach the npm registry?");
  }
  if (!existsSync(pinnedNode))
    fail(`npm did not run the install script of the package node: run npm rebuild node --ignore-scripts=false in ${root}.`);
}

/** Empty is how npm says false: somebody has said so on the command line, and npm would forget it with the rest of that. */
function scriptsFlag() {
  return process.env.npm_config_ignore_scripts === "" ? ["--ignore-scripts=false"] : [];
}

/** The npm that runs us, else the one in PATH. */
function npm(args) {
  const running = process.env.npm_execpath;
  const options = { cwd: root, env: outerEnvironment(), encoding: "utf8", maxBuffer: 64 * 1024 * 1024 };
  if (running?.endsWith(".js")) return spawnSync(process.execPath, [running, ...args], options);
  return spawnSync("npm", args, { ...options, shell: process.platform === "win32" });
}

/**
 * The environment without what npm tells a script about the command that it runs: `--prefix`, `--omit` and the like were
 * meant for that command. What reaches the registry (registry, cache, proxies, user configuration) stays.
 */
function outerEnvironment() {
  const kept =
    /^npm_config_(registry|cache|userconfig|globalconfig|offline|prefer_offline|proxy|https_proxy|noproxy|cafile|ca|strict_ssl)$/i;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name) || kept.test(name)));
}

function fail(sentence) {
  process.stderr.write(`longshore: ${sentence}\n`);
  process.exit(1);
}
