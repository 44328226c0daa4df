import type { PolicyStatement } from "../../policies/document.ts";
import type { CheckedPolicy } from "./checked-policy.ts";
import { type Remark, warning } from "./finding.ts";

/** Statements that change nothing, because others say the same or more. */
export function remarkOnEffects(policy: CheckedPolicy): readonly Remark[] {
  const { statements } = policy.document;
  return statements.flatMap((statement, index) => {
    const path = `Statement[${index}]`;
    const same = statements.findIndex((it) => textOf(it) === textOf(statement));
    if (same < index) return [warning(path, `It says the same as statement ${same}, so it does nothing.`)];
    const denial = statement.effect === "Allow" ? deniedBy(policy, statement) : -1;
    return denial === -1 ? [] : [warning(path, `Statement ${denial} denies all that this one allows, so it does nothing.`)];
  });
}

function textOf(statement: PolicyStatement): string {
  return JSON.stringify({ ...statement, sid: undefined });
}

/** The statement that denies whatever an Allow allows, to everybody and everywhere; -1 when there is none. */
function deniedBy({ document, compiled }: CheckedPolicy, { actions }: PolicyStatement): number {
  // Patterns are left alone: what they cover is more than can be listed.
  if (actions.except || actions.of.some((it) => /[*?]/.test(it))) return -1;
  return document.statements.findIndex(({ effect, principals, resources, conditions }, index) => {
    const isForAll = principals === undefined || (!principals.except && principals.of.some((it) => it.kind === "everyone"));
    const isEverywhere = resources === undefined || (!resources.except && resources.of.includes("*"));
    const covers = (action: string) => compiled.statements[index]?.matchesAction(action.toLowerCase()) === true;
    return effect === "Deny" && conditions.length === 0 && isForAll && isEverywhere && actions.of.every(covers);
  });
}
