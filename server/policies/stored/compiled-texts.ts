import { createBoundedCache } from "../../identity/bounded-cache.ts";
import { unreachable } from "../../kernel/errors.ts";
import { POLICIES_COMPILED_MAX, POLICIES_KEPT_LENGTH_MAX } from "../../kernel/limits.ts";
import { type CompiledPolicy, compilePolicy, type PolicyType } from "../compile.ts";
import { parsePolicyDocument, type PolicyDocument } from "../document.ts";
import { PolicyFault } from "../elements.ts";
import { heldBy, holdPrincipals } from "../hold-principals.ts";
import { parseRegistryPolicy, parseRepositoryPolicy } from "../resource-policies.ts";

/** What is compiled: a text, what it is to a request, and what it is called. */
export interface PolicyText {
  readonly type: PolicyType;
  readonly name: string;
  readonly text: string;
  /** JSON: the unique ids of those whom it names, by ARN, as they were when it was stored. */
  readonly principals?: string | null | undefined;
}

/** Compiles each text of a policy once, however many principals have it. */
export interface CompiledTexts {
  /** Throws an Error for a text that is no policy: it was checked when it was stored, so nobody is let in by half of one. */
  of(policy: PolicyText): CompiledPolicy;
}

export function createCompiledTexts(): CompiledTexts {
  const compiled = createBoundedCache<CompiledPolicy>(POLICIES_COMPILED_MAX, {
    size_max: POLICIES_KEPT_LENGTH_MAX,
    sizeOf: (_policy, key) => key.length,
  });
  return {
    of(policy) {
      const key = `${policy.type} ${policy.name} ${policy.principals ?? ""} ${policy.text}`;
      const known = compiled.get(key);
      if (known !== undefined) return known;
      const fresh = compilePolicy(held(parse(policy), policy), policy);
      compiled.set(key, fresh);
      return fresh;
    },
  };
}

function held(document: PolicyDocument, { principals }: PolicyText): PolicyDocument {
  return principals ? holdPrincipals(document, heldBy(principals)) : document;
}

function parse({ type, name, text }: PolicyText): ReturnType<typeof parsePolicyDocument> {
  if (type !== "resource") return read(name, () => parsePolicyDocument(text));
  // A policy of a repository says nothing of resources: it is the repository's, whole.
  return read(name, () => (name === REGISTRY_POLICY ? parseRegistryPolicy(text) : parseRepositoryPolicy(text)));
}

/** The name of the policy of a registry; that of a repository has the repository's ARN. */
export const REGISTRY_POLICY = "the registry policy";

function read<Document>(name: string, parsed: () => Document): Document {
  try {
    return parsed();
  } catch (cause) {
    if (cause instanceof PolicyFault) throw unreachable(`the stored policy ${name} is none: ${cause.message}`);
    throw cause;
  }
}
