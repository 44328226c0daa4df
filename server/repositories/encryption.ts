import { invalidParameter } from "../kernel/errors.ts";
import type { RegistryId } from "../kernel/names.ts";

/** ECR: the order in which its messages list them. (API model, EncryptionType) */
export const ENCRYPTION_TYPES = ["AES256", "KMS", "KMS_DSSE"] as const;

/** How the layers of a repository are to be encrypted. */
export interface EncryptionConfiguration {
  readonly encryptionType: (typeof ENCRYPTION_TYPES)[number];
  readonly kmsKey?: string;
}

/** The key that a repository of a registry gets, or null for one without. Throws InvalidParameterException for one that nothing would use. */
export function kmsKeyOf(registry: RegistryId, { encryptionType, kmsKey }: EncryptionConfiguration): string | null {
  if (encryptionType !== "AES256") {
    // ECR: without a key it is the one that AWS manages for ECR in the account. (API reference, EncryptionConfiguration)
    return kmsKey ?? `arn:aws:kms:${registry.region}:${registry.account}:alias/aws/ecr`;
  }
  if (kmsKey === undefined) return null;
  throw invalidParameter("encryptionConfiguration", "kmsKey can't be set when encryptionType is AES256");
}
