import { BlockList, isIP } from "node:net";

/** Where this server may send requests of its own, beyond the public internet. */
export interface EgressAllowance {
  /** Host names, in lower case, whatever they resolve to. */
  readonly hosts: ReadonlySet<string>;
  readonly networks: BlockList;
}

const ENTRIES_MAX = 1_000;
const HOST_NAME = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,62})(\.[a-z0-9]([a-z0-9-]{0,62}))*$/;
const PREFIX = /^[0-9]{1,3}$/;

/**
 * Of IPv4, all that is not the public internet: this network, private, shared, loopback, link-local, protocols, tests, relays to
 * IPv6, multicast, reserved (RFC 6890); and what looks public but is the host of a virtual machine in Azure. (Azure, IP address
 * 168.63.129.16)
 */
const CLOSED_IPV4 = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "168.63.129.16",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
];
/** Of IPv6, what is public, and in it what is not or stands for an IPv4 address that may not be: documentation, Teredo, 6to4. */
const OPEN_IPV6 = ["2000::/3"];
const CLOSED_IPV6 = ["2001::/32", "2001:db8::/32", "2002::/16"];

/** Reads host names, addresses and networks such as `10.0.0.0/8`, with commas between them. Undefined when one is none of these. */
export function parseEgressAllowance(text: string): EgressAllowance | undefined {
  const hosts = new Set<string>();
  const networks = new BlockList();
  const entries = text.split(",").map((it) => it.trim().toLowerCase());
  if (entries.length > ENTRIES_MAX) return undefined;
  for (const entry of entries) {
    if (addNetwork(networks, entry)) continue;
    if (!HOST_NAME.test(entry)) return undefined;
    hosts.add(entry);
  }
  return { hosts, networks };
}

/** Nothing but the public internet. */
export const NOTHING_PRIVATE: EgressAllowance = { hosts: new Set(), networks: new BlockList() };

/** May a request for this host be sent to this address? */
export function mayReach({ hosts, networks }: EgressAllowance, host: string, address: string): boolean {
  return hosts.has(host.toLowerCase()) || networks.check(address, familyOf(address)) || isPublic(address);
}

/** Is a host or an address one of those that were allowed by name or network? */
export function isAllowedByName({ hosts, networks }: EgressAllowance, host: string): boolean {
  return hosts.has(host.toLowerCase()) || (isIP(host) !== 0 && networks.check(host, familyOf(host)));
}

/** The same allowance, and the host of a URL whatever it resolves to: for one that an operator has named. */
export function allowHostOf(url: URL, { hosts, networks }: EgressAllowance): EgressAllowance {
  return { hosts: new Set([...hosts, hostOf(url).toLowerCase()]), networks };
}

const closedIpv4 = listOf(CLOSED_IPV4);
const closedIpv6 = listOf(CLOSED_IPV6);
const openIpv6 = listOf(OPEN_IPV6);

function isPublic(address: string): boolean {
  if (isIP(address) === 4) return !closedIpv4.check(address, "ipv4");
  // An IPv4 address in the clothes of IPv6 is none of the open ones.
  return isIP(address) === 6 && openIpv6.check(address, "ipv6") && !closedIpv6.check(address, "ipv6");
}

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) addNetwork(list, network);
  return list;
}

/** Adds `address` or `address/prefix`; false for anything else. */
function addNetwork(list: BlockList, entry: string): boolean {
  const [address = "", prefix, ...more] = entry.split("/");
  const bits_max = isIP(address) === 4 ? 32 : 128;
  if (isIP(address) === 0 || more.length > 0) return false;
  if (prefix === undefined) {
    list.addAddress(address, familyOf(address));
    return true;
  }
  if (!PREFIX.test(prefix) || Number(prefix) > bits_max) return false;
  list.addSubnet(address, Number(prefix), familyOf(address));
  return true;
}

function familyOf(address: string): "ipv4" | "ipv6" {
  return isIP(address) === 4 ? "ipv4" : "ipv6";
}

/** A URL's host, without the brackets of an IPv6 address. */
export function hostOf({ hostname }: URL): string {
  return hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
}
