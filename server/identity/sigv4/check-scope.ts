import { parseRegion, type Region } from "../../kernel/names.ts";
import { formatAmzDate } from "./amz-date.ts";
import type { Signature } from "./parse-signature.ts";
import { invalid } from "./refusals.ts";

/**
 * Checks when a signature was made. In a header it may differ from our clock by `skew_s` either way; presigned it is valid
 * from then on for its own lifetime. Throws InvalidSignatureException with AWS's text.
 */
export function checkTime(signature: Signature, now_ms: number, skew_s: number): void {
  const { timestamp, time_ms } = signature;
  const past_s = signature.lifetime_s ?? skew_s;
  const now = formatAmzDate(now_ms);
  if (time_ms < now_ms - past_s * 1000) {
    const bound = formatAmzDate(now_ms - past_s * 1000);
    throw invalid(`Signature expired: ${timestamp} is now earlier than ${bound} (${now} - ${duration(past_s)})`);
  }
  if (time_ms > now_ms + skew_s * 1000) {
    const bound = formatAmzDate(now_ms + skew_s * 1000);
    throw invalid(`Signature not yet current: ${timestamp} is still later than ${bound} (${now} + ${duration(skew_s)})`);
  }
}

function duration(length_s: number): string {
  return length_s % 60 === 0 ? `${length_s / 60} min.` : `${length_s} sec.`;
}

/** Checks what a signature is for, and returns its region. Throws InvalidSignatureException with AWS's text. */
export function checkScope(signature: Signature, services: readonly string[]): Region {
  const { date, timestamp, service, terminator } = signature;
  const day = timestamp.slice(0, 8);
  if (date !== day) {
    throw invalid(
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${printable(date)}' != '${day}', from '${timestamp}'.`,
    );
  }
  if (terminator !== "aws4_request") {
    throw invalid(`Credential should be scoped with a valid terminator: 'aws4_request', not '${printable(terminator)}'.`);
  }
  const region = parseRegion(signature.region);
  if (region === undefined) {
    throw invalid(`Credential should be scoped to a valid Region, not '${printable(signature.region)}'.`);
  }
  if (!services.includes(service)) {
    throw invalid(`Credential should be scoped to correct service: '${services[0] ?? ""}'.`);
  }
  return region;
}

/** What a client sent, fit for a message: short, and plain ASCII. */
function printable(text: string): string {
  return text.slice(0, 64).replaceAll(/[^\x20-\x7e]/g, "?");
}
