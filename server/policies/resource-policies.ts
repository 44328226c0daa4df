import { invalidParameter, type RegistryError } from "../kernel/errors.ts";
import { type PolicyDocument, parsePolicyDocument, type PolicyStatement } from "./document.ts";
import { PolicyFault } from "./elements.ts";

/**
 * Reads the policy of a repository. Throws InvalidParameterException in ECR's words: one text for whatever is not such a policy,
 * another for a principal that cannot be one.
 */
export function parseRepositoryPolicy(text: string): PolicyDocument {
  return parseResourcePolicy(text, "repository", isAboutItsRepository);
}

/** Reads the policy of a registry, whose statements say which repositories they are about. Throws as parseRepositoryPolicy. */
export function parseRegistryPolicy(text: string): PolicyDocument {
  return parseResourcePolicy(text, "registry", ({ resources }) => resources !== undefined);
}

/** ECR: the text for a repository policy that is none, and for all else that ECR does not take as one. (AWS issue trackers) */
export function invalidPolicy(kind: "repository" | "registry"): RegistryError {
  return invalidParameter("PolicyText", `Invalid ${kind} policy provided`);
}

/** ECR: the refusal of a principal that is not there. (Terraform AWS provider issue 39064) */
export function principalNotFound(): RegistryError {
  return invalidParameter("PolicyText", "Principal not found");
}

/** ECR: what the policy of a registry is about under scope V1. Under V2 it is about all of ECR's actions. (User Guide, registry policy) */
const SCOPE_V1 = new Set(["ecr:ReplicateImage", "ecr:BatchImportUpstreamImage", "ecr:CreateRepository"]);

/** Does the policy of a registry take part in a decision about this action? `scope` is its account's REGISTRY_POLICY_SCOPE. */
export function isInRegistryScope(action: string, scope: "V1" | "V2"): boolean {
  return scope === "V2" || SCOPE_V1.has(action);
}

function parseResourcePolicy(
  text: string,
  kind: "repository" | "registry",
  isAllowed: (statement: PolicyStatement) => boolean,
): PolicyDocument {
  const document = parseOrRefuse(text, kind);
  for (const statement of document.statements) {
    if (statement.principals === undefined || !isAllowed(statement)) throw invalidPolicy(kind);
  }
  const principals = document.statements.flatMap((it) => it.principals?.of ?? []);
  // It comes last: who is there has to be looked up, which is for whoever stores the policy.
  if (principals.some((it) => it.kind === "unknown")) throw principalNotFound();
  return document;
}

function parseOrRefuse(text: string, kind: "repository" | "registry"): PolicyDocument {
  try {
    return parsePolicyDocument(text);
  } catch (error) {
    if (error instanceof PolicyFault) throw invalidPolicy(kind);
    throw error;
  }
}

/** ECR: `Resource` is left out, or is the `*` of the examples in the user guide; any other is refused. (User Guide; AWS CDK issue 24314) */
function isAboutItsRepository({ resources }: PolicyStatement): boolean {
  return resources === undefined || (!resources.except && resources.of.every((it) => it === "*"));
}
