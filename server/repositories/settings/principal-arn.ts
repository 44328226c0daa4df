/** ECR: which principals an exclusion may name. (API model, PrincipalArn) */
export const PRINCIPAL_ARN_LENGTH_MAX = 200;
export const PRINCIPAL_ARN_PATTERN = "^arn:aws(-[a-z]+)*:iam::[0-9]{12}:(role|user)/[\\w+=,.@-]+(/[\\w+=,.@-]+)*$";

/** What stands before the path; the partition's parts are looked at one by one. */
const HEAD = /^arn:(aws[a-z-]*):iam::[0-9]{12}:(?:role|user)$/;
const PARTITION_PART = /^[a-z]+$/;
const PATH_PART = /^[\w+=,.@-]+$/;

/** Whether a text is the ARN of a role or a user. Part by part, in linear time: the pattern itself nests quantifiers. */
export function isPrincipalArn(text: string): boolean {
  const [head = "", ...path] = text.split("/");
  const [aws, ...others] = HEAD.exec(head)?.[1]?.split("-") ?? [];
  if (aws !== "aws" || !others.every((it) => PARTITION_PART.test(it))) return false;
  return path.length > 0 && path.every((it) => PATH_PART.test(it));
}

const SESSION = /^(arn:aws[a-z-]*:sts::[0-9]{12}:assumed-role\/[^/]+)\//;

/** Who calls, as far as exclusions tell callers apart: all sessions of a role are one. For `isAmongPrincipals`. */
export function withoutSession(callerArn: string): string {
  return SESSION.exec(callerArn)?.[1] ?? callerArn;
}

/**
 * Whether who calls is one of these roles and users. A role calls as a session of it, whose ARN has the role's name without
 * its path: `arn:aws:sts::<account>:assumed-role/<role>/<session>`.
 */
export function isAmongPrincipals(callerArn: string, principals: readonly string[]): boolean {
  if (principals.includes(callerArn)) return true;
  const [, , service, , account = "", resource = ""] = callerArn.split(":");
  const [kind, role = ""] = resource.split("/");
  if (service !== "sts" || kind !== "assumed-role" || role === "") return false;
  return principals.some((it) => it.includes(`:iam::${account}:role/`) && it.endsWith(`/${role}`));
}
