import { RegistryError } from "../../kernel/errors.ts";
import { type AccountId, type Arn, parseAccountId } from "../../kernel/names.ts";
import { parseIdentityPolicy } from "../../policies/iam-policies.ts";
import type { IamDeps } from "../deps.ts";
import { absenceOf, lookUpPolicy } from "../managed-policies.ts";
import { validationError } from "./validation-error.ts";

/** The policies that a session is given, as its caller sends them. */
export interface SessionPolicyInput {
  readonly Policy?: string;
  readonly PolicyArns?: readonly { readonly arn?: Arn }[];
}

/**
 * What a session may do at most. Throws MalformedPolicyDocumentException for a policy that cannot be a session's, and
 * ValidationException for the ARN of anything but a managed policy of AWS or of the account.
 */
export function readSessionPolicies(
  { Policy, PolicyArns = [] }: SessionPolicyInput,
  account: AccountId,
): { readonly policies: readonly string[]; readonly policyArns: readonly Arn[] } {
  if (Policy !== undefined) parseIdentityPolicy(Policy);
  const policyArns = PolicyArns.flatMap(({ arn }) => (arn === undefined ? [] : [arn]));
  for (const arn of policyArns) checkPolicyArn(arn, account);
  return { policies: Policy === undefined ? [] : [Policy], policyArns };
}

/**
 * Makes sure that a session's managed policies are there. To be asked when it is decided that the caller may have the session, so
 * that nobody learns of policies of an account that lets them do nothing. Throws MalformedPolicyDocumentException: STS names no
 * other error of a session's policies. (STS API reference, AssumeRole)
 */
export async function checkSessionPolicies({ metadata }: IamDeps, account: AccountId, arns: readonly Arn[]): Promise<void> {
  if (arns.length === 0) return;
  await metadata.readGlobal(async (tx) => {
    for (const arn of arns) {
      if ((await lookUpPolicy(tx, account, arn)) !== undefined) continue;
      throw new RegistryError("MalformedPolicyDocumentException", absenceOf(`Policy ${arn}`));
    }
  });
}

/** `arn:aws:iam::aws:policy/<path><name>`, or with the account in place of `aws`. */
function checkPolicyArn(arn: Arn, account: AccountId): void {
  const [prefix, partition, service, region, owner = "", resource = ""] = arn.split(":");
  const isPolicy =
    prefix === "arn" && partition === "aws" && service === "iam" && region === "" && resource.startsWith("policy/");
  if (!isPolicy || (owner !== "aws" && parseAccountId(owner) === undefined)) throw validationError(`${arn} is invalid`);
  if (owner !== "aws" && owner !== account) throw validationError(`The policy ${arn} is not in the account ${account}.`);
}
