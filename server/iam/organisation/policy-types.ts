import { RegistryError } from "../../kernel/errors.ts";
import { enumeration } from "../../kernel/shape.ts";

/** The type of policy that is here. */
export const CONTROL = "SERVICE_CONTROL_POLICY";

/** AWS: the types of policies that an organisation can have. (API model, PolicyType) */
export const POLICY_TYPE = enumeration(
  CONTROL,
  "RESOURCE_CONTROL_POLICY",
  "TAG_POLICY",
  "BACKUP_POLICY",
  "AISERVICES_OPT_OUT_POLICY",
  "CHATBOT_POLICY",
  "DECLARATIVE_POLICY_EC2",
  "SECURITYHUB_POLICY",
  "INSPECTOR_POLICY",
  "UPGRADE_ROLLOUT_POLICY",
  "BEDROCK_POLICY",
  "S3_POLICY",
  "NETWORK_SECURITY_DIRECTOR_POLICY",
);

/** Throws PolicyTypeNotAvailableForOrganizationException for a type that is not here. */
export function requireControlType(type: string): void {
  if (type === CONTROL) return;
  throw new RegistryError(
    "PolicyTypeNotAvailableForOrganizationException",
    `You can't use the specified policy type with this organization: of all policy types, ${CONTROL} alone is here.`,
  );
}
