import { UsageError } from "../arguments.ts";
import { describeImageStorageUsage, type ImagesUsage } from "../images/usage/describe-image-storage-usage.ts";
import { describeRepositoryUsage, describeStorageUsage, type UsagePage } from "../images/usage/describe-storage-usage.ts";
import { addUsage, NO_USAGE } from "../images/usage/measure-repository.ts";
import type { Call } from "../kernel/call.ts";
import { systemClock } from "../kernel/clock.ts";
import { PAGE_SIZE_MAX } from "../kernel/limits.ts";
import { parseAccountId, parseRepositoryName, type RepositoryName } from "../kernel/names.ts";
import { splitArguments, takeOptions } from "./command-line.ts";
import { type OpenData, openData } from "./open-data.ts";
import { sizeText } from "./size-text.ts";
import { tableText } from "./table-text.ts";

type Asking = Pick<Call, "registry" | "client">;

/**
 * `longshore usage`: what a registry takes, or a repository, or images and what deleting them gives back. It reads the data folder
 * or the database directly, also while a server runs.
 */
export async function usage(args: readonly string[]): Promise<void> {
  const { options, rest } = takeOptions(args, ["--of"]);
  const { switches, words, flags } = splitArguments(rest, ["--json"]);
  const [repository, ...images] = words;
  const name = repository === undefined ? undefined : parseRepositoryName(repository);
  if (repository !== undefined && name === undefined) throw new UsageError(`${repository} is no name of a repository.`);
  await using data = await openData(flags);
  const account = parseAccountId(options.get("--of") ?? data.registry.account);
  if (account === undefined) throw new UsageError("--of must be an account's twelve digits.");
  const asking: Asking = { registry: { ...data.registry, account }, client: { signal: new AbortController().signal } };
  const text = name !== undefined && images.length > 0 ? ofImages : ofRepositories;
  process.stdout.write(await text(data, asking, { name, images, isJson: switches.has("--json") }));
}

interface Request {
  readonly name: RepositoryName | undefined;
  /** Tags and digests. */
  readonly images: readonly string[];
  readonly isJson: boolean;
}

async function ofRepositories(data: OpenData, asking: Asking, { name, isJson }: Request): Promise<string> {
  const deps = { ...data, clock: systemClock };
  const pages: UsagePage[] = [];
  if (name !== undefined) {
    const found = await describeRepositoryUsage(deps, asking, name);
    pages.push({ repositories: [found], total: addUsage(NO_USAGE, found), next: undefined });
  } else {
    do pages.push(await describeStorageUsage(deps, asking, { after: pages.at(-1)?.next, size: PAGE_SIZE_MAX }));
    while (pages.at(-1)?.next !== undefined);
  }
  const repositories = pages.flatMap((it) => it.repositories);
  const total = pages.at(-1)?.total ?? NO_USAGE;
  if (isJson) return `${JSON.stringify({ repositories, total }, undefined, 2)}\n`;
  const rows = [...repositories, ...(repositories.length > 1 ? [{ ...total, repositoryName: "all together" }] : [])];
  return tableText(
    ["repository", "images", "tags", "needed", "reclaimable", "kept for now", "archived", "unique", "stored"],
    rows.map((it) => [
      "restorableUntil" in it ? `${it.repositoryName} (deleted)` : it.repositoryName,
      String(it.imageCount),
      String(it.tagCount),
      ...[it.neededSizeInBytes, it.reclaimableSizeInBytes, it.leasedSizeInBytes].map(sizeText),
      ...[it.archivedSizeInBytes, it.uniqueSizeInBytes, it.storedSizeInBytes].map(sizeText),
    ]),
  );
}

async function ofImages(data: OpenData, asking: Asking, { name, images, isJson }: Request): Promise<string> {
  const ids = images.map((it) => (it.includes(":") ? { imageDigest: it } : { imageTag: it }));
  const input = { name: name as RepositoryName, ids };
  const found: ImagesUsage = await describeImageStorageUsage({ ...data, clock: systemClock }, asking, input);
  if (isJson) return `${JSON.stringify(found, undefined, 2)}\n`;
  const table = tableText(
    ["image", "size", "unique", "shared"],
    found.images.map((it) => [it.imageDigest, ...[it.sizeInBytes, it.uniqueSizeInBytes, it.sharedSizeInBytes].map(sizeText)]),
  );
  const [inRepository, inRegistry] = [sizeText(found.freedSizeInBytes), sizeText(found.freedInRegistrySizeInBytes)];
  return `${table}\nDeleting these frees ${inRepository} of the repository, of which no other repository holds ${inRegistry}.\n`;
}
