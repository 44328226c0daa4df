import { invalidParameter } from "../kernel/errors.ts";
import { fromSealedText, toSealedText } from "./sealed-text.ts";
import type { Sealer } from "./sealer.ts";

/**
 * ECR's `nextToken`: where the next page starts, sealed, and bound to the request that it continues (`scope` names the
 * operation, the registry and every filter), so that a token cannot be made up or carried to another question.
 */
export function sealPageToken(sealer: Sealer, scope: string, position: string | undefined): string | undefined {
  return position === undefined ? undefined : toSealedText(sealer.seal("page-token", Buffer.from(position), scope));
}

/**
 * The position in a token, or undefined without one. Throws InvalidParameterException for a token of another request; `called` is
 * what the service calls it.
 */
export function openPageToken(
  sealer: Sealer,
  scope: string,
  token: string | undefined,
  called = "nextToken",
): string | undefined {
  if (token === undefined) return undefined;
  const position = sealer.open("page-token", fromSealedText(token), scope);
  if (position === undefined) throw invalidParameter(called, "The token does not belong to this request");
  return position.toString();
}
