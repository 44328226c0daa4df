import { lookup as resolve } from "node:dns";
import { type IncomingHttpHeaders, type IncomingMessage, type RequestOptions, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import type { Readable } from "node:stream";
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
  /** Asks in the same way for what is too large to be held: its body is to be read, or destroyed. */
  open(url: URL, options: OpenOptions): Promise<OpenedDocument>;
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

export interface OpenOptions {
  /** Its reason is thrown, by the body too. */
  readonly signal: AbortSignal;
  /** How long nothing may come. */
  readonly idle_ms: number;
  /** Sent to the origin of the URL, and to nobody that it redirects to. */
  readonly authorization?: string | undefined;
}

export interface OpenedDocument {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readable;
}

/** A request that was not sent, or not answered. The message is the end of a sentence, fit for whoever asked for it. */
export class EgressError extends Error {
  override readonly name = "EgressError";
}

const REDIRECTS_MAX = 3;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** How to ask, at each host on the way. */
interface Ask {
  readonly allowance: EgressAllowance;
  readonly connection: Connection;
  readonly thumbprints: readonly string[];
  readonly accept: string;
  readonly authorization?: string | undefined;
}

export function createEgress(allowance: EgressAllowance): Egress {
  const lookup = lookupWithin(allowance);
  return {
    async fetch(url, options) {
      const signal = AbortSignal.timeout(options.timeout_ms);
      const ask = {
        allowance,
        connection: { lookup, signal },
        thumbprints: options.thumbprints ?? [],
        accept: "application/json",
      };
      try {
        const response = await follow(ask, url);
        return { status: response.statusCode ?? 0, body: await readBody(response, options) };
      } catch (error) {
        throw unreached(url, error, signal.aborted);
      }
    },
    async open(url, { signal, idle_ms, authorization }) {
      const ask = { allowance, connection: { lookup, signal, timeout: idle_ms }, thumbprints: [], accept: "*/*", authorization };
      try {
        const body = await follow(ask, url);
        return { status: body.statusCode ?? 0, headers: body.headers, body };
      } catch (error) {
        signal.throwIfAborted();
        throw unreached(url, error);
      }
    },
  };
}

function unreached(url: URL, error: unknown, isLate = false): EgressError {
  if (error instanceof EgressError) return error;
  const { code, name } = error as NodeJS.ErrnoException;
  const why = isLate ? "did not answer in time" : `cannot be reached (${code ?? name})`;
  return new EgressError(`${url.host} ${why}`, { cause: error });
}

async function follow(ask: Ask, first: URL): Promise<IncomingMessage> {
  let url = first;
  let { authorization } = ask;
  for (let hop = 0; hop <= REDIRECTS_MAX; hop++) {
    checkUrl(ask.allowance, url);
    const response = await get(url, { ...ask, authorization });
    const location = REDIRECTS.has(response.statusCode ?? 0) ? response.headers.location : undefined;
    if (location === undefined) return response;
    response.destroy();
    url = redirectedTo(url, location);
    // Once it has left for somebody else, whoever sends it back does not speak for the first.
    if (url.origin !== first.origin) authorization = undefined;
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
async function get(url: URL, { connection, thumbprints, accept, authorization }: Ask): Promise<IncomingMessage> {
  const headers = { accept, "user-agent": "longshore", ...(authorization !== undefined && { authorization }) };
  try {
    return await send(url, { ...connection, headers });
  } catch (error) {
    const anchor = isUntrusted(error) ? await findAnchor(url, thumbprints, connection) : undefined;
    if (anchor === undefined) throw error;
    return send(url, { ...connection, headers, ca: anchor, allowPartialTrustChain: true });
  }
}

type TrustedOptions = RequestOptions & { readonly ca?: string; readonly allowPartialTrustChain?: boolean };

function send(url: URL, options: TrustedOptions): Promise<IncomingMessage> {
  const begin = url.protocol === "https:" ? requestHttps : requestHttp;
  return new Promise((resolvePromise, reject) => {
    const request = begin(url, { ...options, agent: false });
    let response: IncomingMessage | undefined;
    request
      .on("response", (it) => resolvePromise((response = it)))
      .on("timeout", () => (response ?? request).destroy(new EgressError(`${url.host} did not answer in time`)))
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
