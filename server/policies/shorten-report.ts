import { REPORT_TEXT_LENGTH_MAX, REPORT_VALUE_LENGTH_MAX, REPORT_VALUES_MAX } from "../kernel/limits.ts";
import type { DecisionReport } from "./decision-report.ts";
import type { ExplainedStatement } from "./explain.ts";

/**
 * The report with as many statements as have room: those that apply, then those about the action, then the others. Lists of
 * values end early, and long values are cut off.
 */
export function shortenReport(report: DecisionReport): DecisionReport {
  const statements = report.statements.map(shortenStatement);
  const ranked = statements.map((statement, at) => ({ statement, at, rank: rankOf(statement) }));
  let room = REPORT_TEXT_LENGTH_MAX;
  const kept = ranked
    .toSorted((one, other) => one.rank - other.rank || one.at - other.at)
    .filter(({ statement }) => {
      room -= JSON.stringify(statement).length;
      return room >= 0;
    });
  return {
    ...report,
    statements: kept.toSorted((one, other) => one.at - other.at).map((it) => it.statement),
    context: shortenContext(report.context),
    leftOut: report.leftOut + statements.length - kept.length,
  };
}

function rankOf({ applies, matches }: ExplainedStatement): number {
  return applies ? 0 : matches.action ? 1 : 2;
}

/** Of a statement about other actions its conditions tell nothing. */
function shortenStatement(statement: ExplainedStatement): ExplainedStatement {
  const conditions = statement.conditions.slice(0, REPORT_VALUES_MAX).map((it) => ({
    ...it,
    wanted: shortenValues(it.wanted),
    given: it.given && shortenValues(it.given),
  }));
  return { ...statement, conditions: statement.matches.action ? conditions : [] };
}

function shortenContext(context: DecisionReport["context"]): DecisionReport["context"] {
  const entries = Object.entries(context).slice(0, REPORT_VALUES_MAX);
  return Object.fromEntries(entries.map(([key, values]) => [shortenValue(key), shortenValues(values)]));
}

function shortenValues(values: readonly string[]): readonly string[] {
  const [kept, rest] = [values.slice(0, REPORT_VALUES_MAX), values.length - REPORT_VALUES_MAX];
  return [...kept.map(shortenValue), ...(rest > 0 ? [`… and ${rest} more`] : [])];
}

function shortenValue(value: string): string {
  return value.length > REPORT_VALUE_LENGTH_MAX ? `${value.slice(0, REPORT_VALUE_LENGTH_MAX)}…` : value;
}
