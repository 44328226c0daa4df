import type { IncomingMessage } from "node:http";
import type { Origin } from "../kernel/call.ts";
import { contains, type IpRange, parseIpAddress } from "../policies/ip-range.ts";

/** Longer names are nobody's. */
const NETWORK_NAME = /^[a-zA-Z0-9._-]{1,64}$/;
/** Of those nearest to us: no sensible chain of proxies is longer. */
const HOPS_MAX = 16;

/**
 * Where a request comes from. Its headers are believed only when the connection is that of a trusted proxy; then the client is
 * the nearest address of `X-Forwarded-For` that is not a trusted proxy itself. What stands before that, anybody may have written.
 */
export function originOf(request: IncomingMessage, trusted: readonly IpRange[]): Origin {
  const { socket, headers } = request;
  const address = socket.remoteAddress ?? "";
  const direct: Origin = { address, secure: "encrypted" in socket };
  if (trusted.length === 0 || !isTrusted(address, trusted)) return direct;
  const hops = textOf(headers["x-forwarded-for"]).split(",").slice(-HOPS_MAX);
  const proto = textOf(headers["x-forwarded-proto"]).split(",").at(-1)?.trim().toLowerCase();
  const vpc = networkName(headers["x-longshore-source-vpc"]);
  const vpce = networkName(headers["x-longshore-source-vpce"]);
  return {
    address: clientAmong(hops, trusted) ?? address,
    secure: proto === undefined || proto === "" ? direct.secure : proto === "https",
    ...(vpc === undefined ? {} : { vpc }),
    ...(vpce === undefined ? {} : { vpce }),
  };
}

/** The last address that is not a trusted proxy's; undefined when there is none, or when something there is no address. */
function clientAmong(hops: readonly string[], trusted: readonly IpRange[]): string | undefined {
  let nearest: string | undefined;
  for (const hop of hops.toReversed()) {
    const address = hop.trim();
    if (parseIpAddress(address) === undefined) return nearest;
    nearest = address;
    if (!isTrusted(address, trusted)) return address;
  }
  return nearest;
}

function isTrusted(address: string, trusted: readonly IpRange[]): boolean {
  const parsed = parseIpAddress(address);
  return parsed !== undefined && trusted.some((range) => contains(range, parsed));
}

function networkName(header: string | readonly string[] | undefined): string | undefined {
  const name = textOf(header);
  return NETWORK_NAME.test(name) ? name : undefined;
}

/** A header that came more than once is read as one, in the order in which it came. */
function textOf(header: string | readonly string[] | undefined): string {
  return typeof header === "string" ? header : (header ?? []).join(",");
}
