import type { IncomingMessage, ServerResponse } from "node:http";
import type { RegistryError } from "../kernel/errors.ts";
import type { Origin } from "../kernel/call.ts";

/** One request and its response, as every protocol sees them. Nothing in it is parsed that a pull does not need. */
export interface HttpExchange {
  /** A UUID of version 4, which the client gets as x-amzn-RequestId and the log has on every line. */
  readonly requestId: string;
  readonly method: string;
  /** As received, before the first `?`; still percent-encoded. */
  readonly path: string;
  /** As received, after the first `?`; empty when there is none. */
  readonly query: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Where it comes from. */
  readonly origin: Origin;
  /** What the access log will say of this request; a protocol fills in what it learns. */
  readonly note: AccessNote;
  /** Aborted when the client goes away before its response is done. Made when it is first asked for. */
  readonly signal: AbortSignal;
  /**
   * The request's body, to be read once. A client that waits for `100 Continue` is told to send it, so a protocol asks for
   * the body only after it knows who is calling.
   */
  body(): IncomingMessage;
  /**
   * Answers. `headers` is a flat list of names and values; content-length and x-amzn-RequestId are added. On HEAD
   * the body is counted but not sent. A body that the client is still sending is drained, or the connection is closed.
   */
  reply(status: number, headers: readonly string[], body?: string | Uint8Array): void;
  /**
   * A failure as the client may see it: a RegistryError as it is; anything else is logged with its cause, once, and
   * becomes a ServerException that names the request id.
   */
  report(error: unknown): RegistryError;
}

/** What a protocol tells the access log. Never a token, a header or a body. */
export interface AccessNote {
  /** `oci`, `aws-json`, `aws-query`, `health`, `download`. */
  protocol: string | undefined;
  /** The IAM action or the operation, such as `ecr:PutImage`. */
  action: string | undefined;
  /** The caller's account. */
  account: string | undefined;
  /** The error code that the client got. */
  error: string | undefined;
}

/** What answers a request. It may throw: what a protocol does not translate becomes a plain 500. */
export type HttpHandler = (exchange: HttpExchange) => Promise<void>;
