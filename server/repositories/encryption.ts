import { invalidParameter, RegistryError } from "../kernel/errors.ts";
import type { RegistryId } from "../kernel/names.ts";

/** ECR: the order in which its messages list them. (API model, EncryptionType) */
export const ENCRYPTION_TYPES = ["AES256", "KMS", "KMS_DSSE"] as const;

/** How the layers of a repository are to be encrypted. */
export interface EncryptionConfiguration {
  readonly encryptionType: (typeof ENCRYPTION_TYPES)[number];
  readonly kmsKey?: string;
}

/**
 * The ARN of the key that a repository of a registry gets, or null for one without. Throws InvalidParameterException for a key
 * that nothing would use, and KmsException for what is no key there.
 */
export function kmsKeyOf(registry: RegistryId, { encryptionType, kmsKey }: EncryptionConfiguration): string | null {
  // ECR: without a key it is the one that AWS manages for ECR in the account. (API reference, EncryptionConfiguration)
  if (encryptionType !== "AES256") return kmsKeyArn(registry, kmsKey ?? "alias/aws/ecr");
  if (kmsKey === undefined) return null;
  // ECR: word for word. (measured by cdk-preflight, 2026-09)
  throw invalidParameter(
    "encryptionConfiguration",
    "Invalid encryption configuration: Encryption key should not be set for AES256 encryption.",
  );
}

const KEY_ID = /^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32})$/;
const ALIAS = /^alias\/[a-zA-Z0-9/_-]{1,250}$/;
const ARN = /^arn:aws[a-z-]*:kms:([a-z0-9-]+):[0-9]{12}:(key\/[a-zA-Z0-9-]{1,256}|alias\/[a-zA-Z0-9/_-]{1,250})$/;

/**
 * ECR: a key is given by its id, its alias or the ARN of either, is in the repository's region, and is answered as an ARN.
 * (API reference, EncryptionConfiguration; tfsec#1671) An alias stays one: there is no KMS here to ask for its key yet.
 */
function kmsKeyArn({ account, region }: RegistryId, key: string): string {
  if (KEY_ID.test(key)) return `arn:aws:kms:${region}:${account}:key/${key}`;
  if (ALIAS.test(key)) return `arn:aws:kms:${region}:${account}:${key}`;
  const place = ARN.exec(key)?.[1];
  if (place === region) return key;
  // ECR: passes on what KMS says, which of an ARN from elsewhere names the region only. (measured by cdk-preflight, 2026-09)
  const why = place === undefined ? `Invalid keyId '${key}'` : `Invalid arn ${place}`;
  throw new RegistryError("KmsException", why, { kmsError: "NotFoundException" });
}
