import type { Configuration } from "../configuration.ts";

/** Addresses that mean this machine, or all of its addresses: a client here says `localhost`. */
const LOCAL = new Set(["127.0.0.1", "::1", "0.0.0.0", "::", "localhost"]);

export interface Endpoint {
  /** What `--endpoint-url` takes. */
  readonly url: string;
  /** What stands before the first slash of an image's name. */
  readonly registryHost: string;
}

/** How a client on this machine, or of the public URL where there is one, reaches the server. */
export function endpointOf(configuration: Configuration, port: number): Endpoint {
  const { publicUrl, address, tls } = configuration;
  if (publicUrl !== undefined) return { url: publicUrl.origin, registryHost: publicUrl.host };
  const name = LOCAL.has(address) ? "localhost" : address.includes(":") ? `[${address}]` : address;
  const registryHost = `${name}:${port}`;
  return { url: `${tls === undefined ? "http" : "https"}://${registryHost}`, registryHost };
}
