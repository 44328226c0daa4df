import type { AccountId } from "../kernel/names.ts";
import type { DecisionReport } from "./decision-report.ts";
import type { ExplainedCondition, ExplainedStatement } from "./explain.ts";

/**
 * What somebody of an account may see of a decision. Policies are read by the account that has them alone, and so are tags: a
 * condition would else tell the one side what the other's resource or principal is tagged with.
 */
export function viewReport(report: DecisionReport, reader: AccountId): DecisionReport {
  const own = report.statements.filter((it) => ownerOf(it, report) === reader);
  const isOpen = (key: string): boolean => isOpenTo(key, report, reader);
  return {
    ...report,
    decision: viewDecision(report, reader),
    statements: own.map((it) => viewStatement(it, isOpen)),
    context: Object.fromEntries(Object.entries(report.context).filter(([key]) => isOpen(key))),
    leftOut: report.leftOut + report.statements.length - own.length,
  };
}

type Owned = Pick<ExplainedStatement, "type">;

/** IAM: of policies of organizations accounts feel what they do, and read nothing. They are named here, and not quoted. */
const ABOVE_ACCOUNTS: ReadonlySet<string> = new Set(["service-control", "resource-control"]);
const OF_RESOURCES: ReadonlySet<string> = new Set(["resource", "role-trust", "resource-control"]);

function ownerOf({ type }: Owned, { principalAccount, resourceAccount }: DecisionReport): AccountId | undefined {
  return OF_RESOURCES.has(type) ? resourceAccount : principalAccount;
}

/** What denied is told to everybody who is denied; which statement of which policy it was, to its owner. */
function viewDecision(report: DecisionReport, reader: AccountId): DecisionReport["decision"] {
  const { allowed, because, by } = report.decision;
  if (by === undefined || ownerOf(by, report) === reader) return report.decision;
  return { allowed, because: allowed ? "a policy of the other account allows it" : because };
}

function isOpenTo(key: string, { principalAccount, resourceAccount }: DecisionReport, reader: AccountId): boolean {
  if (key.startsWith("aws:principaltag/")) return principalAccount === reader;
  const isOfResource = key.startsWith("aws:resourcetag/") || key.startsWith("ecr:resourcetag/");
  return !isOfResource || resourceAccount === reader;
}

function viewStatement(statement: ExplainedStatement, isOpen: (key: string) => boolean): ExplainedStatement {
  const isQuoted = !ABOVE_ACCOUNTS.has(statement.type);
  const conditions = statement.conditions.map(
    (it): ExplainedCondition => ({
      ...it,
      wanted: isQuoted ? it.wanted : [],
      given: isOpen(it.key) ? it.given : undefined,
    }),
  );
  return { ...statement, conditions };
}
