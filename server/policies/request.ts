import type { Principal } from "../kernel/call.ts";
import type { AccountId, Arn } from "../kernel/names.ts";

/** Who asks: somebody of an account, or one of those who have none and so no policies of their own. */
export type RequestPrincipal = Principal | OutsidePrincipal;

export interface OutsidePrincipal {
  /** Another service, or somebody with a token of an OIDC provider who is about to take a role. */
  readonly type: "service" | "federated";
  readonly account?: undefined;
  /** Such as `codebuild.amazonaws.com`; the ARN of the provider. */
  readonly name: string;
  /** Whom of the provider's the token is for, and as what: its audience and its subject. Policies ask for them by condition keys. */
  readonly bearer?: { readonly audience: string; readonly subject: string };
}

/** The ARN of the role, path and all, of which the principal is a session; undefined for everybody else. */
export function roleArnOf(principal: RequestPrincipal): Arn | undefined {
  return principal.type === "assumed-role" ? principal.session?.principalArn : undefined;
}

/**
 * What is known of a request beside who, what and on what: the values of a condition key, whose name is in lower case, such as
 * `aws:principaltag/team`. Undefined or none when the request has no such key. A key that may hold many has all of them; binary
 * values are in base64. It must give the same answer each time that it is asked during one decision.
 */
export type RequestContext = (key: string) => readonly string[] | undefined;

/** A context that asks `find` once for each key, and only for those that a policy looks at. */
export function rememberContext(find: RequestContext): RequestContext {
  // Many decisions ask for nothing.
  let known: Map<string, readonly string[] | undefined> | undefined;
  return (key) => {
    known ??= new Map();
    if (!known.has(key)) known.set(key, find(key));
    return known.get(key);
  };
}

/** One question to the policies: may this principal do this to that? */
export interface AccessRequest {
  readonly principal: RequestPrincipal;
  /** Such as `ecr:PutImage`. */
  readonly action: string;
  readonly resource: Arn | "*";
  /** Whose the resource is; undefined when its ARN does not say, which is then nobody's. */
  readonly resourceAccount: AccountId | undefined;
  readonly context: RequestContext;
}
