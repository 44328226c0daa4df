import { type AccountId, type Arn, parseAccountId } from "../kernel/names.ts";

/** Who a statement of a resource policy is about, in one form for each, however the policy has written it. */
export type PolicyPrincipal =
  | { readonly kind: "everyone" }
  /** Written as twelve digits or as the ARN of its root user: both stand for all principals of the account. */
  | { readonly kind: "account"; readonly account: AccountId }
  | {
      readonly kind: "user" | "role" | "session" | "federated-user";
      readonly account: AccountId;
      readonly arn: Arn;
      /** Who had this ARN when the policy was stored (`holdPrincipals`); undefined as long as nobody has looked. */
      readonly id?: string;
    }
  | { readonly kind: "service" | "federated" | "canonical-user"; readonly name: string }
  /** Not the form of any principal, so nobody. */
  | { readonly kind: "unknown"; readonly name: string };

/** The kinds of principal that policies name. */
export const PRINCIPAL_TYPES = new Set(["AWS", "Service", "Federated", "CanonicalUser"]);

/** IAM: partitions are the first thing that an ARN says, and there are these. (AWS General Reference) */
export const PARTITIONS: ReadonlySet<string> = new Set([
  "aws",
  "aws-cn",
  "aws-us-gov",
  "aws-iso",
  "aws-iso-b",
  "aws-iso-e",
  "aws-iso-f",
  "aws-eusc",
]);
/** IAM: names of users, roles and sessions. (API model) */
const NAME = /^[\w+=,.@-]{1,64}$/;
/** IAM: a path is printable ASCII; the star is left out, because a part of a principal cannot be a wildcard. */
const PATH = /^[!-)+-~]{0,512}$/;
const HOST_LABEL = /^[a-z0-9-]{1,63}$/;
const CANONICAL_USER = /^[0-9a-f]{64}$/;

/** Reads one principal. `type` is the member of Principal that it stands under, one of PRINCIPAL_TYPES. */
export function parsePrincipal(type: string, name: string): PolicyPrincipal {
  const unknown: PolicyPrincipal = { kind: "unknown", name };
  switch (type) {
    case "AWS":
      return parseAwsPrincipal(name) ?? unknown;
    case "Service":
      return isHost(name) ? { kind: "service", name } : unknown;
    case "Federated":
      return isHost(name) || isProvider(name) ? { kind: "federated", name } : unknown;
    case "CanonicalUser":
      return CANONICAL_USER.test(name) ? { kind: "canonical-user", name } : unknown;
    default:
      return unknown;
  }
}

function parseAwsPrincipal(name: string): PolicyPrincipal | undefined {
  if (name === "*") return { kind: "everyone" };
  const bare = parseAccountId(name);
  if (bare !== undefined) return { kind: "account", account: bare };

  const parts = splitArn(name);
  if (parts === undefined) return undefined;
  const { service, account, resource } = parts;
  if (service === "iam" && resource === "root") return { kind: "account", account };
  const kind = service === "iam" ? iamKind(resource) : stsKind(service, resource);
  return kind === undefined ? undefined : { kind, account, arn: name as Arn };
}

/** A user or role, whose name may have a path before it. */
function iamKind(resource: string): "user" | "role" | undefined {
  const [kind, ...steps] = resource.split("/");
  const name = steps.pop() ?? "";
  if ((kind !== "user" && kind !== "role") || !NAME.test(name) || !PATH.test(steps.join("/"))) return undefined;
  return kind;
}

/** Who has come by a session: of a role, by its name without path, or of a federated user. */
function stsKind(service: string, resource: string): "session" | "federated-user" | undefined {
  const [kind, ...names] = resource.split("/");
  if (service !== "sts" || !names.every((it) => NAME.test(it))) return undefined;
  if (kind === "assumed-role" && names.length === 2) return "session";
  return kind === "federated-user" && names.length === 1 ? kind : undefined;
}

function isProvider(name: string): boolean {
  const parts = splitArn(name);
  const [kind, ...steps] = parts?.resource.split("/") ?? [];
  if (parts?.service !== "iam" || (kind !== "saml-provider" && kind !== "oidc-provider")) return false;
  return steps.length > 0 && PATH.test(steps.join("/")) && steps[0] !== "";
}

interface AccountArn {
  readonly service: string;
  readonly account: AccountId;
  readonly resource: string;
}

/** The parts of an ARN that belongs to an account and to no region, as all of IAM's and STS's do. */
function splitArn(text: string): AccountArn | undefined {
  const [arn, partition = "", service = "", region, owner = "", ...resource] = text.split(":");
  const account = parseAccountId(owner);
  if (arn !== "arn" || !PARTITIONS.has(partition) || region !== "" || account === undefined) return undefined;
  return { service, account, resource: resource.join(":") };
}

/** Such as `ecs-tasks.amazonaws.com`. */
function isHost(name: string): boolean {
  const labels = name.split(".");
  return labels.length > 1 && labels.every((it) => HOST_LABEL.test(it));
}
