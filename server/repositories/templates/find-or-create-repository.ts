import { type RepositoryName, ROOT_PREFIX } from "../../kernel/names.ts";
import type { Reader, Writer } from "../../platform/metadata/metadata.ts";
import type { CreationTemplateRow, RepositoryRow } from "../../platform/metadata/schema.ts";
import { writeRepositoryDocument } from "../documents.ts";
import { findRepository } from "../find-repository.ts";
import { insertRepository, newRepository } from "../insert-repository.ts";
import { type Purpose, readTemplate, type Template } from "./template.ts";
import { templatesAmong } from "./template-rows.ts";

type Settings = Partial<Template>;

/** ECR: what is cached or replicated needs no template; a push does. (user guide, repository creation templates) */
const WITHOUT_TEMPLATE: Readonly<Record<Purpose, Settings | undefined>> = {
  PULL_THROUGH_CACHE: {},
  REPLICATION: {},
  CREATE_ON_PUSH: undefined,
};

/**
 * The repository of this name, made from the registry's templates where it is not there yet, with its tags and documents:
 * whole, or not at all. Throws RepositoryNotFoundException where none may be made for this purpose, and LimitExceededException.
 */
export async function findOrCreateRepository(
  tx: Writer,
  name: RepositoryName,
  { purpose, now_ms, repositoriesMax }: { readonly purpose: Purpose; readonly now_ms: number; readonly repositoriesMax: number },
): Promise<RepositoryRow> {
  const template = await templateFor(tx, name, purpose);
  const settings = template === undefined ? WITHOUT_TEMPLATE[purpose] : readTemplate(template);
  if (settings === undefined || lacksRole(settings)) return findRepository(tx, name);
  const row = newRepository(tx.registry, name, { settings, now_ms });
  const isNew = await insertRepository(tx, row, { tags: settings.resourceTags ?? [], repositoriesMax });
  if (!isNew) return findRepository(tx, name);
  const documents = { policy: settings.repositoryPolicy, lifecycle: settings.lifecyclePolicy };
  for (const kind of ["policy", "lifecycle"] as const) {
    const text = documents[kind];
    const principals = kind === "policy" ? template?.policy_principals : null;
    if (text !== undefined) await writeRepositoryDocument(tx, row.id, { kind, text, principals, now_ms });
  }
  return row;
}

/** The template with the longest prefix that covers a name and is for this purpose; `ROOT` covers all, and is the shortest. */
async function templateFor(tx: Reader, name: RepositoryName, purpose: Purpose): Promise<CreationTemplateRow | undefined> {
  const prefixes = [...prefixesOf(name), ROOT_PREFIX];
  const rows = await tx.all(templatesAmong, {
    ...tx.registry,
    prefixes: JSON.stringify(prefixes),
    after: "",
    limit: prefixes.length,
  });
  const templates = new Map(rows.map((it) => [it.prefix, it]));
  const longest = prefixes.find((it) => {
    const row = templates.get(it);
    return row !== undefined && readTemplate(row).appliedFor.includes(purpose);
  });
  return longest === undefined ? undefined : templates.get(longest);
}

/** What stands before each `/` of a name, longest first: `a/b/c` is below `a/b` and below `a`. */
function prefixesOf(name: RepositoryName): readonly string[] {
  const prefixes: string[] = [];
  for (let end = name.lastIndexOf("/"); end > 0; end = name.lastIndexOf("/", end - 1)) prefixes.push(name.slice(0, end));
  return prefixes;
}

/**
 * ECR: its own role may neither tag nor use keys, so a template with either needs a role; without, it can be stored, and
 * what it is for finds no repository. (user guide, repository creation templates; containers-roadmap#2398)
 */
function lacksRole({ customRoleArn, resourceTags, encryptionConfiguration }: Settings): boolean {
  const needsRole = resourceTags !== undefined || (encryptionConfiguration?.encryptionType ?? "AES256") !== "AES256";
  return needsRole && customRoleArn === undefined;
}
