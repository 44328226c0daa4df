import { RegistryError } from "../kernel/errors.ts";
import type { IamEntityRow } from "../platform/metadata/iam-schema.ts";

/** IAM: below it are the roles of AWS's services and the policies that only they can have. (IAM User Guide, service-linked roles) */
export const SERVICE_ROLE_PATH = "/aws-service-role/";

/** Is this the role of one of AWS's services, as CreateServiceLinkedRole makes them? */
export function isProtected({ kind, path }: Pick<IamEntityRow, "kind" | "path">): boolean {
  return kind === "role" && path.startsWith(SERVICE_ROLE_PATH);
}

/** Throws UnmodifiableEntityException for a role that its service alone may change. */
export function refuseProtected(entity: IamEntityRow): void {
  if (!isProtected(entity)) return;
  // IAM. (rebuy-de/aws-nuke#331)
  const text = `Cannot perform the operation on the protected role '${entity.name}' - this role is only modifiable by AWS`;
  throw new RegistryError("UnmodifiableEntityException", text);
}
