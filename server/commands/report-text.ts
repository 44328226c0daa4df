import { type DecisionReport, isNamed, sentenceOf } from "../policies/decision-report.ts";
import type { ExplainedCondition, ExplainedStatement } from "../policies/explain.ts";
import { visible } from "./visible.ts";

const TITLES = { allowed: "Allowed", explicitDeny: "Denied by a statement", implicitDeny: "Denied, because nothing allows it" };

/** A decision as people read it on a terminal: what was asked, what was decided, and what each statement said to it. */
export function reportText(report: DecisionReport): string {
  const { requestId, decided_ms, principal, action, resource, outcome, decision, context, statements } = report;
  const leftOut = report.leftOut.principal + report.leftOut.resource;
  const facts = [
    ...(requestId === undefined ? [] : [["request", requestId]]),
    ["time", new Date(decided_ms).toISOString()],
    ["principal", principal],
    ["action", action],
    ["resource", resource],
    ...Object.entries(context).map(([key, values]) => [key, values.length === 0 ? "(not there)" : values.join(", ")]),
  ];
  const width = Math.max(...facts.map(([name = ""]) => name.length));
  return [
    `${TITLES[outcome]}.`,
    `${sentenceOf(report)}.`,
    "",
    ...facts.map(([name = "", value]) => `  ${name.padEnd(width)}  ${value}`),
    "",
    statements.length === 0 ? "No policy has a statement that was looked at." : "Statements that were looked at:",
    ...statements.flatMap((it) => statementLines(it, isNamed(it, decision.by))),
    ...(leftOut === 0 ? [] : [`  ${leftOut} more are left out.`]),
    "",
  ]
    .map(visible)
    .join("\n");
}

function statementLines(statement: ExplainedStatement, decided: boolean): string[] {
  const { type, policy, sid, index, effect, applies } = statement;
  const name = sid === undefined || sid === "" ? `statement ${index}` : `"${sid}" (statement ${index})`;
  const verdict = applies ? (decided ? "applies, and decides" : "applies") : `does not apply: ${mismatch(statement)}`;
  const conditions = statement.conditions.filter((it) => statement.matches.action && it.holds === applies);
  return [`  ${effect} ${name} of ${policy} (${type}) ${verdict}`, ...conditions.map((it) => `      ${conditionText(it)}`)];
}

function mismatch({ matches }: ExplainedStatement): string {
  const missed = [
    ...(matches.principal ? [] : ["the principal"]),
    ...(matches.action ? [] : ["the action"]),
    ...(matches.resource ? [] : ["the resource"]),
  ];
  return missed.length === 0 ? "a condition does not hold" : `it is not about ${missed.join(" and ")}`;
}

function conditionText({ operator, key, wanted, given, holds }: ExplainedCondition): string {
  const has = given === undefined ? "the request does not have it" : `the request has ${given.join(", ")}`;
  return `${operator} ${key} [${wanted.join(", ")}] ${holds ? "holds" : "does not hold"}: ${has}`;
}
