import { type AccountId, type Arn, parseAccountId } from "../../kernel/names.ts";
import { parseIdentityPolicy } from "../../policies/iam-policies.ts";
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

/** `arn:aws:iam::aws:policy/<path><name>`, or with the account in place of `aws`. */
function checkPolicyArn(arn: Arn, account: AccountId): void {
  const [prefix, partition, service, region, owner = "", resource = ""] = arn.split(":");
  const isPolicy =
    prefix === "arn" && partition === "aws" && service === "iam" && region === "" && resource.startsWith("policy/");
  if (!isPolicy || (owner !== "aws" && parseAccountId(owner) === undefined)) throw validationError(`${arn} is invalid`);
  if (owner !== "aws" && owner !== account) throw validationError(`The policy ${arn} is not in the account ${account}.`);
}
