import type { Call } from "../../kernel/call.ts";
import { RegistryError } from "../../kernel/errors.ts";
import { list, string, structure } from "../../kernel/shape.ts";
import { type Operation, operation } from "../../kernel/operation.ts";
import type { Metadata } from "../../platform/metadata/metadata.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { Authorizer } from "../../policies/authorizer.ts";
import { type DecisionReport, sentenceOf } from "../../policies/decision-report.ts";
import { findDenial } from "../../policies/denials/find-denial.ts";
import type { DenialRecorder } from "../../policies/denials/record-denials.ts";
import { shortenReport } from "../../policies/shorten-report.ts";
import { viewReport } from "../../policies/view-report.ts";
import { explainHypothetical } from "./explain-hypothetical.ts";
import { findPrincipal } from "./find-principal.ts";

export interface DecisionDeps {
  readonly metadata: Metadata;
  readonly clock: Clock;
  readonly authorizer: Authorizer;
  readonly denials: Pick<DenialRecorder, "flush">;
}

interface ExplainDecisionInput {
  readonly requestId?: string;
  readonly principalArn?: string;
  readonly action?: string;
  readonly resource?: string;
  readonly context?: readonly { readonly key: string; readonly values: readonly string[] }[];
}

const CONTEXT = structure({
  "key!": string({ min: 3, max: 256 }),
  "values!": list(string({ max: 2_048 }), { max: 50 }),
});

/**
 * Why a request was denied, by its id; or how one would be decided now that a principal of the caller's account might make. Throws
 * DecisionNotFoundException, alike for what is not there and for what is not the caller's account's to see.
 */
export function explainDecision(deps: DecisionDeps): Operation {
  return operation<ExplainDecisionInput>({
    name: "ExplainDecision",
    input: structure({
      requestId: string({ min: 1, max: 128 }),
      principalArn: string({ min: 20, max: 2_048 }),
      action: string({ min: 3, max: 128 }),
      resource: string({ min: 1, max: 2_048 }),
      context: list(CONTEXT, { max: 50 }),
    }),
    errors: ["DecisionNotFoundException", "NoSuchEntityException", "ValidationException"],
    asks: () => [{ action: "longshore:ExplainDecision", resource: "*" }],
    async handle(call, input) {
      const { requestId } = input;
      return viewDecision(requestId === undefined ? await decideNow(deps, call, input) : await recall(deps, call, requestId));
    },
  });
}

async function recall(deps: DecisionDeps, call: Call, requestId: string): Promise<DecisionReport> {
  await deps.denials.flush();
  const report = await findDenial(deps, requestId, call.principal.account);
  if (report !== undefined) return report;
  throw new RegistryError(
    "DecisionNotFoundException",
    `No denial of the request '${requestId}' is known in the account with id '${call.principal.account}'.`,
  );
}

async function decideNow(deps: DecisionDeps, call: Call, input: ExplainDecisionInput): Promise<DecisionReport> {
  const { principalArn, action, resource, context = [] } = input;
  if (principalArn === undefined || action === undefined || resource === undefined) {
    throw new RegistryError("ValidationException", "Either requestId is needed, or principalArn, action and resource are.");
  }
  const { account } = call.principal;
  // Another account's principals are not looked up, so it cannot be told whether they are there.
  if (principalArn.split(":", 5)[4] !== account) {
    throw new RegistryError("ValidationException", `The principal must be of the account with id '${account}'.`);
  }
  const principal = await deps.metadata.readGlobal((tx) => findPrincipal(tx, principalArn));
  const given = new Map(context.map(({ key, values }) => [key, values]));
  const { region } = call.registry;
  const report = await explainHypothetical(deps, { principal, action, resource, context: given, region });
  return viewReport(shortenReport(report), account);
}

/** The operation's output: a report in members that JSON has. */
function viewDecision(report: DecisionReport): object {
  const { requestId, decided_ms, principal, action, resource, outcome, decision, statements, context, leftOut } = report;
  return {
    requestId,
    decidedAt: decided_ms / 1000,
    principal,
    action,
    resource,
    decision: outcome,
    message: sentenceOf(report),
    decidedBy: decision.by && {
      type: decision.by.type,
      policy: decision.by.policy,
      sid: decision.by.sid,
      index: decision.by.index,
    },
    statements,
    context: Object.entries(context).map(([key, values]) => ({ key, values })),
    statementsLeftOut: leftOut.principal + leftOut.resource,
  };
}
