import { invalidParameter } from "../kernel/errors.ts";
import type { Arn } from "../kernel/names.ts";
import type { Ask } from "../kernel/operation.ts";

const ROLE_ARN = /^arn:aws[a-z-]*:iam::[0-9]{12}:role\/[\w+=,.@/-]+$/;

/** Throws InvalidParameterException for a role that cannot be one. */
export function checkCustomRole(customRoleArn: string): void {
  if (!ROLE_ARN.test(customRoleArn)) throw invalidParameter("customRoleArn", "Invalid ARN");
}

/**
 * Asks whether a role may be handed to ECR, where one is named. A role of another account is nobody's to hand on. AWS: the key
 * says to whom. (Service Authorization Reference, operations of ECR that need iam:PassRole)
 */
export function askPassRole({ customRoleArn }: { readonly customRoleArn?: string | undefined }): readonly Ask[] {
  // What is no role is refused as such, later.
  if (customRoleArn === undefined || !ROLE_ARN.test(customRoleArn)) return [];
  return [{ action: "iam:PassRole", resource: customRoleArn as Arn, context: { "iam:passedtoservice": ["ecr.amazonaws.com"] } }];
}
