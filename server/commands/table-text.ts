import { visible } from "./visible.ts";

/** A table for a terminal: the first column stands left, the others right, as wide as they have to be. */
export function tableText(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [heads, ...rows];
  const widths = heads.map((_, column) => lines.reduce((width, line) => Math.max(width, line[column]?.length ?? 0), 0));
  const lineText = (line: readonly string[]): string =>
    line.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join("  ");
  return lines.map((line) => `${visible(lineText(line)).trimEnd()}\n`).join("");
}
