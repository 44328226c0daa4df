import type { Call } from "../../kernel/call.ts";
import { toPage } from "../../kernel/page.ts";
import { openPageToken, sealPageToken } from "../../keys/page-token.ts";
import type { IamDeps } from "../deps.ts";
import { ORGANISATION_PAGE_SIZE_MAX } from "./limits.ts";
import { type GlobalReader, type Organisation, requireManager } from "./organisation.ts";

export interface PagingInput {
  readonly NextToken?: string;
  readonly MaxResults?: number;
}

/** One list: which rows it has, in the order of their keys, and how the answer tells of each. */
export interface Listing<Row> {
  /** The operation and everything that narrows the list: a token is good for the same alone. */
  readonly scope: readonly string[];
  readonly rows: (tx: GlobalReader, after: string, limit: number, organisation: Organisation) => Promise<readonly Row[]>;
  readonly keyOf: (row: Row) => string;
  readonly present: (tx: GlobalReader, row: Row, organisation: Organisation) => object | Promise<object>;
}

/**
 * A page of a list that only the managing account may see, under the name that the answer gives it. Throws
 * AccessDeniedException, AWSOrganizationsNotInUseException, InvalidParameterException for a token of another list.
 */
export async function pageOf<Row>(
  { metadata, sealer }: IamDeps,
  call: Call,
  { NextToken, MaxResults = ORGANISATION_PAGE_SIZE_MAX }: PagingInput,
  name: string,
  { scope, rows, keyOf, present }: Listing<Row>,
): Promise<object> {
  const boundTo = JSON.stringify(["organizations", call.principal.account, ...scope]);
  const after = openPageToken(sealer, boundTo, NextToken) ?? "";
  return metadata.readGlobal(async (tx) => {
    const organisation = await requireManager(tx, call);
    const page = toPage(await rows(tx, after, MaxResults + 1, organisation), MaxResults, keyOf);
    const items: object[] = [];
    for (const row of page.items) items.push(await present(tx, row, organisation));
    return { [name]: items, NextToken: sealPageToken(sealer, boundTo, page.next) };
  });
}
