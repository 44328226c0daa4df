import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Logger } from "pino";
import { ERRORS, RegistryError } from "../kernel/errors.ts";
import { loggedPath, loggedQuery } from "./access-log.ts";
import { announcedBytes } from "./body.ts";
import type { AccessNote, HttpExchange } from "./http.ts";
import type { Origin } from "../kernel/call.ts";

/** A refused body up to this size is read and dropped, so that the connection can be used again. */
const DRAIN_SIZE_BYTES_MAX = 1024 * 1024;
/** How long a client that is still sending a refused body is listened to, so that it can read why before the connection closes. */
const LINGER_MS = 1_000;
const ONE_WRITE_BYTES_MAX = 32 * 1024;
const USER_AGENT_LENGTH_MAX = 256;

/** Where an exchange writes. */
export interface ExchangeLogs {
  /** One line a request. */
  readonly access: Logger;
  readonly errors: Logger;
}

export interface ExchangeOptions {
  readonly logs: ExchangeLogs;
  /** Found before: a socket that has closed no longer knows its address. */
  readonly origin: Origin;
  /** The client sends its body only when it is asked to. */
  readonly awaitsContinue: boolean;
}

/** An HttpExchange over node's request and response. A class, since one is made for each request and most of it is lazy. */
export class Exchange implements HttpExchange {
  readonly requestId: string = randomUUID();
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly origin: Origin;
  readonly note: AccessNote = { protocol: undefined, action: undefined, account: undefined, error: undefined };
  readonly #logs: ExchangeLogs;
  readonly #socket: Socket;
  readonly #started_ms: number = performance.now();
  readonly #bytesBefore: number;
  #awaitsContinue: boolean;
  #abort: AbortController | undefined;
  #refused = false;

