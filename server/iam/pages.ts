import type { Call } from "../kernel/call.ts";
import { PAGE_SIZE_DEFAULT } from "../kernel/limits.ts";
import { toPage } from "../kernel/page.ts";
import { openPageToken, sealPageToken } from "../keys/page-token.ts";
import type { Sealer } from "../keys/sealer.ts";
import { MARKER, MAX_ITEMS } from "./shapes.ts";

/** What every list of IAM takes. */
export interface PageInput {
  readonly Marker?: string;
  readonly MaxItems?: number;
}

/** Members of the input of a list. */
export const PAGE = { Marker: MARKER, MaxItems: MAX_ITEMS };

/** What every list of IAM answers beside its items. */
export interface PageOutput {
  readonly IsTruncated: boolean;
  readonly Marker: string | undefined;
}

/**
 * One page of a list of IAM. `scope` names the operation and every filter, `list` finds rows behind a key, at most so many, and
 * `keyOf` is a row's. Throws InvalidParameterException for a marker of another list.
 */
export async function listPage<Row>(
  { sealer }: { readonly sealer: Sealer },
  call: Call,
  input: PageInput,
  parts: {
    readonly scope: readonly (string | boolean | undefined)[];
    readonly list: (after: string | undefined, limit: number) => Promise<readonly Row[]>;
    readonly keyOf: (row: Row) => string;
  },
): Promise<{ readonly rows: readonly Row[]; readonly page: PageOutput }> {
  const scope = JSON.stringify([call.principal.account, ...parts.scope]);
  const size = input.MaxItems ?? PAGE_SIZE_DEFAULT;
  const after = openPageToken(sealer, scope, input.Marker, "marker");
  const { items, next } = toPage(await parts.list(after, size + 1), size, parts.keyOf);
  return { rows: items, page: { IsTruncated: next !== undefined, Marker: sealPageToken(sealer, scope, next) } };
}
