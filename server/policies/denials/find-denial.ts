import type { AccountId } from "../../kernel/names.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { Metadata } from "../../platform/metadata/metadata.ts";
import type { DecisionReport } from "../decision-report.ts";
import { viewReport } from "../view-report.ts";
import { denialById, denialOf, newestDenials } from "./denial-rows.ts";
import { forgottenBefore } from "./record-denials.ts";

interface DenialDeps {
  readonly metadata: Metadata;
  readonly clock: Clock;
}

/**
 * Why a request was denied. With `reader`, what that account may see of it, and undefined for a denial that neither its principals
 * nor its resources had part in, as for one that is not there.
 */
export async function findDenial(
  { metadata, clock }: DenialDeps,
  request_id: string,
  reader?: AccountId,
): Promise<DecisionReport | undefined> {
  // What others have is not even read, so that it takes no longer than what is not there.
  const row = await metadata.readGlobal((tx) =>
    reader === undefined ? tx.first(denialById, { request_id }) : tx.first(denialOf, { request_id, reader }),
  );
  if (row === undefined || row.denied_ms < forgottenBefore(clock.now())) return undefined;
  const report = JSON.parse(row.report) as DecisionReport;
  return reader === undefined ? report : viewReport(report, reader);
}

/** The newest denials of all accounts, newest first: for the operator, who may see all of them. */
export async function listDenials({ metadata, clock }: DenialDeps, limit: number): Promise<readonly DecisionReport[]> {
  const since_ms = forgottenBefore(clock.now());
  const rows = await metadata.readGlobal((tx) => tx.all(newestDenials, { since_ms, limit }));
  return rows.map(({ report }) => JSON.parse(report) as DecisionReport);
}
