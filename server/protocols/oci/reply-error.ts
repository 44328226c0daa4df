import { ERRORS, type RegistryError } from "../../kernel/errors.ts";
import type { HttpExchange } from "../http.ts";
import type { ResolvedHost } from "../hosts.ts";
import { API_VERSION } from "./headers.ts";

/** Answers with a failure in the specification's form, or with ECR's challenge when it is not known who is calling. */
export function replyError(exchange: HttpExchange, host: ResolvedHost, error: RegistryError): void {
  const { status, code } = ERRORS[error.code].oci;
  if (status === 401) return replyChallenge(exchange, host);
  const detail = Object.keys(error.detail).length === 0 ? {} : { detail: error.detail };
  const body = JSON.stringify({ errors: [{ code, message: error.message, ...detail }] });
  exchange.reply(status, ["Content-Type", "application/json", ...rangeOf(error), ...retryAfterOf(error), ...API_VERSION], body);
}

/** A chunk in the wrong place is told where the right one is, as the upload's status would tell it. */
function rangeOf({ detail }: RegistryError): readonly string[] {
  const last = detail["lastValidByteReceived"];
  return typeof last === "number" ? ["Range", `0-${Math.max(last, 0)}`] : [];
}

/** When to come again, for whoever came too often. */
function retryAfterOf({ detail }: RegistryError): readonly string[] {
  const seconds = detail["retryAfterSeconds"];
  return typeof seconds === "number" ? ["Retry-After", String(seconds)] : [];
}

/** ECR: the challenge is Basic and its body plain text, whatever was wrong. (enroot#59, go-containerregistry#861) */
function replyChallenge(exchange: HttpExchange, host: ResolvedHost): void {
  const realm = host.registry === undefined ? "" : host.naming.registryUrl(host.registry);
  const challenge = `Basic realm="${realm}/",service="ecr.amazonaws.com"`;
  const headers = ["Content-Type", "text/plain; charset=utf-8", "Www-Authenticate", challenge, ...API_VERSION];
  exchange.reply(401, headers, "Not Authorized\n");
}
