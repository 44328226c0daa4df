import type { Arn } from "../../kernel/names.ts";
import type { Ask } from "../../kernel/operation.ts";
import type { Metadata } from "../../platform/metadata/metadata.ts";
import { query } from "../../platform/metadata/query.ts";

const entityByName = query<{ account: string; kind: string; name_folded: string }>()((db, p) =>
  db
    .selectFrom("iam_entities")
    .select(["id", "path", "name", "boundary_arn"])
    .where("account", "=", p.account)
    .where("kind", "=", p.kind)
    .where("name_folded", "=", p.name_folded),
);
const policyByArn = query<{ arn: string }>()((db, p) => db.selectFrom("managed_policies").select("id").where("arn", "=", p.arn));
const tagsOf = query<{ id: string }>()((db, p) =>
  db.selectFrom("iam_tags").select(["key_folded", "value"]).where("resource", "=", p.id),
);

/** Is this ARN one of IAM's, whose resources have tags and boundaries to be asked for? */
export function isIamResource(resource: Ask["resource"]): resource is Arn {
  return resource.startsWith("arn:aws:iam::");
}

/**
 * What conditions can ask of a user, group, role, policy or provider: its tags and its permissions boundary. Nothing where there is
 * none of this ARN. (Service Authorization Reference, condition keys of IAM)
 */
export function iamResourceContext(metadata: Metadata, arn: Arn): Promise<NonNullable<Ask["context"]>> {
  const [account = "", ...rest] = arn.split(":").slice(4);
  const [kind = "", ...steps] = rest.join(":").split("/");
  return metadata.readGlobal(async (tx) => {
    const context: Record<string, readonly string[]> = {};
    let id: string | undefined = arn;
    if (kind === "policy") id = (await tx.first(policyByArn, { arn }))?.id;
    else if (kind !== "oidc-provider") {
      const row = await tx.first(entityByName, { account, kind, name_folded: (steps.at(-1) ?? "").toLowerCase() });
      const isMeant = row !== undefined && `arn:aws:iam::${account}:${kind}${row.path}${row.name}` === arn;
      id = isMeant ? row.id : undefined;
      if (isMeant && row.boundary_arn !== null) context["iam:permissionsboundary"] = [row.boundary_arn];
    }
    // Asked for what is not there too: how long it takes must not tell whether another account has it.
    for (const { key_folded, value } of await tx.all(tagsOf, { id: id ?? "" })) {
      for (const prefix of ["aws", "iam"]) context[`${prefix}:resourcetag/${key_folded.toLowerCase()}`] = [value];
    }
    return context;
  });
}
