import { lookup as resolve } from "node:dns";
import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { type EgressAllowance, hostOf, isAllowedByName, mayReach } from "./allowance.ts";
import { type Connection, findAnchor, isUntrusted } from "./thumbprint.ts";

/** All requests that this server sends by itself, to hosts that its users have named. */
export interface Egress {
  /**
   * Fetches a small document. The address is looked up once, checked, and connected to; redirects are followed and checked in the
   * same way. Throws EgressError for a host that may not be asked, and for an answer that does not come, or not in time, or is
   * too large. Any status is an answer.
   */
  fetch(url: URL, options: FetchOptions): Promise<FetchedDocument>;
}

export interface FetchOptions {
  readonly timeout_ms: number;
  readonly size_bytes_max: number;
  /** SHA-1 of certificates, in hexadecimal: each vouches for a server that the usual authorities do not. */
  readonly thumbprints?: readonly string[];
}

export interface FetchedDocument {
  readonly status: number;
  readonly body: Buffer;
}

/** A request that was not sent, or not answered. The message is the end of a sentence, fit for whoever asked for it. */
export class EgressError extends Error {
  override readonly name = "EgressError";
}

const REDIRECTS_MAX = 3;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

export function createEgress(allowance: EgressAllowance): Egress {
  return {
    async fetch(url, options) {
      const signal = AbortSignal.timeout(options.timeout_ms);
      try {
        return await follow({ lookup: lookupWithin(allowance), signal }, allowance, url, options);
      } catch (error) {
        if (error instanceof EgressError) throw error;
        const { code, name } = error as NodeJS.ErrnoException;
        const why = signal.aborted ? "did not answer in time" : `cannot be reached (${code ?? name})`;
        throw new EgressError(`${url.host} ${why}`, { cause: error });
      }
    },
  };
}

async function follow(
  connection: Connection,
  allowance: EgressAllowance,
  first: URL,
  options: FetchOptions,
): Promise<FetchedDocument> {
  let url = first;
  for (let hop = 0; hop <= REDIRECTS_MAX; hop++) {
    checkUrl(allowance, url);
    const response = await get(url, connection, options.thumbprints ?? []);
    const status = response.statusCode ?? 0;
    const location = REDIRECTS.has(status) ? response.headers.location : undefined;
    if (location === undefined) return { status, body: await readBody(response, options) };
    response.destroy();
    url = redirectedTo(url, location);
  }
  throw new EgressError(`${first.host} redirects more than ${REDIRECTS_MAX} times`);
}

/** Throws EgressError for what is not HTTP, for plain HTTP to strangers, and for an address that may not be reached. */
function checkUrl(allowance: EgressAllowance, url: URL): void {
  const host = hostOf(url);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && isAllowedByName(allowance, host))) {
    throw new EgressError(`${url.host} can be asked by HTTPS only`);
  }
  // A host that is an address is not looked up.
  if (isIP(host) !== 0 && !mayReach(allowance, host, host)) throw closed(host);
}

function redirectedTo(from: URL, location: string): URL {
  const to = URL.parse(location, from);
  if (to === null || (from.protocol === "https:" && to.protocol !== "https:")) {
    throw new EgressError(`${from.host} redirects to what is not a URL of HTTPS`);
  }
  return to;
}

/** Resolves names as usual, and gives back only addresses that may be reached: what was checked is what is connected to. */
function lookupWithin(allowance: EgressAllowance): LookupFunction {
  return (host, options, callback) => {
    resolve(host, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, "");
      const open = addresses.filter(({ address }) => mayReach(allowance, host, address));
      const [first] = open;
      if (first === undefined) return callback(closed(host), "");
      if (options.all === true) callback(null, open);
      else callback(null, first.address, first.family);
    });
  };
}

function closed(host: string): EgressError {
  return new EgressError(`${host} has no address that this server may reach, unless the setting egressAllow has it`);
}

/** Asks once more with the certificate that a thumbprint vouches for, where the usual authorities do not know the server. */
async function get(url: URL, connection: Connection, thumbprints: readonly string[]): Promise<IncomingMessage> {
  try {
    return await send(url, connection);
  } catch (error) {
    const anchor = isUntrusted(error) ? await findAnchor(url, thumbprints, connection) : undefined;
    if (anchor === undefined) throw error;
    return send(url, { ...connection, ca: anchor, allowPartialTrustChain: true });
  }
}

type TrustedConnection = Connection & { readonly ca?: string; readonly allowPartialTrustChain?: boolean };

function send(url: URL, connection: TrustedConnection): Promise<IncomingMessage> {
  const request = url.protocol === "https:" ? requestHttps : requestHttp;
  const headers = { accept: "application/json", "user-agent": "longshore" };
  return new Promise((resolvePromise, reject) => {
    request(url, { ...connection, agent: false, headers })
      .on("response", resolvePromise)
      .on("error", reject)
      .end();
  });
}

async function readBody(response: IncomingMessage, { size_bytes_max }: FetchOptions): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size_bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size_bytes += chunk.length;
    if (size_bytes > size_bytes_max) throw new EgressError(`the answer is larger than ${size_bytes_max} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
