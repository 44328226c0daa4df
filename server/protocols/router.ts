import type { Hosts, ResolvedHost } from "./hosts.ts";
import type { HttpExchange, HttpHandler } from "./http.ts";
import { replyMissingApi, apiSignedFor } from "./missing-api.ts";

/** A handler that needs to know what the request's Host means. */
export interface HostHandler {
  handle(exchange: HttpExchange, host: ResolvedHost): Promise<void>;
}

export interface RouterDeps {
  readonly hosts: Hosts;
  readonly oci: HostHandler;
  readonly awsJson: HostHandler;
  readonly awsQuery: HostHandler;
  /** Serves layers by signed URLs, under `/_layers/`. */
  readonly download: HostHandler;
  /** What `/readyz` asks, by name. A check that throws is one that failed. */
  readonly checks: Readonly<Record<string, () => Promise<void>>>;
}

const TEXT = ["content-type", "text/plain; charset=utf-8"];

/** Decides by host and path, then by AWS's own marks, which protocol a request speaks. */
export function createRouter(deps: RouterDeps): HttpHandler {
  return async (exchange) => {
    const { path, request } = exchange;
    const host = deps.hosts.resolve(request.headers.host, exchange.origin.secure);
    if (path === "/v2" || path.startsWith("/v2/")) return await deps.oci.handle(exchange, host);
    if (path === "/healthz") return answerHealth(exchange);
    if (path === "/readyz") return answerReadiness(deps, exchange);
    if (path.startsWith("/_layers/")) return deps.download.handle(exchange, host);
    if (request.headers["x-amz-target"] !== undefined) return deps.awsJson.handle(exchange, host);
    if (speaksQuery(exchange)) return deps.awsQuery.handle(exchange, host);
    if (host.kind === "registry" || host.kind === "invalid") return deps.oci.handle(exchange, host);
    const service = apiSignedFor(exchange);
    if (service !== undefined) return replyMissingApi(exchange, service);
    exchange.reply(
      404,
      TEXT,
      "There is nothing here. Registries answer under /v2/, the AWS APIs at / with X-Amz-Target or Action.\n",
    );
  };
}

/** AWS's query protocol: a form with an Action in it, or an Action in the query of a GET (presigned). */
function speaksQuery({ method, query, request }: HttpExchange): boolean {
  if (query.startsWith("Action=") || query.includes("&Action=")) return true;
  return method === "POST" && (request.headers["content-type"] ?? "").startsWith("application/x-www-form-urlencoded");
}

async function answerHealth(exchange: HttpExchange): Promise<void> {
  exchange.note.protocol = "health";
  exchange.reply(200, TEXT, "alive\n");
}

/** Runs all checks at once. Says which failed, and nothing of why: that is in the log. */
async function answerReadiness({ checks }: RouterDeps, exchange: HttpExchange): Promise<void> {
  exchange.note.protocol = "health";
  const names = Object.keys(checks);
  const results = await Promise.allSettled(Object.values(checks).map((check) => check()));
  const failed = names.filter((name, index) => {
    const result = results[index];
    if (result?.status !== "rejected") return false;
    exchange.report(new Error(`The readiness check '${name}' failed.`, { cause: result.reason }));
    return true;
  });
  if (failed.length === 0) exchange.reply(200, TEXT, "ready\n");
  else exchange.reply(503, TEXT, `not ready: ${failed.join(", ")}\n`);
}
