import { UsageError } from "../arguments.ts";
import { type DeletionView, listDeletions } from "../images/deletions/list-deletions.ts";
import { purgeDeletions } from "../images/deletions/purge-deletions.ts";
import { PAGE_SIZE_MAX } from "../kernel/limits.ts";
import {
  type Digest,
  hasDigestForm,
  parseAccountId,
  parseRepositoryName,
  type RegistryId,
  type RepositoryName,
} from "../kernel/names.ts";
import type { DeletionKind } from "../repositories/deletion-rows.ts";
import { splitArguments, takeOptions } from "./command-line.ts";
import { deletionText } from "./deletion-text.ts";
import { type OpenData, openData } from "./open-data.ts";

const KINDS: Readonly<Record<string, DeletionKind>> = { image: "IMAGE", tag: "TAG", repository: "REPOSITORY" };
const COUNT_DEFAULT = 20;
const COUNT = /^[1-9][0-9]{0,5}$/;

/** `longshore deletions`: what was deleted, by whom, why, and until when it can be undone; and `longshore deletions purge`. */
export async function deletions(args: readonly string[]): Promise<void> {
  const { options, rest } = takeOptions(args, ["--kind", "--image", "--count", "--of"]);
  const { switches, words, flags } = splitArguments(rest, ["--json", "--all"]);
  if (words[0] === "purge") {
    await using data = await openData(flags);
    return await purge(data, registryOf(data, options), words.slice(1), switches.has("--all"));
  }
  if (words.length > 1 || switches.has("--all")) throw new UsageError("Name one repository, or none for all of them.");
  const name = words[0] === undefined ? undefined : readName(words[0]);
  const [kind, digest, count] = [readKind(options), readDigest(options), readCount(options)];
  await using data = await openData(flags);
  const found = await collect(data, registryOf(data, options), { name, kind, digest, count });
  if (switches.has("--json")) process.stdout.write(`${JSON.stringify(found.items, undefined, 2)}\n`);
  else process.stdout.write(found.items.length === 0 ? "No deletion is on record.\n" : found.items.map(deletionText).join("\n"));
  if (found.hasMore) process.stderr.write(`These are the last ${count}; --count shows more.\n`);
}

interface Wanted {
  readonly name: RepositoryName | undefined;
  readonly kind: DeletionKind | undefined;
  readonly digest: Digest | undefined;
  readonly count: number;
}

async function collect(
  data: OpenData,
  registry: RegistryId,
  { count, ...of }: Wanted,
): Promise<{ readonly items: readonly DeletionView[]; readonly hasMore: boolean }> {
  const items: DeletionView[] = [];
  for (let after: string | undefined; ; ) {
    const size = Math.min(count - items.length, PAGE_SIZE_MAX);
    const page = await listDeletions(data, registry, { ...of, after, size });
    items.push(...page.items);
    after = page.next;
    if (after === undefined || items.length >= count) return { items, hasMore: after !== undefined };
  }
}

/** Ends the undo window now, of one repository or of all. */
async function purge(data: OpenData, registry: RegistryId, words: readonly string[], all: boolean): Promise<void> {
  if (words.length > 1 || all !== (words.length === 0)) {
    throw new UsageError("Name the repository whose deletions are to be final, or say --all.");
  }
  const { images, repositories } = await purgeDeletions(data, registry, words[0] === undefined ? undefined : readName(words[0]));
  if (images + repositories === 0) return void process.stdout.write("Nothing was left that could be brought back.\n");
  process.stdout.write(
    `Nobody can bring back ${countOf(images, "image")} and ${countOf(repositories, "repository", "repositories")} any more. ` +
      "Their bytes go with the next collection, which longshore gc begins at once.\n",
  );
}

function countOf(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** The registry of the account that is named, or that of the first one. */
export function registryOf({ registry }: Pick<OpenData, "registry">, options: ReadonlyMap<string, string>): RegistryId {
  const named = options.get("--of");
  if (named === undefined) return registry;
  const account = parseAccountId(named);
  if (account === undefined) throw new UsageError("--of must be an account's twelve digits.");
  return { ...registry, account };
}

/** Throws UsageError for a name that no repository can have. */
export function readName(text: string): RepositoryName {
  const name = parseRepositoryName(text);
  if (name === undefined) throw new UsageError(`${text} is not the name of a repository.`);
  return name;
}

function readKind(options: ReadonlyMap<string, string>): DeletionKind | undefined {
  const text = options.get("--kind");
  if (text === undefined) return undefined;
  const kind = Object.hasOwn(KINDS, text) ? KINDS[text] : undefined;
  if (kind === undefined) throw new UsageError(`--kind must be image, tag or repository, not ${text}.`);
  return kind;
}

function readDigest(options: ReadonlyMap<string, string>): Digest | undefined {
  const text = options.get("--image");
  if (text === undefined || hasDigestForm(text)) return text as Digest | undefined;
  throw new UsageError(`--image must be a digest, such as sha256:…, not ${text}.`);
}

function readCount(options: ReadonlyMap<string, string>): number {
  const text = options.get("--count") ?? String(COUNT_DEFAULT);
  if (!COUNT.test(text)) throw new UsageError(`--count must be a number from 1 to 999999, not ${text}.`);
  return Number(text);
}
