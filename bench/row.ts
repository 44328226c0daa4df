import type { Peer } from "./peers/peer.ts";

/** One line of the table or a few: work that is done the same way with every peer. */
export interface Row {
  /** For `--only`. */
  readonly name: string;
  readonly work: string;
  readonly figures: readonly Figure[];
  readonly start: StartKind;
  /** Longshore only, where the target is a time and not a ratio. */
  readonly alone?: true;
  /** How often each peer takes its turn; the median counts. */
  readonly rounds: number;
  /** Does the work with a server that has just been started; one value for each figure, in order. */
  measure(peer: Peer, context: Context): Promise<readonly number[]>;
}

/** How the server runs. */
export interface StartKind {
  /** `large` is a folder that holds a large registry; it is used again and again. */
  readonly storage: "memory" | "disk" | "large";
  /** One worker, and it and the load have a processor core each. */
  readonly pinned?: boolean;
}

export interface Figure {
  readonly unit: string;
  readonly target: Target;
}

/** `ratio` is Longshore's figure by docker-registry's; `value` is Longshore's figure by itself; `none` is for information. */
export type Target =
  | { readonly of: "ratio" | "value"; readonly atLeast: number }
  | { readonly of: "ratio" | "value"; readonly atMost: number }
  | { readonly of: "none" };

export interface Context {
  /** Shorter, for a first look. */
  readonly quick: boolean;
  /** 12 GB layers instead of 1 GB ones, where memory is measured. */
  readonly large: boolean;
  /** The data folder that the server was started on. */
  readonly data: string;
}

export function atLeast(ratio: number): Target {
  return { of: "ratio", atLeast: ratio };
}

export function atMost(ratio: number): Target {
  return { of: "ratio", atMost: ratio };
}

export function below(value: number): Target {
  return { of: "value", atMost: value };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
