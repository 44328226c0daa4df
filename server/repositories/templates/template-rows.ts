import { RegistryError } from "../../kernel/errors.ts";
import type { RegistryId } from "../../kernel/names.ts";
import { inList } from "../../platform/metadata/in-list.ts";
import type { Reader } from "../../platform/metadata/metadata.ts";
import { type Builder, query } from "../../platform/metadata/query.ts";
import type { CreationTemplateRow } from "../../platform/metadata/schema.ts";
import { keyOfPrefix } from "./template.ts";

interface ByPrefix {
  readonly account: string;
  readonly region: string;
  readonly prefix: string;
}

interface After {
  readonly account: string;
  readonly region: string;
  readonly after: string;
  readonly limit: number;
}

const templateByPrefix = query<ByPrefix>()((db, p) =>
  db
    .selectFrom("creation_templates")
    .selectAll()
    .where("account", "=", p.account)
    .where("region", "=", p.region)
    .where("prefix", "=", p.prefix),
);

const selectAfter = (db: Builder, p: After) =>
  db
    .selectFrom("creation_templates")
    .selectAll()
    .where("account", "=", p.account)
    .where("region", "=", p.region)
    .where("prefix", ">", p.after)
    .orderBy("prefix")
    .limit(p.limit);

/** Templates of a registry by prefix, from behind `after`. */
export const templatesAfter = query<After>()((db, p) => selectAfter(db, p));

/** The same of those whose prefixes are among some, given as JSON. */
export const templatesAmong = query<After & { readonly prefixes: string }>()((db, p, dialect) =>
  selectAfter(db, p).where("prefix", "in", inList(dialect, p.prefixes)),
);

export const prefixesUpTo = query<{ account: string; region: string; limit: number }>()((db, p) =>
  db
    .selectFrom("creation_templates")
    .select("prefix")
    .where("account", "=", p.account)
    .where("region", "=", p.region)
    .limit(p.limit),
);

export const insertTemplate = query<CreationTemplateRow>()((db, p) =>
  db
    .insertInto("creation_templates")
    .values({
      account: p.account,
      region: p.region,
      prefix: p.prefix,
      template: p.template,
      policy_principals: p.policy_principals,
      created_ms: p.created_ms,
      updated_ms: p.updated_ms,
    })
    .onConflict((it) => it.columns(["account", "region", "prefix"]).doNothing()),
);

export const setTemplate = query<Omit<CreationTemplateRow, "created_ms">>()((db, p) =>
  db
    .updateTable("creation_templates")
    .set({ template: p.template, policy_principals: p.policy_principals, updated_ms: p.updated_ms })
    .where("account", "=", p.account)
    .where("region", "=", p.region)
    .where("prefix", "=", p.prefix),
);

export const removeTemplate = query<ByPrefix>()((db, p) =>
  db
    .deleteFrom("creation_templates")
    .where("account", "=", p.account)
    .where("region", "=", p.region)
    .where("prefix", "=", p.prefix),
);

/** The template of exactly this prefix in the registry that is open. Throws TemplateNotFoundException. */
export async function findTemplate(tx: Reader, prefix: string): Promise<CreationTemplateRow> {
  const row = await tx.first(templateByPrefix, { ...tx.registry, prefix: keyOfPrefix(prefix) });
  if (row === undefined) throw templateNotFound(tx.registry, prefix);
  return row;
}

function templateNotFound(registry: RegistryId, prefix: string): RegistryError {
  return new RegistryError(
    "TemplateNotFoundException",
    `The repository creation template with prefix '${prefix}' does not exist in the registry with id '${registry.account}'`,
  );
}
