import type { Amount, Collection, RepositoryShare } from "../layers/collect/collection.ts";
import { sizeText } from "./size-text.ts";
import { visible } from "./visible.ts";

/** What a collection did, or would do, as people read it on a terminal. */
export function collectionText(collection: Collection | undefined, kind: "now" | "preview" | "last"): string {
  if (collection === undefined) return "No garbage has been collected yet.\n";
  const { unneeded, unnamed, unfinished, layers, failures, repositories } = collection;
  const all = [unneeded, unnamed, unfinished];
  const total = { count: sum(all.map((it) => it.count)), bytes: sum(all.map((it) => it.bytes)) };
  const lines = [
    headline(collection, kind, total),
    "",
    amountLine(unneeded, `of ${counted(layers, "layer")} that no image of their repository needs`),
    amountLine(unnamed, "that nothing named: of deleted repositories and layers, and of pushes that broke off"),
    ...(unfinished.count === 0 ? [] : [amountLine(unfinished, "that an earlier collection had not come to")]),
    ...(failures === 0 ? [] : ["", `${counted(failures, "blob")} could not be deleted. The first one: ${collection.failure}`]),
    ...(repositories.length === 0 ? [] : ["", "Repositories that give back most:", ...repositories.map(shareLine)]),
    ...(collection.isComplete ? [] : ["", "It was stopped before its end. The next one goes on."]),
  ];
  return `${lines.map(visible).join("\n")}\n`;
}

function headline({ started_ms, ended_ms }: Collection, kind: "now" | "preview" | "last", { count, bytes }: Amount): string {
  const what = `${counted(count, "blob")} of ${sizeText(bytes)}`;
  const taken = `in ${((ended_ms - started_ms) / 1000).toFixed(1)} s`;
  if (kind === "preview") return `A collection would delete ${what} now. Nothing was changed.`;
  if (kind === "now") return `Deleted ${what} ${taken}.`;
  return `The last collection ended at ${new Date(ended_ms).toISOString()}. It deleted ${what} ${taken}.`;
}

function amountLine({ count, bytes }: Amount, why: string): string {
  return `  ${String(count).padStart(9)} blobs  ${sizeText(bytes).padStart(10)}  ${why}`;
}

function shareLine({ account, region, repository, layers, bytes }: RepositoryShare): string {
  const where = account === "" ? repository : `${repository} (${account}, ${region})`;
  return `  ${String(layers).padStart(9)} layers ${sizeText(bytes).padStart(10)}  ${where}`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, each) => all + each, 0);
}
