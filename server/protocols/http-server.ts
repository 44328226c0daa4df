import { createServer as createHttp, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createHttps } from "node:https";
import type { AddressInfo, Server, Socket } from "node:net";
import type { Logger } from "pino";
import { ERRORS, unreachable } from "../kernel/errors.ts";
import { HEADER_BYTES_MAX, URL_LENGTH_MAX } from "../kernel/limits.ts";
import type { IpRange } from "../policies/ip-range.ts";
import { Exchange, type ExchangeLogs } from "./exchange.ts";
import type { HttpHandler } from "./http.ts";
import { originOf } from "./origin.ts";

export interface HttpServerOptions {
  readonly handler: HttpHandler;
  readonly log: Logger;
  /** PEM texts. Without them the server speaks plain HTTP. */
  readonly tls?: { readonly certificate: string | Buffer; readonly key: string | Buffer } | undefined;
  /** Whose word on where a request comes from is believed. */
  readonly trustedProxies?: readonly IpRange[] | undefined;
  /** How long a connection may neither send nor take a byte while a request is under way. */
  readonly stall_ms?: number;
}

export interface HttpServer {
  /** Resolves when connections are accepted; rejects with node's error when the address cannot be had. */
  listen(at: { readonly address: string; readonly port: number }): Promise<Listening>;
}

export interface Listening {
  readonly address: string;
  /** The real port, when 0 was asked for. */
  readonly port: number;
  /** Accepts no more, lets requests end for at most `grace_ms`, then closes what is left. */
  close(options: { readonly grace_ms: number }): Promise<void>;
}

const STALL_MS = 60_000;
/** Longer than the 60 s of usual load balancers, so that it is they who close first. */
const KEEP_ALIVE_MS = 75_000;
const HEADERS_MS = 30_000;
const TLS_HANDSHAKE_MS = 10_000;

const LIMITS = {
  maxHeaderSize: HEADER_BYTES_MAX,
  headersTimeout: HEADERS_MS,
  // A push of many gigabytes takes as long as it takes; only a stalled one is cut.
  requestTimeout: 0,
  keepAliveTimeout: KEEP_ALIVE_MS,
  connectionsCheckingInterval: 5_000,
  noDelay: true,
};

/** The server below all protocols: connections, limits, time-outs, one line of log a request. */
export function createHttpServer(options: HttpServerOptions): HttpServer {
  const { handler, log, stall_ms = STALL_MS, trustedProxies = [] } = options;
  const server =
    options.tls === undefined
      ? createHttp(LIMITS)
      : createHttps({ ...LIMITS, cert: options.tls.certificate, key: options.tls.key, handshakeTimeout: TLS_HANDSHAKE_MS });
  // A line of the access log is made of what may be told, and nothing else: searching each one for secrets would cost more
  // than answering the request does.
  const logs: ExchangeLogs = { access: log.child({}, { redact: [] }), errors: log };
  const connections = new Set<Socket>();
  const exchanges = new Map<Socket, Exchange>();
  let closing = false;
  const close = (grace_ms: number): Promise<void> => {
    closing = true;
    return closeServer(server, { connections, isBusy: (socket) => exchanges.has(socket), grace_ms });
  };

  const start = (request: IncomingMessage, response: ServerResponse, awaitsContinue: boolean): void => {
    const socket = request.socket;
    const exchange = new Exchange(request, response, { logs, origin: originOf(request, trustedProxies), awaitsContinue });
    exchanges.set(socket, exchange);
    response.on("close", () => {
      if (exchanges.get(socket) === exchange) exchanges.delete(socket);
      if (closing) socket.destroySoon();
      exchange.closed();
    });
    void answer(handler, exchange);
  };

  server.on("request", (request, response) => start(request, response, false));
  server.on("checkContinue", (request, response) => start(request, response, true));
  server.on(options.tls === undefined ? "connection" : "secureConnection", (socket: Socket) => {
    connections.add(socket);
    socket.on("close", () => connections.delete(socket));
  });
  server.maxHeadersCount = 0; // All of them: node would drop those over a count in silence, and one may be signed.
  server.timeout = stall_ms;
  server.on("timeout", (socket: Socket) => {
    const exchange = exchanges.get(socket);
    if (exchange === undefined) socket.destroy();
    else if (!exchange.giveUpIfStalled()) socket.setTimeout(stall_ms);
  });
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    log.debug({ remote: (socket as Socket).remoteAddress, code: error.code }, "malformed request");
    refuseMalformed(error, socket as Socket, exchanges.get(socket as Socket));
  });

  return {
    listen: ({ address, port }) =>
      new Promise((resolve, reject) => {
        server.once("error", reject);
        server.listen({ host: address, port }, () => {
          server.off("error", reject);
          const bound = server.address() as AddressInfo;
          resolve({ address: bound.address, port: bound.port, close: ({ grace_ms }) => close(grace_ms) });
        });
      }),
  };
}

