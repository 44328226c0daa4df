import { RegistryError } from "../../kernel/errors.ts";
import { type AccountId, type Arn, parseAccountId } from "../../kernel/names.ts";
import { parsePolicyDocument } from "../../policies/document.ts";
import { PolicyFault } from "../../policies/elements.ts";
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
  if (Policy !== undefined) checkSessionPolicy(Policy);
  const policyArns = PolicyArns.flatMap(({ arn }) => (arn === undefined ? [] : [arn]));
  for (const arn of policyArns) checkPolicyArn(arn, account);
  return { policies: Policy === undefined ? [] : [Policy], policyArns };
}

/** Throws MalformedPolicyDocumentException unless a text is a policy as identities have them. */
export function checkSessionPolicy(text: string): void {
  for (const { principals, resources } of readDocument(text)) {
    if (principals !== undefined) throw malformed("Policy document should not specify a principal.");
    if (resources === undefined) throw malformed("Policy statement must contain resources.");
  }
}

function readDocument(text: string) {
  try {
    return parsePolicyDocument(text).statements;
  } catch (error) {
    if (error instanceof PolicyFault) throw malformed(error.message);
    throw error;
  }
}

/** `arn:aws:iam::aws:policy/<path><name>`, or with the account in place of `aws`. */
function checkPolicyArn(arn: Arn, account: AccountId): void {
  const [prefix, partition, service, region, owner = "", resource = ""] = arn.split(":");
  const isPolicy =
    prefix === "arn" && partition === "aws" && service === "iam" && region === "" && resource.startsWith("policy/");
  if (!isPolicy || (owner !== "aws" && parseAccountId(owner) === undefined)) throw validationError(`${arn} is invalid`);
  if (owner !== "aws" && owner !== account) throw validationError(`The policy ${arn} is not in the account ${account}.`);
}

function malformed(sentence: string): RegistryError {
  return new RegistryError("MalformedPolicyDocumentException", sentence);
}
