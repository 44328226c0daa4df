import { suggestion } from "../../kernel/suggestion.ts";
import type { PolicyStatement } from "../../policies/document.ts";
import { matches, parsePattern } from "../../policies/pattern.ts";
import type { CheckedPolicy } from "./checked-policy.ts";
import { type Remark, warning } from "./finding.ts";
import { actionsOf, ECR_ON_NOTHING, ECR_ON_REPOSITORIES, KNOWN_ACTIONS } from "./known-actions.ts";
import { canBeRepository, canBelongTo } from "./resource-reach.ts";

/** Actions that nobody asks for, and those that are never asked of what the statement is about. */
export function remarkOnActions(policy: CheckedPolicy): readonly Remark[] {
  return policy.document.statements.flatMap((statement, index) => {
    const path = `Statement[${index}].${statement.actions.except ? "NotAction" : "Action"}`;
    return statement.actions.of.flatMap((action, at) => {
      const remark = unknownAction(action) ?? (statement.actions.except ? undefined : neverAsked(action, statement, policy));
      return remark === undefined ? [] : [warning(`${path}[${at}]`, remark)];
    });
  });
}

const VENDORS = Object.keys(KNOWN_ACTIONS);

/** The actions that a pattern covers, of services that are here. */
function coveredBy(pattern: string): readonly string[] {
  const wanted = parsePattern(pattern.toLowerCase());
  return VENDORS.flatMap(actionsOf).filter((it) => matches(wanted, it.toLowerCase()));
}

function unknownAction(action: string): string | undefined {
  const [vendor = "", name = ""] = action.split(":");
  if (action === "*" || coveredBy(action).length > 0) return undefined;
  const known = actionsOf(vendor.toLowerCase());
  if (known.length > 0) {
    if (/[*?]/.test(name)) return `${action} covers no action of ${vendor}.`;
    const nearest = nearestOf(action, known);
    return `There is no action ${action}${nearest === undefined ? "." : `; did you mean ${nearest}?`}`;
  }
  const service = suggestion(vendor.toLowerCase(), VENDORS);
  // Short names of other services are near to many; only those with an action of ours are meant for it.
  if (service === undefined || !actionsOf(service).some((it) => it.toLowerCase() === `${service}:${name.toLowerCase()}`))
    return undefined;
  return `There is no service ${vendor} with an action ${name}; did you mean ${service}:${name}?`;
}

function nearestOf(action: string, known: readonly string[]): string | undefined {
  const folded = new Map(known.map((it) => [it.toLowerCase(), it]));
  const nearest = suggestion(action.toLowerCase(), [...folded.keys()]);
  return nearest === undefined ? undefined : folded.get(nearest);
}

const ON_REPOSITORIES = new Set(ECR_ON_REPOSITORIES);
const ON_NOTHING = new Set(ECR_ON_NOTHING);

/** Why none of the actions that a pattern covers is ever asked of what the statement is about. */
function neverAsked(action: string, { resources }: PolicyStatement, { kind }: CheckedPolicy): string | undefined {
  const covered = coveredBy(action);
  if (kind === "repository" || kind === "registry") return neverAskedOfRepositories(action, covered);
  if (action === "*" || covered.length === 0 || resources === undefined || resources.except) return undefined;
  const named = resources.of;
  if (named.includes("*")) return undefined;
  if (covered.every((it) => ON_NOTHING.has(it))) return `${action} is asked of no resource: only Resource "*" covers it.`;
  const vendors = [...new Set(covered.map((it) => it.split(":")[0] ?? ""))];
  if (!vendors.some((vendor) => named.some((it) => canBelongTo(it, vendor)))) {
    return `${action} is never asked of ${named.join(" or ")}, which is another service's.`;
  }
  const needsRepository = covered.every((it) => ON_REPOSITORIES.has(it) || ON_NOTHING.has(it));
  if (!needsRepository || named.some(canBeRepository)) return undefined;
  return `${action} is asked of repositories, and ${named.join(" or ")} covers the ARN of none: arn:aws:ecr:<region>:<account>:repository/<name>.`;
}

function neverAskedOfRepositories(action: string, covered: readonly string[]): string | undefined {
  if (action === "*" || covered.some((it) => ON_REPOSITORIES.has(it))) return undefined;
  if (covered.length > 0 && covered.every((it) => ON_NOTHING.has(it))) {
    return `${action} is asked of no resource, so the policy of one never gives it: it belongs into the policy of a user or role.`;
  }
  return `${action} is never asked of a repository.`;
}
