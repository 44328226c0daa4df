import type { RegistryId } from "../../kernel/names.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { QuotaDeps } from "../../kernel/quotas.ts";
import type { Logger } from "../../platform/log.ts";
import type { Metadata, Reader, Writer } from "../../platform/metadata/metadata.ts";
import type { RepositoryDocumentRow } from "../../platform/metadata/schema.ts";
import type { LifecycleRunRow } from "../../platform/metadata/space-schema.ts";
import { LIFECYCLE_GRACE_MS, readRepositoryDocument } from "../../repositories/documents.ts";
import { closeRun, openRunOf, repositoryById } from "./run-rows.ts";

/** What runs work with. */
export interface RunDeps extends QuotaDeps {
  readonly metadata: Metadata;
  readonly clock: Clock;
  readonly log: Pick<Logger, "warn">;
  /** How often each policy is carried out by itself; undefined: not at all. */
  readonly lifecycleInterval_s?: number | undefined;
  /** The share of a repository's images that a run may remove without being asked about; undefined: any. */
  readonly lifecycleBrake?: number | undefined;
}

/** A run that is to go on now. */
export interface Begun {
  readonly registry: RegistryId;
  readonly repository: { readonly id: number; readonly name: string };
  readonly document: RepositoryDocumentRow;
  /** What is open, and to be gone on with; undefined when nobody has asked and nothing was interrupted. */
  readonly open: LifecycleRunRow | undefined;
}

type Tx = Omit<Writer, "registry">;

/**
 * Looks what there is to do. `over`: the repository or its policy is gone. A time: nothing before then, because nobody has asked and the
 * policy is not carried out by itself, or was set a moment ago.
 */
export async function beginRun(deps: RunDeps, repository_id: number): Promise<Begun | "over" | { readonly again_at_ms: number }> {
  const now_ms = deps.clock.now();
  const interval_ms = (deps.lifecycleInterval_s ?? INTERVAL_S_DEFAULT) * 1000;
  return deps.metadata.writeGlobal(async (tx) => {
    const found = await readPolicy(tx, repository_id);
    if (found === undefined) {
      await supersede(tx, repository_id, now_ms);
      return "over";
    }
    const open = await currentRun(tx, found.document, now_ms);
    const isAsked = open !== undefined && open.status !== "HELD";
    if (!isAsked) {
      if (deps.lifecycleInterval_s === undefined) return { again_at_ms: now_ms + interval_ms };
      const from_ms = found.document.updated_ms + Math.min(LIFECYCLE_GRACE_MS, interval_ms);
      if (from_ms > now_ms) return { again_at_ms: from_ms };
    }
    return { ...found, open };
  });
}

/** How often a job looks whether somebody has asked for a run, where runs do not come by themselves. */
const INTERVAL_S_DEFAULT = 60 * 60;

type Found = Omit<Begun, "open">;

/** A repository with its policy, or undefined. */
export async function readPolicy(tx: Pick<Reader, "all" | "first">, repository_id: number): Promise<Found | undefined> {
  const row = await tx.first(repositoryById, { id: repository_id });
  const document = row && (await readRepositoryDocument(tx, repository_id, "lifecycle"));
  if (row === undefined || document === undefined) return undefined;
  const { account, region, ...repository } = row;
  return { registry: { account, region } as RegistryId, repository, document };
}

/** Whether the policy is still the one that was begun with. */
export function isSamePolicy(a: RepositoryDocumentRow, b: RepositoryDocumentRow | undefined): boolean {
  return a.updated_ms === b?.updated_ms && a.text === b.text;
}

/** The open run of a repository, after one of another policy was closed. */
export async function currentRun(
  tx: Tx,
  { repository_id, text }: RepositoryDocumentRow,
  now_ms: number,
): Promise<LifecycleRunRow | undefined> {
  const open = await tx.first(openRunOf, { repository: repository_id });
  if (open === undefined || open.status === "QUEUED" || open.policy === text) return open;
  await supersede(tx, repository_id, now_ms);
  return undefined;
}

/** Closes what is open: what it has done stays done. */
async function supersede(tx: Tx, repository: number, ended_ms: number): Promise<void> {
  const open = await tx.first(openRunOf, { repository });
  if (open === undefined) return;
  const status = open.expired + open.transitioned > 0 ? "COMPLETE" : "SUPERSEDED";
  await tx.run(closeRun, { id: open.id, status, ended_ms, error: null });
}
