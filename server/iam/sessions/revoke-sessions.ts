import type { Principal } from "../../kernel/call.ts";
import type { AccountId, Arn } from "../../kernel/names.ts";
import { type Operation, operation } from "../../kernel/operation.ts";
import { structure } from "../../kernel/shape.ts";
import type { IamDeps, IamReader } from "../deps.ts";
import { endSessions, findByArn, sessionsValidFrom } from "../entities.ts";
import { ARN } from "../shapes.ts";

/** Ends all sessions of a user or a role that have begun so far. Not AWS's. */
export function revokeSessionsOperation(deps: IamDeps): Operation {
  return operation<{ readonly principalArn: Arn }>({
    name: "RevokeSessions",
    errors: ["NoSuchEntityException"],
    input: structure({ "principalArn!": ARN }),
    asks: ({ principalArn }) => [{ action: "longshore:RevokeSessions", resource: principalArn }],
    handle: async ({ principal: { account } }, { principalArn }) => {
      const { from_ms } = await revokeSessions(deps, account, principalArn);
      return { principalArn, sessionsValidFrom: from_ms / 1000 };
    },
  });
}

/**
 * Ends all sessions of a user or a role of an account that have begun so far, with the passwords that they got, and a role's registry
 * tokens. Returns from when on sessions are good and how many tokens are gone. Throws NoSuchEntityException.
 */
export function revokeSessions(
  { metadata, clock }: Pick<IamDeps, "metadata" | "clock">,
  account: AccountId,
  arn: Arn,
): Promise<{ readonly from_ms: number; readonly tokenCount: number }> {
  return metadata.writeGlobal(async (tx) => endSessions(tx, await findByArn(tx, account, arn), clock.now()));
}

/** Whether a caller is a session that has been revoked since it was let in. */
export async function isRevoked(tx: IamReader, caller: Principal): Promise<boolean> {
  return caller.session !== undefined && caller.session.issued_ms < (await sessionsValidFrom(tx, caller));
}
