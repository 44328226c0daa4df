import type { Call } from "../../kernel/call.ts";
import { type Page, toPage } from "../../kernel/page.ts";
import type { Metadata } from "../../platform/metadata/metadata.ts";
import { findRepository, lookUpRepository } from "../../repositories/find-repository.ts";
import type { RepositoryName } from "../../kernel/names.ts";
import type { InRepository } from "../shapes.ts";
import { runById, runsBefore } from "./run-rows.ts";
import { type LifecycleRunView, viewRun } from "./view-run.ts";

/** Sorts behind every id. */
const BEHIND_ALL = "~";

export interface ListRunsInput extends Pick<InRepository, "repositoryName"> {
  /** Where a page before this one ended. */
  readonly after?: string | undefined;
  readonly size: number;
}

/** The runs of a repository that did something, want to or were asked for, the newest first. Throws RepositoryNotFoundException. */
export async function listLifecycleRuns(
  { metadata }: { readonly metadata: Metadata },
  { registry }: Pick<Call, "registry">,
  { repositoryName, after = BEHIND_ALL, size }: ListRunsInput,
): Promise<Page<LifecycleRunView>> {
  const rows = await metadata.read(registry, async (tx) => {
    const { id } = await findRepository(tx, repositoryName);
    return tx.all(runsBefore, { repository: id, before: after, limit: size + 1 });
  });
  const { items, next } = toPage(rows, size, (it) => it.id);
  return { items: items.map((it) => viewRun(it, repositoryName)), next };
}

/** How a run stands now; undefined when it or its repository is gone. */
export async function findLifecycleRun(
  { metadata }: { readonly metadata: Metadata },
  { registry }: Pick<Call, "registry">,
  { repositoryName, runId }: Pick<LifecycleRunView, "repositoryName" | "runId">,
): Promise<LifecycleRunView | undefined> {
  return metadata.read(registry, async (tx) => {
    const repository = await lookUpRepository(tx, repositoryName as RepositoryName);
    const row = repository && (await tx.first(runById, { repository: repository.id, id: runId }));
    return row && viewRun(row, repositoryName);
  });
}
