import type { Call } from "../../kernel/call.ts";
import { RegistryError } from "../../kernel/errors.ts";
import type { Arn } from "../../kernel/names.ts";
import { fromSealedText, toSealedText } from "../../keys/sealed-text.ts";
import { attachPolicy, detachPolicy, listAttachments } from "../attachments.ts";
import type { IamDeps } from "../deps.ts";
import { addEntity, lookUpEntity, removeEntity } from "../entities.ts";
import { isProtected, SERVICE_ROLE_PATH } from "../protected-roles.ts";
import { iamArn } from "../shapes.ts";
import { ROLE, type RoleInput } from "./change-role.ts";
import { SESSION_S_DEFAULT, viewNewRole } from "./view-role.ts";

export interface CreateServiceLinkedRoleInput {
  readonly AWSServiceName: string;
  readonly Description?: string;
  readonly CustomSuffix?: string;
}

/** The services that have such roles, the roles' names and the policy of each. (ECR User Guide, service-linked roles) */
const SERVICES: ReadonlyMap<string, { readonly role: string; readonly policy: string }> = new Map([
  ["replication.ecr.amazonaws.com", { role: "AWSServiceRoleForECRReplication", policy: "ECRReplicationServiceRolePolicy" }],
  [
    "pullthroughcache.ecr.amazonaws.com",
    { role: "AWSServiceRoleForECRPullThroughCache", policy: "AWSECRPullThroughCache_ServiceRolePolicy" },
  ],
  ["ecr.amazonaws.com", { role: "AWSServiceRoleForECRTemplate", policy: "ECRTemplateServiceRolePolicy" }],
]);

const TASK = "task";

/** The ARN of the role of a service, whether there is one or not. */
export function serviceRoleArn(call: Call, service: string): Arn {
  return iamArn(call, `role${SERVICE_ROLE_PATH}${service}/`, SERVICES.get(service)?.role ?? "*");
}

/** Makes the role by which a service acts in the account, with the policy that it needs. Throws InvalidInputException. */
export function createServiceLinkedRole({ metadata, clock }: IamDeps, call: Call, input: CreateServiceLinkedRoleInput) {
  const { AWSServiceName: service, Description: description, CustomSuffix } = input;
  const known = SERVICES.get(service);
  if (known === undefined) {
    throw new RegistryError("InvalidInputException", `There is no service-linked role for the service ${service}.`);
  }
  if (CustomSuffix !== undefined) throw new RegistryError("InvalidInputException", `Custom suffix is not allowed for ${service}`);
  const { account } = call.principal;
  return metadata.writeGlobal(async (tx) => {
    if ((await lookUpEntity(tx, account, "role", known.role)) !== undefined) {
      const text = `Service role name ${known.role} has been taken in this account, please try a different suffix.`;
      throw new RegistryError("InvalidInputException", text);
    }
    const trust = { Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole" };
    const trust_policy = JSON.stringify({ Version: "2012-10-17", Statement: [trust] });
    const path = `${SERVICE_ROLE_PATH}${service}/`;
    const entity = { kind: "role", name: known.role, path, description, trust_policy, session_s_max: SESSION_S_DEFAULT } as const;
    const role = await addEntity(tx, account, entity, clock.now());
    await attachPolicy(tx, role, `arn:aws:iam::aws:policy${SERVICE_ROLE_PATH}${known.policy}`);
    return { Role: await viewNewRole(tx, role) };
  });
}

/** Takes the role of a service away. Nothing waits for it here, so the task that it starts is over at once. */
export function deleteServiceLinkedRole({ metadata, sealer }: IamDeps, call: Call, input: RoleInput): Promise<object> {
  return metadata.writeGlobal(async (tx) => {
    const role = await ROLE.find(tx, call, input);
    if (!isProtected(role)) {
      const text = `The service-linked role with name ${input.RoleName} cannot be found.`;
      throw new RegistryError("NoSuchEntityException", text);
    }
    for (const arn of await listAttachments(tx, role)) await detachPolicy(tx, role, arn);
    await removeEntity(tx, role);
    const name = `${TASK}${role.path}${role.name}`;
    const seal = sealer.seal("deletion-task", Buffer.from(role.id), taskScope(call, name));
    return { DeletionTaskId: `${name}/${toSealedText(seal)}` };
  });
}

/** How far a deletion is that DeleteServiceLinkedRole has begun. Throws NoSuchEntityException for what is no such task. */
export async function getServiceLinkedRoleDeletionStatus(
  { sealer }: IamDeps,
  call: Call,
  { DeletionTaskId }: { readonly DeletionTaskId: string },
): Promise<object> {
  const end = DeletionTaskId.lastIndexOf("/");
  const sealed = fromSealedText(DeletionTaskId.slice(end + 1));
  if (sealer.open("deletion-task", sealed, taskScope(call, DeletionTaskId.slice(0, end))) === undefined) {
    throw new RegistryError("NoSuchEntityException", `The deletion task with id ${DeletionTaskId} cannot be found.`);
  }
  return { Status: "SUCCEEDED" };
}

/** The ARN of the role that a deletion was begun of: `task/aws-service-role/<service>/<role>/<seal>` has its path and name. */
export function deletedRoleArn(call: Call, task: string): Arn {
  const end = task.lastIndexOf("/");
  return iamArn(call, "role", task.startsWith(`${TASK}${SERVICE_ROLE_PATH}`) ? task.slice(TASK.length, end) : "/*");
}

function taskScope({ principal }: Call, name: string): string {
  return `${principal.account} ${name}`;
}
