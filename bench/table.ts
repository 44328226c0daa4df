import { freemem, hostname, loadavg, totalmem, cpus } from "node:os";
import type { Row, Target } from "./row.ts";

/** One figure of one row, of every peer that was measured. */
export interface Line {
  readonly name: string;
  readonly work: string;
  readonly unit: string;
  /** By the peer's name: the median of its rounds, and the rounds. */
  readonly figures: Readonly<Record<string, { readonly median: number; readonly rounds: readonly number[] }>>;
  /** Longshore's by docker-registry's. */
  readonly ratio: number | undefined;
  readonly target: string;
  /** Undefined where there is no target, or nothing to hold it against. */
  readonly met: boolean | undefined;
}

/** Judges what one figure of a row came to. */
export function judge(
  row: Row,
  index: number,
  rounds: ReadonlyMap<string, readonly (readonly number[])[]>,
  median: (values: readonly number[]) => number,
): Line {
  const figure = row.figures[index];
  if (figure === undefined) throw new Error("The row has no such figure.");
  const figures = Object.fromEntries(
    [...rounds].map(([peer, values]) => {
      const own = values.map((it) => it[index] ?? Number.NaN);
      return [peer, { median: median(own), rounds: own }];
    }),
  );
  const ours = figures["Longshore"]?.median;
  const theirs = figures["docker-registry"]?.median;
  const ratio = ours === undefined || theirs === undefined ? undefined : ours / theirs;
  const { target } = figure;
  const measured = target.of === "ratio" ? ratio : ours;
  return {
    name: row.name,
    work: row.work,
    unit: figure.unit,
    figures,
    ratio,
    target: targetText(target, figure.unit),
    met: isMet(target, measured),
  };
}

function isMet(target: Target, measured: number | undefined): boolean | undefined {
  if (target.of === "none" || measured === undefined) return undefined;
  return "atLeast" in target ? measured >= target.atLeast : measured <= target.atMost;
}

function targetText(target: Target, unit: string): string {
  if (target.of === "none") return "";
  const sign = "atLeast" in target ? "≥" : "≤";
  const value = "atLeast" in target ? target.atLeast : target.atMost;
  return target.of === "ratio" ? `${sign} ${value} ×` : `${sign} ${value} ${unit}`;
}

/** The lines as a table for people. */
export function tableText(lines: readonly Line[], peers: readonly string[]): string {
  const others = peers.filter((it) => it !== "Longshore");
  const heads = ["work", "", ...others, "Longshore", "ratio", "target", "met"];
  const rows = lines.map((it) => [
    it.work,
    it.unit,
    ...[...others, "Longshore"].map((peer) => numberText(it.figures[peer]?.median)),
    it.ratio === undefined ? "" : `${it.ratio.toFixed(2)} ×`,
    it.target,
    it.met === undefined ? "" : it.met ? "yes" : "NO",
  ]);
  const widths = heads.map((head, column) => Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const isText = (column: number) => column < 2;
  const render = (row: readonly string[]) =>
    row
      .map((cell, column) => (isText(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  ")
      .trimEnd();
  return [render(heads), widths.map((it) => "-".repeat(it)).join("  "), ...rows.map(render)].join("\n");
}

function numberText(value: number | undefined): string {
  if (value === undefined) return "";
  if (value >= 100) return Math.round(value).toLocaleString("en");
  return value.toPrecision(3);
}

/** What it was measured on. */
export function machineText(): string {
  const [cpu] = cpus();
  const memory_gb = (it: number) => Math.round(it / 1e9);
  return `${cpus().length} × ${cpu?.model ?? "?"}, ${memory_gb(totalmem())} GB (${memory_gb(freemem())} free), ${hostname()}, load ${loadavg()[0]?.toFixed(1)}`;
}
