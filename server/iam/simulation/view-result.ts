import type { DecisionWord } from "../../policies/decision-report.ts";
import type { SimulatedDecision } from "./simulate.ts";

/** IAM's form of what an action comes to, on each of the resources that are named and on all of them together. */
export function viewResult(
  action: string,
  named: readonly string[] | undefined,
  decisions: readonly SimulatedDecision[],
): object {
  const [first] = decisions;
  const decision = together(decisions);
  const ofDecision = decisions.filter((it) => it.decision === decision);
  const isNamed = named !== undefined && !named.includes("*");
  return {
    EvalActionName: action,
    EvalResourceName: decisions.length === 1 ? first?.resource : templateOf(decisions.map((it) => it.resource)),
    EvalDecision: decision,
    MatchedStatements: once(ofDecision.flatMap((it) => it.matched)),
    // IAM: where resources are named, these are told of each. (API reference, EvaluationResult)
    MissingContextValues: isNamed ? [] : [...new Set(decisions.flatMap((it) => it.missing))],
    OrganizationsDecisionDetail: detail(
      "AllowedByOrganizations",
      decisions.map((it) => it.allowedByOrganisations),
    ),
    PermissionsBoundaryDecisionDetail: detail(
      "AllowedByPermissionsBoundary",
      decisions.map((it) => it.allowedByBoundary),
    ),
    // IAM: there and empty within one account, unless the resource is all of them. (API reference, EvaluationResult)
    EvalDecisionDetails: isNamed || first?.sides !== undefined ? (first?.sides ?? new Map()) : undefined,
    ResourceSpecificResults: isNamed ? decisions.map(viewResource) : undefined,
  };
}

function viewResource({ resource, decision, matched, missing, allowedByBoundary, sides }: SimulatedDecision): object {
  return {
    EvalResourceName: resource,
    EvalResourceDecision: decision,
    MatchedStatements: matched,
    MissingContextValues: missing,
    EvalDecisionDetails: sides ?? new Map(),
    PermissionsBoundaryDecisionDetail: detail("AllowedByPermissionsBoundary", [allowedByBoundary]),
  };
}

/** Allowed when it is on every resource; else the strongest no. */
function together(decisions: readonly SimulatedDecision[]): DecisionWord {
  const words: readonly DecisionWord[] = ["explicitDeny", "implicitDeny"];
  return words.find((word) => decisions.some((it) => it.decision === word)) ?? "allowed";
}

function detail(name: string, answers: readonly (boolean | undefined)[]): object | undefined {
  return answers.includes(undefined) ? undefined : { [name]: answers.every((it) => it === true) };
}

function once(matched: readonly object[]): readonly object[] {
  return [...new Map(matched.map((it) => [JSON.stringify(it), it])).values()];
}

/** IAM: for many resources the name is that of their type, with its variables. (an answer of IAM in a test of a client) */
function templateOf(resources: readonly string[]): string | undefined {
  const areRepositories = resources.every((it) => it.startsWith("arn:aws:ecr:") && it.includes(":repository/"));
  return areRepositories ? REPOSITORY : resources[0];
}

const REPOSITORY = ["arn:aws:ecr:", "{Region}:", "{Account}:repository/", "{RepositoryName}"].join("$");
