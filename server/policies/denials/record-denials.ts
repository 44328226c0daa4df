import {
  DENIALS_GATHERED_ACCOUNTS_MAX,
  DENIALS_GATHERED_MAX,
  DENIALS_KEPT_MAX,
  DENIALS_LIFETIME_S,
} from "../../kernel/limits.ts";
import type { AccountId, Arn } from "../../kernel/names.ts";
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
 * denials costs no more than a second's few, and drives out its own account's alone, or its own provider's. A process that dies at
 * once forgets the last.
 */
export function recordDenials(deps: {
  readonly metadata: Metadata;
  /** Hears why denials could not be written down; those are lost. */
  readonly onError: (error: unknown) => void;
}): DenialRecorder {
  const { metadata, onError } = deps;
  let gathered = new Map<Owner, Denial[]>();

  async function writeGathered(): Promise<void> {
    const taken = gathered;
    gathered = new Map();
    for (const [owner, denials] of taken) {
      try {
        await writeDenials(metadata, owner, denials.map(reportDecision).map(shortenReport));
      } catch (error) {
        onError(error);
      }
    }
  }

  const writing = postpone(writeGathered, FLUSH_INTERVAL_MS);

  return {
    note(denial) {
      const owner = ownerOf(denial);
      if (owner === undefined) return;
      const known = gathered.get(owner);
      if (known !== undefined && known.push(denial) > DENIALS_GATHERED_MAX) known.shift();
      if (known === undefined) {
        makeRoom(gathered, owner);
        gathered.set(owner, [denial]);
      }
      writing.soon();
    },
    flush: () => writing.flush(),
    [Symbol.asyncDispose]: () => writing[Symbol.asyncDispose](),
  };
}

/** Whose room a denial takes: an account's, or that of a provider, by its ARN. Whoever has a token of it is not of the account. */
type Owner = AccountId | Arn;

function ownerOf({ request: { principal } }: Denial): Owner | undefined {
  if (principal.account !== undefined) return principal.account;
  return principal.type === "federated" ? (principal.name as Arn) : undefined;
}

/** Forgets the oldest where there are too many: of providers for a provider, so that strangers drive out no account's. */
function makeRoom(gathered: Map<Owner, unknown>, owner: Owner): void {
  const alike = [...gathered.keys()].filter((it) => isProvider(it) === isProvider(owner));
  const [oldest] = alike;
  if (oldest !== undefined && alike.length >= DENIALS_GATHERED_ACCOUNTS_MAX) gathered.delete(oldest);
}

function isProvider(owner: Owner): boolean {
  return owner.startsWith("arn:");
}

/** Adds an owner's newest denials and takes away those that are too many. */
async function writeDenials(metadata: Metadata, account: Owner, reports: readonly DecisionReport[]): Promise<void> {
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
