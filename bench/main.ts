import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { congestionControl, runWithoutPacing } from "./loopback.ts";
import { dockerRegistry } from "./peers/docker-registry.ts";
import { longshore } from "./peers/longshore.ts";
import type { PeerKind } from "./peers/peer.ts";
import { zot } from "./peers/zot.ts";
import { median, type Row } from "./row.ts";
import { apiLists } from "./rows/api-lists.ts";
import { apiRequests } from "./rows/api-requests.ts";
import { collecting } from "./rows/collecting.ts";
import { decisions } from "./rows/decisions.ts";
import { largeRegistry } from "./rows/large-registry.ts";
import { lifecycle } from "./rows/lifecycle.ts";
import { largeLayers } from "./rows/layers.ts";
import { manifestPushes } from "./rows/manifest-pushes.ts";
import { smallPulls } from "./rows/pulls-of-small-things.ts";
import { thingsOfOthers } from "./rows/things-of-others.ts";
import { openStorage, type Storage } from "./storage.ts";
import { judge, type Line, machineText, tableText } from "./table.ts";

const ROWS: readonly Row[] = [
  ...smallPulls,
  ...manifestPushes,
  ...largeLayers,
  ...largeRegistry,
  ...apiLists,
  ...apiRequests,
  decisions,
  ...thingsOfOthers,
  ...collecting,
  ...lifecycle,
];
const PEERS: readonly PeerKind[] = [dockerRegistry, zot, longshore];
const SERVER_CORE = 0;
const LOAD_CORE = 1;

const HELP = `Measures Longshore beside other registries on this machine, and prints a table of ratios.

  npm run bench -- [--only <row>,…] [--peer <name>,…] [--json <file>] [--quick] [--large] [--disk <folder>] [--paced]

  --only    these rows: ${ROWS.map((it) => it.name).join(", ")}
  --peer    these registries: ${PEERS.map((it) => it.name).join(", ")}; by itself every one that is on PATH
  --json    where the figures are written (bench/results/latest.json)
  --quick   one short round each, for a first look
  --large   layers of 12 GB instead of 1 GB where memory is measured
  --disk    the folder to keep data in that belongs on a disk (the temporary folder)
  --paced   on the machine's own loopback, even where the kernel sends on it by timers
`;

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    peer: { type: "string" },
    json: { type: "string", default: "bench/results/latest.json" },
    quick: { type: "boolean", default: false },
    large: { type: "boolean", default: false },
    disk: { type: "string" },
    paced: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

if (values.help) process.stdout.write(HELP);
else process.exitCode = (values.paced ? undefined : runWithoutPacing()) ?? (await bench());

/** Returns the exit code: 1 when a target was missed or a row failed. */
async function bench(): Promise<number> {
  const rows = chosen(ROWS, values.only, "row");
  const peers = chosen(PEERS, values.peer, "registry").filter((it) => it.version() !== undefined);
  const versions = Object.fromEntries(peers.map((it) => [it.name, it.version()]));
  const loopback = congestionControl();
  process.stderr.write(
    `${machineText()}, loopback with ${loopback}\n${peers.map((it) => `${it.name} ${versions[it.name]}`).join(", ")}\n\n`,
  );
  mkdirSync(dirname(values.json), { recursive: true });
  using storage = openStorage(values.disk);
  const machine = machineText();
  const lines: Line[] = [];
  const failures: string[] = [];
  for (const row of rows) {
    const measured = await measureRow(row, peers, storage).catch((error: Error) => {
      failures.push(`${row.name}: ${error.message}`);
      process.stderr.write(`${row.name} FAILED: ${error.stack}\n`);
      return [];
    });
    lines.push(...measured);
    writeFileSync(
      values.json,
      `${JSON.stringify({ date: new Date().toISOString(), machine, loopback, versions, quick: values.quick, lines, failures }, null, 2)}\n`,
    );
  }
  process.stdout.write(
    `${tableText(
      lines,
      peers.map((it) => it.name),
    )}\n`,
  );
  const missed = lines.filter((it) => it.met === false).length;
  process.stdout.write(`\n${missed} targets missed, ${failures.length} rows failed. Figures in ${values.json}.\n`);
  return missed + failures.length > 0 ? 1 : 0;
}

function chosen<T extends { readonly name: string }>(all: readonly T[], names: string | undefined, what: string): readonly T[] {
  if (names === undefined) return all;
  return names.split(",").map((name) => {
    const found = all.find((it) => it.name === name);
    if (found !== undefined) return found;
    process.stderr.write(`There is no ${what} named ${name}; there are ${all.map((it) => it.name).join(", ")}.\n`);
    process.exit(2);
  });
}

/** The peers take turns, so that a machine that is busy for a while is so for all of them. */
async function measureRow(row: Row, peers: readonly PeerKind[], storage: Storage): Promise<Line[]> {
  const taking = row.alone === true ? peers.filter((it) => it === longshore) : peers;
  const rounds = new Map(taking.map((it) => [it.name, [] as (readonly number[])[]]));
  for (let round = 0; round < (values.quick ? 1 : row.rounds); round++) {
    for (const kind of taking) {
      const figures = await measureOnce(row, kind, storage);
      rounds.get(kind.name)?.push(figures);
      process.stderr.write(
        `${row.name}  ${kind.name}  ${figures.map((it, i) => `${it.toPrecision(4)} ${row.figures[i]?.unit}`).join("  ")}\n`,
      );
    }
  }
  return row.figures.map((_figure, index) => judge(row, index, rounds, median));
}

async function measureOnce(row: Row, kind: PeerKind, storage: Storage): Promise<readonly number[]> {
  const { storage: where, pinned } = row.start;
  const data = where === "large" ? await storage.large() : storage.folder(where);
  pinLoad(pinned === true);
  try {
    await using peer = await kind.start({ data, ...(pinned === true ? { core: SERVER_CORE, workers: 1 } : {}) });
    return await row.measure(peer, { quick: values.quick, large: values.large, data });
  } finally {
    if (where !== "large") storage.remove(data);
  }
}

/** Moves this process to the core that the server does not have, or sets it free. */
function pinLoad(pinned: boolean): void {
  const cores = pinned ? String(LOAD_CORE) : "0-1023";
  execFileSync("taskset", ["-a", "-c", "-p", cores, String(process.pid)], { stdio: "ignore" });
}
