import { type Content, makeContent } from "../load/content.ts";
import { readyMemory } from "../load/ready-memory.ts";
import { pullLayer, pushLayer } from "../load/transfer.ts";
import type { Peer } from "../peers/peer.ts";
import { peakResidentBytes, processorSeconds } from "../process-tree.ts";
import { atLeast, atMost, below, type Figure, type Row } from "../row.ts";

const MB = 1_000_000;
const GB = 1000 * MB;
const REPOSITORY = "bench/layers";
/** What is pushed before a push is timed, at once, so that every worker gets some of it; and how many pulls at once before a pull. */
const WARM_UP = { layers: 8, size: 100 * MB };
const WORKER_MEMORY_MB = 250;
/** What sockets, processes and databases take while layers are pushed. */
const FOR_THE_REST = 256 * MB;

/** Large layers, pushed and pulled. Pushed ones are read back and compared, outside of the time that counts. */
export const largeLayers: readonly Row[] = [
  push({ name: "push-100m", size: 100 * MB, atOnce: 1, times: 8, speed: 2, cpu: 0.6 }),
  push({ name: "push-100m-x8", size: 100 * MB, atOnce: 8, times: 2, speed: 1.4, cpu: 0.6 }),
  push({ name: "push-1g", size: GB, atOnce: 1, times: 2, speed: 2, cpu: 0.6 }),
  push({ name: "push-1g-x8", size: GB, atOnce: 8, times: 1, speed: 1.4, cpu: 0.6 }),
  push({ name: "push-100m-disk", size: 100 * MB, atOnce: 1, times: 8, speed: 1, storage: "disk" }),
  push({ name: "push-100m-x8-disk", size: 100 * MB, atOnce: 8, times: 2, speed: 1, storage: "disk" }),
  pull("pull-1g", 1),
  pull("pull-1g-x8", 8),
  memory("memory-push", "pushed", "push"),
  memory("memory-pull", "pulled", "pull"),
];

interface PushKind {
  readonly name: string;
  readonly size: number;
  readonly atOnce: number;
  /** How often a round repeats it. */
  readonly times: number;
  readonly speed: number;
  readonly cpu?: number;
  readonly storage?: "disk";
}

function push({ name, size, atOnce, times, speed, cpu, storage }: PushKind): Row {
  return {
    name,
    work: `push of ${sizeText(size)}, ${atOnceText(atOnce)}, ${storage === "disk" ? "on disk" : "on tmpfs"}`,
    figures: transferFigures(speed, cpu),
    start: { storage: storage ?? "memory" },
    rounds: 3,
    async measure(peer, { quick, data }) {
      await peer.createRepository(REPOSITORY);
      // The first pushes of a process pay for what later ones do not: connections, threads, compiled code.
      await pushAtOnce(peer, contents(WARM_UP.layers, WARM_UP.size));
      const groups = Array.from({ length: quick ? 1 : times }, () => contents(atOnce, size));
      using _memory = storage === "disk" ? undefined : readyMemory(data, atOnce * size * groups.length + FOR_THE_REST);
      const figures = await timed(peer, groups.flat(), async () => {
        for (const group of groups) await pushAtOnce(peer, group);
      });
      for (const it of groups.flat()) await pullLayer(peer, REPOSITORY, it, true);
      return figures;
    },
  };
}

function pull(name: string, atOnce: number): Row {
  return {
    name,
    work: `pull of 1 GB, ${atOnceText(atOnce)}, on tmpfs`,
    figures: transferFigures(1.2, 1),
    start: { storage: "memory" },
    rounds: 3,
    async measure(peer, { quick }) {
      await peer.createRepository(REPOSITORY);
      const layer = makeContent(GB);
      await pushLayer(peer, REPOSITORY, layer);
      await pullAtOnce(peer, layer, WARM_UP.layers, true);
      const times = quick || atOnce > 1 ? 1 : 3;
      const pulled = Array.from({ length: times * atOnce }, () => layer);
      return timed(peer, pulled, async () => {
        for (let i = 0; i < times; i++) await pullAtOnce(peer, layer, atOnce, false);
      });
    },
  };
}

function memory(name: string, done: string, direction: "push" | "pull"): Row {
  return {
    name,
    work: `memory of a worker at its peak, eight layers of 1 GB (--large: 12 GB) ${done} at once`,
    figures: [{ unit: "MB", target: below(WORKER_MEMORY_MB) }],
    start: { storage: "disk" },
    rounds: 1,
    async measure(peer, { large }) {
      await peer.createRepository(REPOSITORY);
      const size = large ? 12 * GB : GB;
      const layers = direction === "push" ? contents(8, size) : contents(1, size);
      await pushAtOnce(peer, layers);
      if (direction === "pull") {
        for (const it of layers) await pullAtOnce(peer, it, 8, true);
      }
      const peak = peakResidentBytes(peer.pid) / MB;
      if (direction === "push") for (const it of layers) await pullLayer(peer, REPOSITORY, it, true);
      return [peak];
    },
  };
}

async function pushAtOnce(peer: Peer, layers: readonly Content[]): Promise<void> {
  await Promise.all(layers.map((it) => pushLayer(peer, REPOSITORY, it)));
}

async function pullAtOnce(peer: Peer, layer: Content, times: number, check: boolean): Promise<void> {
  await Promise.all(Array.from({ length: times }, () => pullLayer(peer, REPOSITORY, layer, check)));
}

function transferFigures(speed: number, cpu: number | undefined): readonly Figure[] {
  return [
    { unit: "MB/s", target: atLeast(speed) },
    { unit: "CPU s/GB", target: cpu === undefined ? { of: "none" } : atMost(cpu) },
  ];
}

async function timed(peer: Peer, transferred: readonly Content[], work: () => Promise<void>): Promise<readonly number[]> {
  const before_s = processorSeconds(peer.pid);
  const begun = performance.now();
  await work();
  const duration_s = (performance.now() - begun) / 1000;
  const used_s = processorSeconds(peer.pid) - before_s;
  const bytes = transferred.reduce((sum, it) => sum + it.size, 0);
  return [bytes / MB / duration_s, used_s / (bytes / GB)];
}

function contents(count: number, size: number): Content[] {
  return Array.from({ length: count }, () => makeContent(size));
}

function sizeText(size: number): string {
  return size >= GB ? `${size / GB} GB` : `${size / MB} MB`;
}

function atOnceText(atOnce: number): string {
  return atOnce === 1 ? "one at a time" : `${atOnce} at once`;
}
