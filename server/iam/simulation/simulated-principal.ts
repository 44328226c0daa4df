import type { Principal } from "../../kernel/call.ts";
import { type AccountId, type Arn, parseAccountId } from "../../kernel/names.ts";
import type { IamEntityRow } from "../../platform/metadata/iam-schema.ts";
import { createCompiledTexts } from "../../policies/stored/compiled-texts.ts";
import { controlsOf, type Membership } from "../../policies/stored/organisation.ts";
import { readManaged } from "../../policies/stored/principal-facts.ts";
import { listAttachments } from "../attachments.ts";
import { principalOf } from "../decisions/find-principal.ts";
import type { IamReader } from "../deps.ts";
import { type EntityKind, findEntity } from "../entities.ts";
import { groupsOfUser } from "../group-members.ts";
import { listInlinePolicies } from "../inline-policies.ts";
import { membershipOf } from "../organisation/control-policies.ts";
import type { ControlPolicies } from "../../policies/policy-sets.ts";
import { listTags } from "../tags.ts";
import { invalidInput, type SimulatedPolicy, simulatedPolicy } from "./simulated-policy.ts";

/** Whose policies are simulated, as it is stored. */
export interface SimulatedPrincipal {
  /** The user, or a session of the role; for a group somebody who is in nothing else. */
  readonly principal: Principal;
  readonly policies: readonly SimulatedPolicy[];
  readonly boundary: SimulatedPolicy | undefined;
  readonly tags: ReadonlyMap<string, string>;
  readonly membership: Membership | undefined;
  readonly serviceControl: ControlPolicies | undefined;
}

/**
 * The user, group or role with this ARN, and all of its policies. Throws InvalidInputException for the ARN of anything else and
 * NoSuchEntityException.
 */
export async function findSimulated(tx: IamReader, account: AccountId, arn: string): Promise<SimulatedPrincipal> {
  const { kind, name } = parseEntityArn(account, arn);
  const entity = await findEntity(tx, account, kind, name);
  const groups = kind === "user" ? await groupsOfUser(tx, entity) : [];
  const policies: SimulatedPolicy[] = [];
  for (const it of [entity, ...groups]) policies.push(...(await policiesOf(tx, it)));
  const membership = await membershipOf(tx, account);
  return {
    principal: kind === "group" ? memberOf(entity) : principalOf(entity),
    policies,
    boundary: entity.boundary_arn === null ? undefined : await boundaryOf(tx, entity.boundary_arn),
    tags: new Map((await listTags(tx, entity)).map((it) => [it.key_folded, it.value])),
    membership,
    serviceControl: controlsOf(membership, createCompiledTexts()),
  };
}

/** IAM: what it says of the ARN of a session, or of anything that has no policies. (quoted in threads about simulate-principal-policy) */
function parseEntityArn(account: AccountId, arn: string): { readonly kind: EntityKind; readonly name: string } {
  const [prefix, , service, region, owner = "", resource = ""] = arn.split(":");
  const [kind, ...steps] = resource.split("/");
  const name = steps.at(-1) ?? "";
  const isEntity = kind === "user" || kind === "group" || kind === "role";
  if (prefix !== "arn" || service !== "iam" || region !== "" || !isEntity || name === "" || parseAccountId(owner) !== account) {
    throw invalidInput(`Invalid Entity Arn: ${arn} does not clearly define entity type and name.`);
  }
  return { kind, name };
}

/** IAM: managed policies go by their names, and inline ones by whose they are too. (answers of IAM in threads about the simulator) */
async function policiesOf(tx: IamReader, entity: IamEntityRow): Promise<readonly SimulatedPolicy[]> {
  const inline = await listInlinePolicies(tx, entity);
  const managed = await readManaged(tx, await listAttachments(tx, entity));
  return [
    ...inline.map((it) => simulatedPolicy("identity", `${entity.kind}_${entity.name}_${it.name}`, it.text)),
    ...managed.map((it) => simulatedPolicy("identity", nameOf(it.arn), it.text)),
  ];
}

/** A boundary that is not there any more allows nothing. */
async function boundaryOf(tx: IamReader, arn: string): Promise<SimulatedPolicy> {
  const [found] = await readManaged(tx, [arn]);
  const none = '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}';
  return simulatedPolicy("permissions-boundary", nameOf(arn), found?.text ?? none);
}

function memberOf({ account, id }: IamEntityRow): Principal {
  const arn = `arn:aws:iam::${account}:user/member` as Arn;
  return { type: "user", account: account as AccountId, arn, userId: id, entityId: id };
}

function nameOf(policyArn: string): string {
  return policyArn.slice(policyArn.lastIndexOf("/") + 1);
}