  constructor(request: IncomingMessage, response: ServerResponse, { logs, origin, awaitsContinue }: ExchangeOptions) {
    const url = request.url ?? "/";
    const mark = url.indexOf("?");
    this.method = request.method ?? "GET";
    this.path = mark < 0 ? url : url.slice(0, mark);
    this.query = mark < 0 ? "" : url.slice(mark + 1);
    this.request = request;
    this.response = response;
    this.#logs = logs;
    this.#socket = request.socket;
    this.origin = origin;
    this.#bytesBefore = request.socket.bytesWritten;
    this.#awaitsContinue = awaitsContinue;
  }

  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#gone) this.#abort.abort();
    }
    return this.#abort.signal;
  }

  /** The connection is lost, and the response did not get through whole; or there is no more to come of the request. */
  get #gone(): boolean {
    return this.#refused || (this.#socket.destroyed && !this.response.writableFinished);
  }

  body(): IncomingMessage {
    if (this.#awaitsContinue) {
      this.#awaitsContinue = false;
      this.response.writeContinue();
    }
    keepSocketWhenDestroyed(this.request);
    return this.request;
  }

  reply(status: number, headers: readonly string[], body: string | Uint8Array = ""): void {
    // It has its answer, which may still be on its way.
    if (this.#refused) return;
    // Too late for a status: the client must see that what it got so far is not whole.
    if (this.response.headersSent) this.response.destroy();
    if (this.response.destroyed) return;
    const pending_bytes = announcedBytes(this.request);
    const mustClose = pending_bytes > DRAIN_SIZE_BYTES_MAX || (pending_bytes > 0 && this.#awaitsContinue);
    this.#writeHead(status, mustClose ? [...headers, "connection", "close"] : headers, body);
    if (mustClose && !this.#awaitsContinue) this.#linger(body);
    else this.#end(body);
  }

  /** Answers a request that will not get its answer otherwise, and closes the connection at once. */
  refuse(status: number, sentence: string): void {
    // Node forgets a request whose response has ended: without this, whoever reads its body would wait for ever.
    this.#refused = true;
    this.#abort?.abort();
    if (this.response.headersSent || this.response.destroyed) {
      this.#socket.destroy();
      return;
    }
    this.#writeHead(status, ["content-type", "text/plain; charset=utf-8", "connection", "close"], sentence);
    this.response.end(sentence);
  }

  report(error: unknown): RegistryError {
    const known = error instanceof RegistryError;
    if (!known && this.#gone)
      return this.#noted(new RegistryError("RequestAbortedException", "The client went away.", {}, { cause: error }));
    if (!known || (ERRORS[error.code].status >= 500 && error.cause !== undefined)) {
      this.#logs.errors.error(
        { requestId: this.requestId, method: this.method, path: loggedPath(this.path), err: error },
        "request failed",
      );
    }
    if (known) return this.#noted(error);
    const sentence = `An internal error occurred. The server's log has more under the request id ${this.requestId}.`;
    return this.#noted(new RegistryError("ServerException", sentence));
  }

  /** The connection has neither sent nor taken a byte for a while. Says whether that is the client's doing; then the exchange is over. */
  giveUpIfStalled(): boolean {
    const sendsNothing = announcedBytes(this.request) > 0 && !this.#awaitsContinue && this.request.readableLength === 0;
    const takesNothing = this.#socket.writableLength > 0;
    if (!sendsNothing && !takesNothing) return false;
    this.note.error = "RequestTimeoutException";
    this.refuse(408, "The connection was idle for too long.");
    return true;
  }

  /** To be called when the response is done or lost. Writes the line of the access log. */
  closed(): void {
    const gone = !this.response.writableFinished;
    if (gone) this.#abort?.abort();
    this.#logs.access.info({
      requestId: this.requestId,
      method: this.method,
      path: loggedPath(this.path),
      query: this.query === "" ? undefined : loggedQuery(this.query),
      status: this.response.headersSent ? this.response.statusCode : undefined,
      bytes: this.#socket.bytesWritten - this.#bytesBefore,
      duration_ms: Math.round((performance.now() - this.#started_ms) * 1_000) / 1_000,
      remote: this.origin.address,
      userAgent: this.request.headers["user-agent"]?.slice(0, USER_AGENT_LENGTH_MAX),
      protocol: this.note.protocol,
      action: this.note.action,
      account: this.note.account,
      error: this.note.error ?? (gone ? "RequestAbortedException" : undefined),
    });
  }

  /** Node sends head and body in one write when both are text, which is cheaper; latin1 is text for any bytes. */
  #end(body: string | Uint8Array): void {
    if (typeof body === "string" || body.length > ONE_WRITE_BYTES_MAX) this.response.end(body);
    else this.response.end(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("latin1"), "latin1");
  }

  #writeHead(status: number, headers: readonly string[], body: string | Uint8Array): void {
    const head = [...headers, "x-amzn-RequestId", this.requestId];
    if (status !== 204 && status !== 304 && !namesContentLength(headers)) {
      head.push("content-length", String(typeof body === "string" ? Buffer.byteLength(body) : body.length));
    }
    this.response.writeHead(status, head);
  }

  /** Sends the whole answer, but ends it only when the client has stopped sending: an early close would lose the answer. */
  #linger(body: string | Uint8Array): void {
    if (this.method === "HEAD" || body.length === 0) this.response.flushHeaders();
    else this.response.write(body);
    const end = (): void => void this.response.end();
    const timer = setTimeout(end, LINGER_MS);
    this.request.once("end", end);
    this.response.once("close", () => clearTimeout(timer));
    this.request.resume();
  }

  #noted(error: RegistryError): RegistryError {
    this.note.error ??= error.code;
    return error;
  }
}

function namesContentLength(headers: readonly string[]): boolean {
  for (let at = 0; at < headers.length; at += 2) {
    const name = headers[at];
    if (name?.length === 14 && name.toLowerCase() === "content-length") return true;
  }
  return false;
}

/**
 * Whoever reads a body may give up on it (a `for await` that throws destroys its stream), and node would then close the
 * connection before the client has learnt why. This keeps the connection and drops what is still to come.
 */
function keepSocketWhenDestroyed(request: IncomingMessage): void {
  // Kept here: streams that destroy a server's request take its socket from it first.
  const { socket } = request;
  const destroy = request._destroy.bind(request);
  request._destroy = (error, callback) => {
    if (socket.destroyed) {
      destroy(error, callback);
      return;
    }
    request.push = () => true;
    socket.resume();
    callback(request.listenerCount("error") === 0 ? null : error);
  };
}
