import type { Arn } from "../kernel/names.ts";
import type { PolicyStatement, Selection } from "./document.ts";
import type { PolicyPrincipal } from "./principal.ts";
import { type RequestPrincipal, roleArnOf } from "./request.ts";

/**
 * By what a statement means the principal: by itself (or everyone), by the role that it is a session of, or by its account. Within
 * one account a grant is worth less in this order.
 */
export type Grip = "direct" | "role" | "account";

const WORTH: Readonly<Record<Grip, number>> = { direct: 3, role: 2, account: 1 };

/** How a statement's Principal or NotPrincipal means this principal; undefined when it does not. */
export function gripOf(
  principals: Selection<PolicyPrincipal>,
  effect: PolicyStatement["effect"],
  principal: RequestPrincipal,
): Grip | undefined {
  if (!principals.except) return bestGrip(principals, principal);
  const isNamed = (grip: Grip): boolean =>
    principals.of.some((it) => it.kind === "everyone" || gripOfOne(it, principal) === grip);
  const faces = facesOf(principal);
  // IAM: a Deny spares only those whose account, and whose role, is named beside them. (IAM User Guide, NotPrincipal)
  const isSpared = effect === "Deny" ? faces.every(isNamed) : faces.some(isNamed);
  return isSpared ? undefined : "direct";
}

/** Is a grip worth more than another, or than none? */
export function isMoreDirect(grip: Grip, than: Grip | undefined): boolean {
  return than === undefined || WORTH[grip] > WORTH[than];
}

function bestGrip({ of }: Selection<PolicyPrincipal>, principal: RequestPrincipal): Grip | undefined {
  let best: Grip | undefined;
  for (const named of of) {
    const grip = gripOfOne(named, principal);
    if (grip !== undefined && isMoreDirect(grip, best)) best = grip;
  }
  return best;
}

/** By what a principal can be named. */
function facesOf({ type }: RequestPrincipal): readonly Grip[] {
  switch (type) {
    case "root":
      return ["account"];
    case "assumed-role":
      return ["direct", "role", "account"];
    case "user":
    case "federated-user":
      return ["direct", "account"];
    default:
      return ["direct"];
  }
}

function gripOfOne(named: PolicyPrincipal, principal: RequestPrincipal): Grip | undefined {
  switch (named.kind) {
    case "everyone":
      // IAM: neither a boundary nor a session policy limits what everyone is granted, where a condition says which role, unless it
      // denies. A grant that names the role itself they do limit. (IAM User Guide, Principal, IAM role principals)
      return "direct";
    case "account":
      return named.account === principal.account ? "account" : undefined;
    case "user":
    case "federated-user":
      return named.kind === principal.type && isSame(named, principal.arn, principal.userId) ? "direct" : undefined;
    case "session":
      return principal.type === "assumed-role" && isSame(named, principal.arn, principal.userId) ? "direct" : undefined;
    case "role":
      return principal.type === "assumed-role" && isSame(named, roleArnOf(principal), principal.entityId) ? "role" : undefined;
    case "service":
    case "federated":
      return named.kind === principal.type && named.name === principal.name ? "direct" : undefined;
    default:
      return undefined;
  }
}

/** IAM: whoever was resolved when the policy was stored is held by the unique id alone. (IAM User Guide, Principal) */
function isSame(named: { readonly arn: Arn; readonly id?: string }, arn: Arn | undefined, id: string): boolean {
  return named.id === undefined ? named.arn === arn : named.id === id;
}
