import { query } from "../platform/metadata/query.ts";
import type { Reader, Writer } from "../platform/metadata/metadata.ts";
import { runLifecyclePolicyJob } from "./lifecycle-job.ts";
import type { RegistryDocumentRow, RepositoryDocumentRow } from "../platform/metadata/schema.ts";

/** A text that an owner has set on a repository, of which there is one of each kind. */
export type RepositoryDocumentKind = "policy" | "lifecycle";
/** The same of a registry. */
export type RegistryDocumentKind = "policy" | "replication" | "scanning" | "signing";

const repositoryDocument = query<{ repository: number; kind: string }>()((db, p) =>
  db.selectFrom("repository_documents").selectAll().where("repository_id", "=", p.repository).where("kind", "=", p.kind),
);

const upsertRepositoryDocument = query<Omit<RepositoryDocumentRow, "evaluated_ms">>()((db, p) =>
  db
    .insertInto("repository_documents")
    .values({
      repository_id: p.repository_id,
      kind: p.kind,
      text: p.text,
      principals: p.principals,
      updated_ms: p.updated_ms,
      evaluated_ms: null,
    })
    .onConflict((it) =>
      it
        .columns(["repository_id", "kind"])
        .doUpdateSet({ text: p.text, principals: p.principals, updated_ms: p.updated_ms, evaluated_ms: null }),
    ),
);

const removeRepositoryDocument = query<{ repository: number; kind: string }>()((db, p) =>
  db.deleteFrom("repository_documents").where("repository_id", "=", p.repository).where("kind", "=", p.kind),
);

interface InRegistry {
  readonly account: string;
  readonly region: string;
  readonly kind: string;
}

const registryDocument = query<InRegistry>()((db, p) =>
  db
    .selectFrom("registry_documents")
    .selectAll()
    .where("account", "=", p.account)
    .where("region", "=", p.region)
    .where("kind", "=", p.kind),
);

const upsertRegistryDocument = query<RegistryDocumentRow>()((db, p) =>
  db
    .insertInto("registry_documents")
    .values({
      account: p.account,
      region: p.region,
      kind: p.kind,
      text: p.text,
      principals: p.principals,
      updated_ms: p.updated_ms,
    })
    .onConflict((it) =>
      it.columns(["account", "region", "kind"]).doUpdateSet({ text: p.text, principals: p.principals, updated_ms: p.updated_ms }),
    ),
);

const removeRegistryDocument = query<InRegistry>()((db, p) =>
  db.deleteFrom("registry_documents").where("account", "=", p.account).where("region", "=", p.region).where("kind", "=", p.kind),
);

/** A document to be set. */
interface NewDocument<Kind> {
  readonly kind: Kind;
  readonly text: string;
  /** Of a policy: what `readPrincipals` made of it. */
  readonly principals?: string | null | undefined;
  readonly now_ms: number;
}

/** The document of a repository, or undefined. */
export function readRepositoryDocument(
  tx: Pick<Reader, "first">,
  repository: number,
  kind: RepositoryDocumentKind,
): Promise<RepositoryDocumentRow | undefined> {
  return tx.first(repositoryDocument, { repository, kind });
}

/** How long a lifecycle policy that was set waits before it is carried out, so that whoever has set it may still think better of it. */
export const LIFECYCLE_GRACE_MS = 15 * 60 * 1000;

/** Sets the document of a repository in place of the one before it. */
export async function writeRepositoryDocument(
  tx: Writer,
  repository: number,
  { kind, text, principals = null, now_ms }: NewDocument<RepositoryDocumentKind>,
): Promise<void> {
  if (kind === "policy") tx.noteRuleChange();
  if (kind === "lifecycle")
    await tx.enqueue(runLifecyclePolicyJob(repository, { due: now_ms + LIFECYCLE_GRACE_MS, hasten: true }));
  await tx.run(upsertRepositoryDocument, { repository_id: repository, kind, text, principals, updated_ms: now_ms });
}

/** Takes the document of a repository away and returns it; undefined when there was none. */
export async function takeRepositoryDocument(
  tx: Writer,
  repository: number,
  kind: RepositoryDocumentKind,
): Promise<RepositoryDocumentRow | undefined> {
  const row = await tx.first(repositoryDocument, { repository, kind });
  if (kind === "policy") tx.noteRuleChange();
  if (row !== undefined) await tx.run(removeRepositoryDocument, { repository, kind });
  // Its last time: it ends a run that waits for somebody, and itself.
  if (row !== undefined && kind === "lifecycle") await tx.enqueue(runLifecyclePolicyJob(repository, { hasten: true }));
  return row;
}

/** The document of the registry that is open, or undefined. */
export function readRegistryDocument(tx: Reader, kind: RegistryDocumentKind): Promise<RegistryDocumentRow | undefined> {
  return tx.first(registryDocument, { ...tx.registry, kind });
}

/** Sets the document of the registry that is open in place of the one before it. */
export async function writeRegistryDocument(
  tx: Writer,
  { kind, text, principals = null, now_ms }: NewDocument<RegistryDocumentKind>,
): Promise<void> {
  if (kind === "policy") tx.noteRuleChange();
  await tx.run(upsertRegistryDocument, { ...tx.registry, kind, text, principals, updated_ms: now_ms });
}

/** Takes the document of the registry that is open away and returns it; undefined when there was none. */
export async function takeRegistryDocument(tx: Writer, kind: RegistryDocumentKind): Promise<RegistryDocumentRow | undefined> {
  const row = await tx.first(registryDocument, { ...tx.registry, kind });
  if (kind === "policy") tx.noteRuleChange();
  if (row !== undefined) await tx.run(removeRegistryDocument, { ...tx.registry, kind });
  return row;
}
