import { deflateRawSync, inflateRawSync } from "node:zlib";
import type { Principal } from "../kernel/call.ts";

/**
 * Stands first, and changes with what a principal holds: what another version has packed is not read, and its holder signs in
 * again. It must not be that of `{`, with which tokens of the first release begin.
 */
const VERSION = 2;
/** A guard against our own mistakes: nothing is unpacked that was not sealed here. */
const UNPACKED_BYTES_MAX = 256 * 1024;

/** A principal with all of its session, and what else is to be remembered beside it, in few bytes. */
export function packPrincipal<Beside extends object>(principal: Principal, beside: Beside): Buffer {
  return Buffer.concat([Buffer.of(VERSION), deflateRawSync(JSON.stringify({ ...beside, principal }))]);
}

/** What was packed, or undefined where another version has done it. The bytes must be ours. */
export function unpackPrincipal<Beside extends object>(
  packed: Uint8Array,
): (Beside & { readonly principal: Principal }) | undefined {
  if (packed[0] !== VERSION) return undefined;
  const text = inflateRawSync(packed.subarray(1), { maxOutputLength: UNPACKED_BYTES_MAX }).toString();
  return JSON.parse(text) as Beside & { principal: Principal };
}
