import { PARTITIONS } from "./principal.ts";

/**
 * What IAM says of documents that are policies in form but name what cannot be an action or a resource. Of all that is wrong in
 * other ways it says the same. (localstack/localstack, answers of IAM recorded in test_iam_policies; getmoto/moto)
 */
type Statement = Readonly<Record<string, unknown>>;

const LEGACY = "The policy failed legacy parsing";
const EFFECTS = new Set(["Allow", "Deny"]);
const ARN_PARTS = 6;
/** What the sixth part of an ARN of IAM begins with. */
const IAM_RESOURCES = [
  "user/",
  "federated-user/",
  "role/",
  "group/",
  "instance-profile/",
  "mfa/",
  "server-certificate/",
  "policy/",
  "sms-mfa/",
  "saml-provider/",
  "oidc-provider/",
  "report/",
  "access-report/",
];

/** IAM's text for the first statement without actions, without resources, or with one that is none; undefined if there is none. */
export function identityFault(statements: readonly unknown[] | undefined): string | undefined {
  const objects = (statements ?? []).filter(isObject);
  if (objects.some((it) => !isWellFormed(it))) return undefined;
  if (objects.some(({ Effect }) => !EFFECTS.has(String(Effect)))) return LEGACY;
  const sids = objects.map(({ Sid }) => Sid).filter((it) => typeof it === "string" && it !== "");
  if (new Set(sids).size < sids.length) return "Statement IDs (SID) in a single policy must be unique.";
  return (
    (objects.some((it) => isEmpty(it, "Action")) ? "Policy statement must contain actions." : undefined) ??
    resourceFault(objects) ??
    first(objects, "Action", actionFault) ??
    (objects.some((it) => isEmpty(it, "Resource")) ? "Policy statement must contain resources." : undefined)
  );
}

/** IAM's text for the first resource that cannot be one. */
export function resourceFault(statements: readonly unknown[] | undefined): string | undefined {
  return first((statements ?? []).filter(isObject), "Resource", faultOfResource);
}

function actionFault(action: string): string | undefined {
  if (action === "*") return undefined;
  const [vendor = "", name, ...more] = action.split(":");
  if (name === undefined) return "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";
  if (more.length > 0) return "Actions/Condition can contain only one colon.";
  return vendor === "*" || /^[a-zA-Z0-9.-]+$/.test(vendor) ? undefined : `Vendor ${vendor} is not valid`;
}

function faultOfResource(resource: string): string | undefined {
  if (resource === "*") return undefined;
  const [, partition, vendor, ...rest] = resource.split(":");
  if (partition === undefined) return `Resource ${resource} must be in ARN format or "*".`;
  if (partition !== "*" && !PARTITIONS.has(partition)) return partitionFault(partition, vendor, rest);
  if (vendor === undefined) return "Resource vendor must be fully qualified and cannot contain regexes.";
  const endsEarly = rest.length < ARN_PARTS - 3;
  if (vendor === "" || (endsEarly && resource.includes("::"))) return LEGACY;
  const [region = "", , name = "*"] = rest;
  return regionFault(resource, vendor, region) ?? iamFault(vendor, name);
}

/** What the ARN leaves out is a star in the text. */
function partitionFault(partition: string, vendor = "*", [region = "*", account = "*", ...name]: readonly string[] = []): string {
  const parts = [vendor, region, account, name.length > 0 ? name.join(":") : "*"];
  return `Partition "${partition}" is not valid for resource "arn:${partition}:${parts.join(":")}".`;
}

function regionFault(resource: string, vendor: string, region: string): string | undefined {
  if (region === "" || region === "*") return undefined;
  if (vendor === "iam") return `IAM resource ${resource} cannot contain region information.`;
  // Access points and jobs of S3 have regions, buckets have none.
  return vendor === "s3" && !resource.includes("/") ? `Resource ${resource} can not contain region information.` : undefined;
}

/** Where the first step is a pattern, it may be meant for any of them. */
function iamFault(vendor: string, resource: string): string | undefined {
  if (vendor !== "iam") return undefined;
  const step = resource.split("/", 1)[0] ?? "";
  if (step === "root" || /[*?$]/.test(step) || IAM_RESOURCES.some((it) => resource.startsWith(it))) return undefined;
  return `IAM resource path must either be "*", root, or start with ${IAM_RESOURCES.join(", ")}.`;
}

/** The first text of these elements, or of their `Not…`, that something is said of. */
function first(
  statements: readonly Statement[],
  element: string,
  faultOf: (text: string) => string | undefined,
): string | undefined {
  for (const statement of statements) {
    for (const text of textsOf(statement[element] ?? statement[`Not${element}`])) {
      const fault = faultOf(text);
      if (fault !== undefined) return fault;
    }
  }
  return undefined;
}

function textsOf(value: unknown): readonly string[] {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  return values.filter((it) => typeof it === "string");
}

function isEmpty(statement: Statement, element: string): boolean {
  const value = statement[element] ?? statement[`Not${element}`];
  return value === undefined || (Array.isArray(value) && value.length === 0);
}

/** Are the elements of the right types, and is none there with its opposite? */
function isWellFormed(statement: Statement): boolean {
  const isSaidOnce = ["Action", "Resource"].every((it) => statement[it] === undefined || statement[`Not${it}`] === undefined);
  const areTexts = ["Action", "NotAction", "Resource", "NotResource"].every((it) => isTexts(statement[it]));
  return isSaidOnce && areTexts && /^(allow|deny)$/i.test(String(statement["Effect"]));
}

function isTexts(value: unknown): boolean {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value ?? ""];
  return values.every((it) => typeof it === "string");
}

function isObject(value: unknown): value is Statement {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
