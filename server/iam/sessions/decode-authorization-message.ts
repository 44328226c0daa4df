import { RegistryError } from "../../kernel/errors.ts";
import { operation, type Operation } from "../../kernel/operation.ts";
import { structure } from "../../kernel/shape.ts";
import type { DecisionReport } from "../../policies/decision-report.ts";
import { findDenial } from "../../policies/denials/find-denial.ts";
import type { DenialRecorder } from "../../policies/denials/record-denials.ts";
import type { IamDeps } from "../deps.ts";
import { ENCODED_MESSAGE } from "./shapes.ts";

type DecodeDeps = IamDeps & { readonly denials: Pick<DenialRecorder, "flush"> };

/**
 * Why a request was denied. AWS: some services, ECR not among them, end a denial with a long encoded message, for those to read who
 * may. Here what stands for it is the id of the request, which every answer has. Throws InvalidAuthorizationMessageException alike
 * for what is not there and for what is not the caller's account's to see.
 */
export function decodeAuthorizationMessage(deps: DecodeDeps): Operation {
  return operation<{ readonly EncodedMessage: string }>({
    name: "DecodeAuthorizationMessage",
    errors: ["InvalidAuthorizationMessageException"],
    input: structure({ "EncodedMessage!": ENCODED_MESSAGE }),
    asks: () => [{ action: "sts:DecodeAuthorizationMessage", resource: "*" }],
    handle: async ({ principal }, { EncodedMessage }) => {
      await deps.denials.flush();
      const report = await findDenial(deps, EncodedMessage, principal.account);
      if (report !== undefined) return { DecodedMessage: JSON.stringify(viewMessage(report)) };
      const sentence = `Invalid encoded authorization message. Give the id of a request that was denied to a principal, or on a resource, of the account with id '${principal.account}'.`;
      throw new RegistryError("InvalidAuthorizationMessageException", sentence);
    },
  });
}

/** A denial in the members of AWS's message, as far as we know their contents. (STS API reference, DecodeAuthorizationMessage) */
function viewMessage({ principal, action, resource, outcome, statements, context }: DecisionReport): object {
  const matched = statements.filter((it) => it.applies);
  return {
    allowed: false,
    explicitDeny: outcome === "explicitDeny",
    matchedStatements: {
      items: matched.map(({ sid, effect, type, policy }) => ({
        statementId: sid ?? "",
        effect: effect.toUpperCase(),
        policyType: type,
        policy,
      })),
    },
    failures: { items: [] },
    context: {
      principal: { arn: principal },
      action,
      resource,
      conditions: { items: Object.entries(context).map(([key, values]) => ({ key, values: items(values) })) },
    },
  };
}

function items(values: readonly string[]): object {
  return { items: values.map((value) => ({ value })) };
}