interface Closing {
  readonly connections: ReadonlySet<Socket>;
  /** Whether a request is under way there. */
  readonly isBusy: (connection: Socket) => boolean;
  readonly grace_ms: number;
}

/** Busy connections close themselves when their request has ended; the others have nothing to wait for. */
function closeServer(server: Server, { connections, isBusy, grace_ms }: Closing): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      for (const socket of connections) socket.destroy();
      resolve();
    }, grace_ms);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    for (const socket of connections) if (!isBusy(socket)) socket.destroy();
  });
}

async function answer(handler: HttpHandler, exchange: Exchange): Promise<void> {
  if (isRefused(exchange)) return;
  try {
    await handler(exchange);
    if (!exchange.response.headersSent && !exchange.response.destroyed) throw unreachable("a request was left without an answer");
  } catch (error) {
    const { code, message } = exchange.report(error);
    exchange.reply(ERRORS[code].status, ["content-type", "text/plain; charset=utf-8"], message);
  }
}

/** Refuses what no protocol should have to think about. */
function isRefused(exchange: Exchange): boolean {
  const { request } = exchange;
  if ((request.url?.length ?? 0) > URL_LENGTH_MAX) {
    exchange.refuse(414, `The request's path and query are longer than ${URL_LENGTH_MAX} characters.`);
  } else if (!exchange.path.startsWith("/")) {
    exchange.refuse(400, "The request's target must be a path that begins with '/'.");
  } else if (hasTwoHosts(request.rawHeaders)) {
    // Which of them a proxy in front of us believed cannot be known. (RFC 9112, 3.2)
    exchange.refuse(400, "The request has more than one Host header.");
  } else return false;
  return true;
}

function hasTwoHosts(rawHeaders: readonly string[]): boolean {
  let count = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at];
    if (name?.length === 4 && name.toLowerCase() === "host") count++;
  }
  return count > 1;
}

/** Bytes that are no HTTP request: there is no response object to answer with. */
function refuseMalformed(error: NodeJS.ErrnoException, socket: Socket, exchange: Exchange | undefined): void {
  const [status, reason, sentence]: readonly [number, string, string] =
    error.code === "HPE_HEADER_OVERFLOW"
      ? [431, "Request Header Fields Too Large", `The request's headers are larger than ${HEADER_BYTES_MAX} bytes.`]
      : error.code === "ERR_HTTP_REQUEST_TIMEOUT"
        ? [408, "Request Timeout", "The request's headers took too long to arrive."]
        : [400, "Bad Request", "The request is not well-formed HTTP."];
  if (exchange !== undefined) exchange.refuse(status, sentence);
  else if (error.code === "ECONNRESET" || !socket.writable) socket.destroy();
  else {
    const head = `HTTP/1.1 ${status} ${reason}\r\nconnection: close\r\ncontent-type: text/plain; charset=utf-8`;
    socket.end(`${head}\r\ncontent-length: ${sentence.length}\r\n\r\n${sentence}`, () => socket.destroy());
  }
}
