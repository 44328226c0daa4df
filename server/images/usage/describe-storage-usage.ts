import type { Call } from "../../kernel/call.ts";
import type { RepositoryName } from "../../kernel/names.ts";
import type { Reader } from "../../platform/metadata/metadata.ts";
import { findRepository } from "../../repositories/find-repository.ts";
import type { ImageDeps } from "../deps.ts";
import { addUsage, type Measured, measureRepository, NO_USAGE, type Usage } from "./measure-repository.ts";
import { deletedRepositoriesAfter, repositoriesAfter } from "./usage-rows.ts";

/** Whose usage is asked for, and by whom for as long as they wait. */
type Asking = Pick<Call, "registry" | "client">;

/** What one repository takes, as the API tells it. */
export interface RepositoryUsage extends Usage {
  readonly repositoryName: string;
  /** Of one that was deleted: until when it can be brought back. */
  readonly restorableUntil?: number;
}

export interface UsagePage {
  readonly repositories: readonly RepositoryUsage[];
  /** All repositories up to the end of this page; on the last page, of the registry. */
  readonly total: Usage;
  readonly next: UsagePosition | undefined;
}

/** Where the next page starts: behind a repository that is there, or behind one that was deleted (its id is not 0). And the total so far. */
export interface UsagePosition {
  readonly isDeleted: boolean;
  readonly name: string;
  readonly id: number;
  readonly total: Usage;
}

type Found = Measured & { readonly restorable_until_ms?: number };

/** A page ends when so many layers have been counted, or nobody would wait for it. */
const LAYERS_PER_PAGE = 100_000;
const START: UsagePosition = { isDeleted: false, name: "", id: 0, total: NO_USAGE };

/** What the repositories of a registry take, by name and those that can be brought back at the end, with the total so far. */
export async function describeStorageUsage(
  deps: ImageDeps,
  call: Asking,
  { after = START, size }: { readonly after?: UsagePosition | undefined; readonly size: number },
): Promise<UsagePage> {
  const found = await deps.metadata.read(call.registry, (tx) => findAfter(tx, after, size + 1));
  const repositories: RepositoryUsage[] = [];
  let { total } = after;
  let layers = 0;
  for (const it of found.slice(0, size)) {
    const usage = await measure(deps, call, it);
    total = addUsage(total, usage);
    repositories.push(usage);
    layers += usage.layerCount;
    if (layers >= LAYERS_PER_PAGE) break;
  }
  const last = found[repositories.length - 1];
  const isLast = last === undefined || repositories.length === found.length;
  const next = isLast ? undefined : { isDeleted: last.isDeleted, name: last.name, id: last.isDeleted ? last.id : 0, total };
  return { repositories, total, next };
}

/** What one repository takes. Throws RepositoryNotFoundException. */
export async function describeRepositoryUsage(deps: ImageDeps, call: Asking, name: RepositoryName): Promise<RepositoryUsage> {
  const { id } = await deps.metadata.read(call.registry, (tx) => findRepository(tx, name));
  return measure(deps, call, { id, name, isDeleted: false });
}

async function measure(
  { metadata, clock }: ImageDeps,
  { registry, client: { signal } }: Asking,
  it: Found,
): Promise<RepositoryUsage> {
  const usage = await measureRepository({ metadata, signal, now_ms: clock.now() }, registry, it);
  const restorable = it.restorable_until_ms === undefined ? {} : { restorableUntil: it.restorable_until_ms / 1000 };
  return { repositoryName: it.name, ...restorable, ...usage };
}

async function findAfter(tx: Reader, after: UsagePosition, limit: number): Promise<readonly Found[]> {
  const there = after.isDeleted ? [] : await tx.all(repositoriesAfter, { ...tx.registry, after: after.name, limit });
  const position = after.isDeleted ? after : { name: "", id: 0 };
  const left = { ...tx.registry, name: position.name, id: position.id, limit: limit - there.length };
  const deleted = left.limit === 0 ? [] : await tx.all(deletedRepositoriesAfter, left);
  return [...there.map((it) => ({ ...it, isDeleted: false })), ...deleted.map((it) => ({ ...it, isDeleted: true }))];
}
