import { readFileSync, readdirSync } from "node:fs";

/** Linux reports processor time in hundredths of a second. */
const TICKS_PER_S = 100;

/** A process and all its descendants, as far as they run now. */
function processTree(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const entry of readdirSync("/proc")) {
    const parent = /^[0-9]+$/.test(entry) ? statOf(Number(entry))?.parent : undefined;
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), Number(entry)]);
  }
  const tree = [pid];
  for (const it of tree) tree.push(...(children.get(it) ?? []));
  return tree;
}

/** Processor seconds, of user and system, that a process and its descendants have used so far. */
export function processorSeconds(pid: number): number {
  return processTree(pid).reduce((sum, it) => sum + (statOf(it)?.ticks ?? 0), 0) / TICKS_PER_S;
}

/** The most memory that any one process of the tree has had resident since it began, in bytes. */
export function peakResidentBytes(pid: number): number {
  return Math.max(...processTree(pid).map(peakOf));
}

function peakOf(pid: number): number {
  try {
    const kilobytes = /^VmHWM:\s+([0-9]+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return Number(kilobytes ?? 0) * 1024;
  } catch {
    return 0;
  }
}

function statOf(pid: number): { parent: number; ticks: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The program's name stands in parentheses and may hold anything, so fields count from the last one.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return { parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) };
  } catch {
    return undefined;
  }
}
