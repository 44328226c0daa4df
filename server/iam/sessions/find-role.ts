import { type AccountId, parseAccountId } from "../../kernel/names.ts";
import type { Metadata } from "../../platform/metadata/metadata.ts";
import type { IamEntityRow } from "../../platform/metadata/iam-schema.ts";
import { query } from "../../platform/metadata/query.ts";
import { entityArn, foldName } from "../entities.ts";
import { validationError } from "./validation-error.ts";

const roleByName = query<{ account: string; name: string }>()((db, p) =>
  db
    .selectFrom("iam_entities")
    .leftJoin("organisation_accounts", "organisation_accounts.account", "iam_entities.account")
    .selectAll("iam_entities")
    .where("iam_entities.account", "=", p.account)
    .where("kind", "=", "role")
    .where("name_folded", "=", p.name)
    .where("organisation_accounts.status", "is distinct from", "SUSPENDED"),
);

/** An ARN of a role, taken apart. */
export interface RoleArn {
  readonly arn: string;
  readonly account: AccountId;
  readonly name: string;
}

/** Reads the ARN of a role, which need not be there. Throws ValidationException in AWS's words. (localstack's snapshots of STS) */
export function parseRoleArn(arn: string): RoleArn {
  const [prefix, , service, region, owner = "", resource = ""] = arn.split(":", 6);
  const account = parseAccountId(owner);
  const name = resource.split("/").at(-1) ?? "";
  const isRole = prefix === "arn" && service === "iam" && region === "" && resource.startsWith("role/") && name !== "";
  if (!isRole || account === undefined) throw validationError(`${arn} is invalid`);
  return { arn, account, name };
}

/** The role that has exactly this ARN, path and case too; undefined when there is none, or its account is closed. */
export async function findRole(metadata: Metadata, { arn, account, name }: RoleArn): Promise<IamEntityRow | undefined> {
  const row = await metadata.readGlobal((tx) => tx.first(roleByName, { account, name: foldName(name) }));
  return row !== undefined && entityArn(row) === arn ? row : undefined;
}
