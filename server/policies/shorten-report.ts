import {
  REPORT_BEARER_LENGTH_MAX,
  REPORT_TEXT_LENGTH_MAX,
  REPORT_VALUE_LENGTH_MAX,
  REPORT_VALUES_MAX,
} from "../kernel/limits.ts";
import { type DecisionReport, sideOf } from "./decision-report.ts";
import type { ExplainedStatement } from "./explain.ts";

/**
 * The report with as many statements as have room: those that apply, then those about the action, then the others. Each side has
 * its own room, so that nothing of the one's policies shows in what is left of the other's. Lists of values end early, and long
 * values are cut off.
 */
export function shortenReport(report: DecisionReport): DecisionReport {
  const ranked = report.statements.map(shortenStatement).map((statement, at) => ({ statement, at, rank: rankOf(statement) }));
  const room = { principal: REPORT_TEXT_LENGTH_MAX, resource: REPORT_TEXT_LENGTH_MAX };
  const leftOut = { ...report.leftOut };
  const kept = ranked
    .toSorted((one, other) => one.rank - other.rank || one.at - other.at)
    .filter(({ statement }) => {
      const side = sideOf(statement.type);
      room[side] -= JSON.stringify(statement).length;
      if (room[side] < 0) leftOut[side]++;
      return room[side] >= 0;
    });
  const statements = kept.toSorted((one, other) => one.at - other.at).map((it) => it.statement);
  return { ...report, principal: shortenPrincipal(report), statements, context: shortenContext(report.context), leftOut };
}

/** ARNs have their bounds where they are made. What a token says of its bearer has none. */
function shortenPrincipal({ principal, principalAccount }: DecisionReport): string {
  return principalAccount === undefined ? shorten(principal, REPORT_BEARER_LENGTH_MAX) : principal;
}

function rankOf({ applies, matches }: ExplainedStatement): number {
  return applies ? 0 : matches.action ? 1 : 2;
}

/** Of a statement about other actions its conditions and variables tell nothing. */
function shortenStatement({ variables, ...statement }: ExplainedStatement): ExplainedStatement {
  const conditions = statement.conditions.slice(0, REPORT_VALUES_MAX).map((it) => ({
    ...it,
    wanted: shortenValues(it.wanted),
    given: it.given && shortenValues(it.given),
  }));
  if (!statement.matches.action) return { ...statement, conditions: [] };
  return { ...statement, conditions, ...(variables !== undefined && { variables: shortenValues(variables) }) };
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
  return shorten(value, REPORT_VALUE_LENGTH_MAX);
}

function shorten(text: string, length_max: number): string {
  return text.length > length_max ? `${text.slice(0, length_max)}…` : text;
}
