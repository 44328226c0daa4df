import { RegistryError } from "../kernel/errors.ts";
import type { ByteRange } from "../platform/blobs/blobs.ts";

/** Of any length: a last byte far behind the end means the end. Units have no case. */
const RANGE = /^bytes=([0-9]*)-([0-9]*)$/i;
const CONTENT_RANGE = /^(?:bytes )?([0-9]{1,15})-([0-9]{1,15})(?:\/(?:[0-9]{1,15}|\*))?$/;

/**
 * The part of a blob of `size` bytes that a `Range` header asks for. `whole` where there is none or it is of a form that
 * may be ignored (several ranges, another unit); `unsatisfiable` is a 416. (RFC 9110, section 14)
 */
export function parseRange(header: string | undefined, size: number): ByteRange | "whole" | "unsatisfiable" {
  if (header === undefined || !/^bytes=/i.test(header) || header.includes(",")) return "whole";
  const [, from = "", to = ""] = RANGE.exec(header) ?? [];
  if (from === "") {
    const length = Math.min(Number(to), size);
    return length === 0 ? "unsatisfiable" : { first: size - length, last: size - 1 };
  }
  const first = Number(from);
  const last = to === "" ? size - 1 : Math.min(Number(to), size - 1);
  return first > last ? "unsatisfiable" : { first, last };
}

/**
 * Where a chunk begins and how long it says it is: the specification's `<first>-<last>`, or the same as HTTP has it. Throws
 * InvalidLayerPartException for anything else.
 */
export function parseContentRange(header: string): { readonly offset: number; readonly length: number } {
  const [, from, to] = CONTENT_RANGE.exec(header) ?? [];
  const offset = Number(from);
  const length = Number(to) - offset + 1;
  if (from === undefined || length < 1) {
    throw new RegistryError("InvalidLayerPartException", `The Content-Range '${header}' is not of the form <first>-<last>.`);
  }
  return { offset, length };
}

/** Whether an entity tag is in an `If-None-Match` list. Weak comparison, as RFC 9110, section 13.1.2 has it. */
export function matchesEntityTag(header: string | undefined, entityTag: string): boolean {
  if (header === undefined) return false;
  if (header.trim() === "*") return true;
  return header.split(",", ENTITY_TAGS_MAX).some((it) => it.trim().replace(/^W\//, "") === entityTag);
}

const ENTITY_TAGS_MAX = 32;
