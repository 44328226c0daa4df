import { shareBefore } from "../layers/scrub/pace.ts";
import type { ScrubPassRow } from "../platform/metadata/space-schema.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

interface Status {
  readonly current?: ScrubPassRow;
  readonly last?: ScrubPassRow;
  readonly damaged: number;
}

/** How far verification is, for people. */
export function statusText({ current, last, damaged }: Status, within_s: number | undefined, now_ms: number): string {
  const lines = [
    last === undefined
      ? "Not all layers have been verified yet."
      : `Every layer that is older was verified within the last ${daysOf(now_ms - last.started_ms)}.`,
    within_s === undefined
      ? "They are verified when longshore scrub says so (--scrub-within off)."
      : `Each is verified again within ${daysOf(within_s * 1000)} (--scrub-within).`,
    current === undefined ? "No pass is under way." : `The pass that is under way: ${progressText(current)}.`,
    ...(last === undefined ? [] : [`The last full pass: ${passText(last).trimEnd()}`]),
    damaged === 0
      ? "No layer is known to be damaged."
      : `${damaged} ${damaged === 1 ? "layer is" : "layers are"} damaged until a client pushes them again or longshore heal gets them; longshore fsck lists them.`,
  ];
  return `${lines.join("\n")}\n`;
}

/** A pass that is under way, in one line. */
export function progressText(pass: ScrubPassRow): string {
  const percent = Math.floor(shareBefore(pass.cursor) * 100);
  return `begun ${timeOf(pass.started_ms)}, ${percent} % done, ${countsOf(pass)}`;
}

/** A pass that has come to its end, in one line. */
export function passText(pass: ScrubPassRow): string {
  return `from ${timeOf(pass.started_ms)} to ${timeOf(pass.ended_ms ?? pass.started_ms)}, ${countsOf(pass)}.\n`;
}

function countsOf({ blobs, bytes, damaged }: ScrubPassRow): string {
  const found = damaged === 0 ? "none damaged" : `${damaged} damaged`;
  return `${blobs} ${blobs === 1 ? "layer" : "layers"}, ${bytes} bytes, ${found}`;
}

function timeOf(time_ms: number): string {
  return `${new Date(time_ms).toISOString().slice(0, 19)}Z`;
}

function daysOf(span_ms: number): string {
  const days = Math.ceil(span_ms / DAY_MS);
  return days === 1 ? "day" : `${days} days`;
}
