import type { PolicyType } from "./compile.ts";

/** `because` is the end of the sentence that AWS gives a denied caller, or what allowed it. */
export interface Decision {
  readonly allowed: boolean;
  readonly because: string;
  /** The one statement that it hangs on; undefined when that is the lack of one, or nothing that a policy says. */
  readonly by?: StatementName | undefined;
}

/** Which statement of which policy. */
export interface StatementName {
  readonly type: PolicyType;
  /** The policy's ARN or, where it has none, its name. */
  readonly policy: string;
  readonly sid: string | undefined;
  /** Its place in the document, from 0. */
  readonly index: number;
}

/** IAM: how a denial calls each kind of policy. (IAM User Guide, access denied error messages) */
const TITLES: Readonly<Record<PolicyType, string>> = {
  identity: "identity-based policy",
  "permissions-boundary": "permissions boundary",
  session: "session policy",
  resource: "resource-based policy",
  "role-trust": "role trust policy",
  "service-control": "service control policy",
  "resource-control": "resource control policy",
};

/** A statement denies. */
export function explicitlyDenied(by: StatementName): Decision {
  const title = TITLES[by.type];
  const article = by.type === "role-trust" ? "the" : by.type === "identity" ? "an" : "a";
  return { allowed: false, because: `with an explicit deny in ${article} ${title}`, by };
}

/** No statement of policies of this type allows the action, and one has to. */
export function notAllowed(type: PolicyType, action: string): Decision {
  return { allowed: false, because: `because no ${TITLES[type]} allows the ${action} action` };
}

/** A statement allows, and nothing is against it. */
export function allowedBy(by: StatementName): Decision {
  return { allowed: true, because: `${nameStatement(by)} of ${by.policy} allows it`, by };
}

/** A statement by its Sid or, where it has none, by its place. */
function nameStatement({ sid, index }: StatementName): string {
  return sid === undefined || sid === "" ? `statement ${index}` : `the statement '${sid}'`;
}
