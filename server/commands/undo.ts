import { UsageError } from "../arguments.ts";
import { findDeletion } from "../images/deletions/find-deletion.ts";
import { listDeletions } from "../images/deletions/list-deletions.ts";
import { restoreImages } from "../images/deletions/restore-images.ts";
import { rootOf } from "../identity/principals.ts";
import { RegistryError } from "../kernel/errors.ts";
import { PAGE_SIZE_MAX } from "../kernel/limits.ts";
import type { RegistryId, RepositoryName } from "../kernel/names.ts";
import { noteRunUndone } from "../lifecycle/runs/undo-run.ts";
import { restoreRepository } from "../repositories/restore-repository.ts";
import { splitArguments, takeOptions } from "./command-line.ts";
import { readName, registryOf } from "./deletions.ts";
import { CommandError } from "./failure.ts";
import { type OpenData, openData } from "./open-data.ts";
import { visible } from "./visible.ts";

const USAGE =
  "Name deletions by their ids, which longshore deletions shows, or a deleted repository: --repository <name>, " +
  "or the run of a lifecycle policy: --run <id>.";
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
  const { options, rest } = takeOptions(args, ["--repository", "--run", "--as", "--of"]);
  const { switches, words: ids, flags } = splitArguments(rest, ["--overwrite-tags"]);
  const [named, run, renamed] = ["--repository", "--run", "--as"].map((it) => options.get(it));
  if ([named !== undefined, run !== undefined, ids.length > 0].filter(Boolean).length !== 1) throw new UsageError(USAGE);
  if (ids.length > IDS_MAX) throw new UsageError(`These are more than ${IDS_MAX} deletions.`);
  if (renamed !== undefined && (run !== undefined || ids.length > 1)) throw new UsageError("--as is for one repository.");
  const [repositoryName, as] = [named, renamed].map((it) => (it === undefined ? undefined : readName(it)));
  await using data = await openData(flags);
  const request: Request = { data, registry: registryOf(data, options), overwriteTags: switches.has("--overwrite-tags"), as };
  if (repositoryName !== undefined) return await undoRepository(request, repositoryName);
  const all = run === undefined ? [...new Set(ids)] : await deletionsOfRun(request, run);
  const failures: string[] = [];
  for (const id of all) {
    const failure = await undoDeletion(request, id);
    if (failure !== undefined) failures.push(failure);
  }
  if (run !== undefined) {
    await noteRunUndone(data, request.registry, run);
    print("The next run deletes what the lifecycle policy still says: change the policy first if that is not wanted.");
  }
  assertAllUndone(all.length, failures);
}

/** Throws CommandError where some could not be undone, and tells why. */
function assertAllUndone(count: number, failures: readonly string[]): void {
  const [first] = failures;
  if (first === undefined) return;
  if (count === 1) throw new CommandError(first);
  process.stderr.write(failures.map((it) => `${visible(it)}\n`).join(""));
  throw new CommandError(`Of ${count} deletions ${failures.length} could not be undone.`);
}

/** The ids of what a run of a lifecycle policy has deleted and can come back. Throws CommandError where there is nothing. */
async function deletionsOfRun({ data, registry }: Request, run: string): Promise<readonly string[]> {
  const ids: string[] = [];
  let after: string | undefined;
  do {
    const page = await listDeletions(data, registry, { kind: "IMAGE", after, size: PAGE_SIZE_MAX });
    const found = page.items.filter((it) => it.deletionReason?.runId === run && it.deletionStatus === "RESTORABLE");
    ids.push(...found.map((it) => it.deletionId));
    after = page.next;
    // Ids sort by time: what went before the run began was not deleted by it.
  } while (after !== undefined && after > run);
  if (ids.length === 0) throw new CommandError(`Nothing that the run ${run} has deleted can be brought back.`);
  return ids;
}

/** Undoes one deletion and tells of it. Returns why it could not be undone. */
async function undoDeletion(request: Request, id: string): Promise<string | undefined> {
  const { data, registry, overwriteTags, as } = request;
  const found = await findDeletion(data, registry, id);
  if (found === undefined) return `There is no deletion ${id} in the registry ${registry.account} in ${registry.region}.`;
  const { kind, repository, repositoryNow: name, repositoryDeletionId } = found;
  if (kind === "REPOSITORY") return undoRepository(request, repository, id).then(() => undefined, refusalOf);
  if (as !== undefined) return `What ${id} took is no repository, which --as is for.`;
  if (name === undefined) {
    const first =
      repositoryDeletionId === undefined ? ", and does not come back" : `: longshore undo ${repositoryDeletionId} comes first`;
    return `The repository ${repository} is gone itself${first}.`;
  }
  const call = { registry, principal: rootOf(registry.account) };
  const { items, failures } = await restoreImages(data, call, { name, what: [{ deletionId: id }], overwriteTags });
  for (const { digest, tags, left } of items) {
    print(`${name}@${digest} is back${tags.length === 0 ? "" : `, as ${tags.join(", ")}`}.`);
    for (const { reason } of left) print(`  ${forCommand(reason)}`);
  }
  const [failure] = failures;
  return failure === undefined ? undefined : forCommand(failure.reason);
}

/** The sentence of a refusal; what is none is thrown on. */
function refusalOf(error: unknown): string {
  if (error instanceof RegistryError) return error.message;
  throw error;
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
