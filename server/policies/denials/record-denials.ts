import {
  DENIALS_GATHERED_ACCOUNTS_MAX,
  DENIALS_GATHERED_MAX,
  DENIALS_KEPT_MAX,
  DENIALS_LIFETIME_S,
} from "../../kernel/limits.ts";
import type { AccountId } from "../../kernel/names.ts";
import type { Metadata } from "../../platform/metadata/metadata.ts";
import { postpone } from "../../platform/postponed.ts";
import { type DecidedRequest, type DecisionReport, reportDecision } from "../decision-report.ts";
import { shortenReport } from "../shorten-report.ts";
import { deleteDenialsUpTo, denialBehind, insertDenial } from "./denial-rows.ts";

/** A request that was denied, and what it was denied by. */
export interface Denial extends DecidedRequest {
  readonly requestId: string;
}

/** Remembers denials, for whoever asks why. */
export interface DenialRecorder extends AsyncDisposable {
  /** A request was denied. Waits for nothing, writes nothing and works nothing out. */
  note(denial: Denial): void;
  /** Writes down what has been gathered. It happens by itself every second, and at the end. */
  flush(): Promise<void>;
}

const FLUSH_INTERVAL_MS = 1_000;

/**
 * Gathers denials in memory, the last few of each account, and works out and writes what is left of them in batches: a flood of
 * denials costs no more than a second's few, and drives out its own account's alone. A process that dies at once forgets the last.
 */
export function recordDenials(deps: {
  readonly metadata: Metadata;
  /** Hears why denials could not be written down; those are lost. */
  readonly onError: (error: unknown) => void;
}): DenialRecorder {
  const { metadata, onError } = deps;
  let gathered = new Map<AccountId, Denial[]>();

  async function writeGathered(): Promise<void> {
    const taken = gathered;
    gathered = new Map();
    for (const [account, denials] of taken) {
      try {
        await writeDenials(metadata, account, denials.map(reportDecision).map(shortenReport));
      } catch (error) {
        onError(error);
      }
    }
  }

  const writing = postpone(writeGathered, FLUSH_INTERVAL_MS);

  return {
    note(denial) {
      const { account } = denial.request.principal;
      if (account === undefined) return;
      const known = gathered.get(account);
      if (known !== undefined && known.push(denial) > DENIALS_GATHERED_MAX) known.shift();
      if (known === undefined) {
        const [oldest] = gathered.keys();
        if (oldest !== undefined && gathered.size >= DENIALS_GATHERED_ACCOUNTS_MAX) gathered.delete(oldest);
        gathered.set(account, [denial]);
      }
      writing.soon();
    },
    flush: () => writing.flush(),
    [Symbol.asyncDispose]: () => writing[Symbol.asyncDispose](),
  };
}

/** Adds an account's newest denials and takes away those that are too many. */
async function writeDenials(metadata: Metadata, account: AccountId, reports: readonly DecisionReport[]): Promise<void> {
  await metadata.writeGlobal(async (tx) => {
    for (const report of reports) {
      await tx.run(insertDenial, {
        request_id: report.requestId ?? "",
        account,
        resource_account: report.resourceAccount ?? null,
        denied_ms: report.decided_ms,
        report: JSON.stringify(report),
      });
    }
    const last = await tx.first(denialBehind, { account, newer: DENIALS_KEPT_MAX });
    if (last !== undefined) await tx.run(deleteDenialsUpTo, { account, denied_ms: last.denied_ms });
  });
}

/** The moment before which denials are forgotten. */
export function forgottenBefore(now_ms: number): number {
  return now_ms - DENIALS_LIFETIME_S * 1000;
}
