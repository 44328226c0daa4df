import { UsageError } from "../arguments.ts";
import { findDeletion } from "../images/deletions/find-deletion.ts";
import { restoreImages } from "../images/deletions/restore-images.ts";
import { rootOf } from "../identity/principals.ts";
import type { RegistryId, RepositoryName } from "../kernel/names.ts";
import { restoreRepository } from "../repositories/restore-repository.ts";
import { splitArguments, takeOptions } from "./command-line.ts";
import { readName, registryOf } from "./deletions.ts";
import { CommandError } from "./failure.ts";
import { type OpenData, openData } from "./open-data.ts";
import { visible } from "./visible.ts";

const USAGE = "Name deletions by their ids, which longshore deletions shows, or a deleted repository: --repository <name>.";
const IDS_MAX = 100;

interface Request {
  readonly data: OpenData;
  readonly registry: RegistryId;
  readonly overwriteTags: boolean;
  /** The name that a repository is to have. */
  readonly as: RepositoryName | undefined;
}

/** `longshore undo`: brings back what was deleted. It works on the data folder or the database directly, also while a server runs. */
export async function undo(args: readonly string[]): Promise<void> {
  const { options, rest } = takeOptions(args, ["--repository", "--as", "--of"]);
  const { switches, words: ids, flags } = splitArguments(rest, ["--overwrite-tags"]);
  const [named, renamed] = [options.get("--repository"), options.get("--as")];
  if ((named === undefined) === (ids.length === 0)) throw new UsageError(USAGE);
  if (ids.length > IDS_MAX) throw new UsageError(`These are more than ${IDS_MAX} deletions.`);
  const [repositoryName, as] = [named, renamed].map((it) => (it === undefined ? undefined : readName(it)));
  await using data = await openData(flags);
  const request: Request = { data, registry: registryOf(data, options), overwriteTags: switches.has("--overwrite-tags"), as };
  if (repositoryName !== undefined) return await undoRepository(request, repositoryName);
  let failed = 0;
  for (const id of new Set(ids)) failed += await undoDeletion(request, id);
  if (failed > 0) throw new CommandError(`Of ${ids.length} deletions ${failed} could not be undone.`);
}

/** Returns 1 when it could not be undone, and says why. */
async function undoDeletion(request: Request, id: string): Promise<0 | 1> {
  const { data, registry, overwriteTags } = request;
  const found = await findDeletion(data, registry, id);
  if (found === undefined) return fail(`There is no deletion ${id} in the registry ${registry.account} in ${registry.region}.`);
  if (found.kind === "REPOSITORY") {
    await undoRepository(request, found.repository, id);
    return 0;
  }
  const name = found.repositoryNow;
  if (name === undefined) {
    return fail(
      `The repository ${found.repository} is gone itself: longshore undo --repository ${found.repository} comes first.`,
    );
  }
  const call = { registry, principal: rootOf(registry.account) };
  const { items, failures } = await restoreImages(data, call, { name, what: [{ deletionId: id }], overwriteTags });
  for (const { digest, tags, left } of items) {
    print(`${name}@${digest} is back${tags.length === 0 ? "" : `, as ${tags.join(", ")}`}.`);
    for (const { reason } of left) print(`  ${forCommand(reason)}`);
  }
  for (const { reason } of failures) fail(forCommand(reason));
  return failures.length === 0 ? 0 : 1;
}

async function undoRepository(
  { data, registry, as }: Request,
  repositoryName: RepositoryName,
  deletionId?: string,
): Promise<void> {
  const { name } = await restoreRepository(data, registry, {
    repositoryName,
    ...(deletionId !== undefined && { deletionId }),
    ...(as !== undefined && { newRepositoryName: as }),
  });
  print(`The repository ${repositoryName} is back${name === repositoryName ? "" : ` as ${name}`}, with all that it held.`);
}

/** A sentence of the API, in the words of the command. */
function forCommand(reason: string): string {
  return reason.replace(/ With overwriteTags .*/, " With --overwrite-tags it is taken from there.");
}

function print(line: string): void {
  process.stdout.write(`${visible(line)}\n`);
}

function fail(line: string): 1 {
  process.stderr.write(`${visible(line)}\n`);
  return 1;
}
