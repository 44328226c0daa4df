import { RegistryError } from "../kernel/errors.ts";
import { type AccountId, parseAccountId } from "../kernel/names.ts";
import type { ManagedPolicyRow, PolicyVersionRow } from "../platform/metadata/iam-schema.ts";
import { query } from "../platform/metadata/query.ts";
import { AWS_MANAGED_POLICIES, awsManagedPolicy, type PublishedPolicy } from "../policies/managed/aws-managed-policies.ts";
import type { IamReader } from "./deps.ts";

/** The account in the ARNs of AWS's own policies. */
export const AWS = "aws";
const AWS_PREFIX = `arn:aws:iam::${AWS}:policy/`;
const NOT_ALL_OF_AWS =
  " Not all of AWS's policies are in this registry: list-policies --scope AWS shows those that are. One of your own with the same document does the same.";

const policyByArn = query<{ account: string; arn: string }>()((db, p) =>
  db.selectFrom("managed_policies").selectAll().where("account", "=", p.account).where("arn", "=", p.arn),
);

const versionsOf = query<{ policy_id: string }>()((db, p) =>
  db.selectFrom("policy_versions").selectAll().where("policy_id", "=", p.policy_id),
);

const AWS_ROWS: ReadonlyMap<string, ManagedPolicyRow> = new Map(AWS_MANAGED_POLICIES.map((it) => [it.arn, rowOf(it)]));

/** A policy of AWS as if it were stored, in the account `aws`. */
function rowOf({ id, name, path, arn, description, version, created, updated }: PublishedPolicy): ManagedPolicyRow {
  return {
    id,
    account: AWS,
    name,
    name_folded: name.toLowerCase(),
    path,
    arn,
    description: description ?? "",
    default_version: version,
    next_version: 0,
    created_ms: Date.parse(created),
    updated_ms: Date.parse(updated),
  };
}

/** AWS's own policies in the order of their folded names. */
export function awsPolicies(): readonly ManagedPolicyRow[] {
  return [...AWS_ROWS.values()].toSorted((one, other) => (one.name_folded < other.name_folded ? -1 : 1));
}

/**
 * The policy with this ARN, which is the account's own or AWS's; undefined when there is none. Throws ValidationException for what
 * is no ARN and InvalidInputException for an ARN of something else.
 */
export async function lookUpPolicy(tx: IamReader, account: AccountId, arn: string): Promise<ManagedPolicyRow | undefined> {
  checkPolicyArn(arn);
  return AWS_ROWS.get(arn) ?? (await tx.first(policyByArn, { account, arn }));
}

/** The same, but throws NoSuchEntityException where there is none. */
export async function findPolicy(tx: IamReader, account: AccountId, arn: string): Promise<ManagedPolicyRow> {
  const row = await lookUpPolicy(tx, account, arn);
  if (row !== undefined) return row;
  const more = arn.startsWith(AWS_PREFIX) ? NOT_ALL_OF_AWS : "";
  throw new RegistryError("NoSuchEntityException", `Policy ${arn} was not found.${more}`);
}

/** Makes sure that this ARN can be a permissions boundary. Throws as lookUpPolicy, and NoSuchEntityException where there is no such policy. */
export async function checkBoundary(tx: IamReader, account: AccountId, arn: string): Promise<void> {
  if ((await lookUpPolicy(tx, account, arn)) === undefined) throw notAttachable(`Scope ARN: ${arn}`);
}

/** The versions of a policy, newest first. Of AWS's own there is the one that is in force. */
export async function policyVersions(tx: IamReader, policy: ManagedPolicyRow): Promise<PolicyVersionRow[]> {
  const published = awsManagedPolicy(policy.arn);
  if (published !== undefined) {
    const { id, version, text } = published;
    return [{ policy_id: id, version, text, created_ms: Date.parse(published.updated) }];
  }
  const rows = await tx.all(versionsOf, { policy_id: policy.id });
  return rows.toSorted((one, other) => versionNumber(other) - versionNumber(one));
}

export function notAttachable(what: string): RegistryError {
  return new RegistryError("NoSuchEntityException", absenceOf(what));
}

/** IAM's sentence of a policy that is not there. Of AWS's own some are not, and that needs more words. */
export function absenceOf(what: string): string {
  return `${what} does not exist or is not attachable.${what.includes(AWS_PREFIX) ? NOT_ALL_OF_AWS : ""}`;
}

function versionNumber({ version }: PolicyVersionRow): number {
  return Number(version.slice(1));
}

/**
 * Throws ValidationException for what is no ARN and InvalidInputException for an ARN of something else.
 * IAM: refuses both alike, but with two codes. (localstack/localstack, answers of IAM)
 */
export function checkPolicyArn(arn: string): void {
  const [scheme, , service, region, account = "", resource = ""] = arn.split(":", 6);
  const text = `ARN ${arn} is not valid.`;
  if (scheme !== "arn" || resource === "") throw new RegistryError("ValidationException", text);
  const isOwned = account === AWS || parseAccountId(account) !== undefined;
  if (service !== "iam" || region !== "" || !isOwned || !resource.startsWith("policy/")) {
    throw new RegistryError("InvalidInputException", text);
  }
}
