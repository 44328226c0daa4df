import type { AccountId } from "../kernel/names.ts";
import { notAllowed } from "./decision.ts";
import { type DecisionReport, type Side, sideOf } from "./decision-report.ts";
import type { ExplainedCondition, ExplainedStatement } from "./explain.ts";

/**
 * What somebody of an account may see of a decision: its own policies, and what they looked at. Of the other account's it learns
 * neither that they are there nor how many, which keys they ask for, or what its resources and principals are tagged with.
 */
export function viewReport(report: DecisionReport, reader: AccountId): DecisionReport {
  const isOwn = (side: Side): boolean => reader === (side === "resource" ? report.resourceAccount : report.principalAccount);
  const statements = report.statements.filter((it) => isOwn(sideOf(it.type))).map((it) => viewStatement(it, isOwn));
  const keys = new Set(statements.flatMap((it) => [...it.conditions.map(({ key }) => key), ...(it.variables ?? [])]));
  const context = Object.entries(report.context).filter(([key]) => keys.has(key) && isOpen(key, isOwn));
  return {
    ...viewDecision(report, isOwn),
    statements,
    context: Object.fromEntries(context),
    leftOut: {
      principal: isOwn("principal") ? report.leftOut.principal : 0,
      resource: isOwn("resource") ? report.leftOut.resource : 0,
    },
  };
}

type IsOwn = (side: Side) => boolean;

/** IAM: of policies of organizations accounts feel what they do, and read nothing. They are named here, and not quoted. */
const ABOVE_ACCOUNTS: ReadonlySet<string> = new Set(["service-control", "resource-control"]);

/**
 * What kind of policy has decided everybody is told; which statement of which policy it was, its owner. Of a role that others may
 * not assume they are not even told that it is there.
 */
function viewDecision(report: DecisionReport, isOwn: IsOwn): DecisionReport {
  const { allowed, because, by } = report.decision;
  if (by === undefined || isOwn(sideOf(by.type))) return report;
  if (!allowed && by.type === "role-trust") {
    return { ...report, outcome: "implicitDeny", decision: notAllowed("role-trust", report.action) };
  }
  return { ...report, decision: { allowed, because: allowed ? "a policy of the other account allows it" : because } };
}

function isOpen(key: string, isOwn: IsOwn): boolean {
  if (key.startsWith("aws:principaltag/")) return isOwn("principal");
  const isOfResource = /^(aws|ecr|iam):resourcetag\//.test(key) || key === "iam:permissionsboundary";
  return !isOfResource || isOwn("resource");
}

function viewStatement({ variables, ...statement }: ExplainedStatement, isOwn: IsOwn): ExplainedStatement {
  const isQuoted = !ABOVE_ACCOUNTS.has(statement.type);
  const conditions = statement.conditions.map(
    (it): ExplainedCondition => ({
      ...it,
      wanted: isQuoted ? it.wanted : [],
      given: isOpen(it.key, isOwn) ? it.given : undefined,
    }),
  );
  return { ...statement, conditions, ...(isQuoted && variables !== undefined && { variables }) };
}
