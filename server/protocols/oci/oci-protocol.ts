import type { Call, Principal } from "../../kernel/call.ts";
import { RegistryError } from "../../kernel/errors.ts";
import { parseRepositoryName, type RegistryId, type RepositoryName, repositoryArn } from "../../kernel/names.ts";
import type { Ask } from "../../kernel/operation.ts";
import type { HttpExchange } from "../http.ts";
import type { ResolvedHost } from "../hosts.ts";
import { type Authenticate, createAuthenticate } from "./authenticate.ts";
import type { OciDeps } from "./deps.ts";
import { API_VERSION } from "./headers.ts";
import { parseTarget, type TargetKind } from "./parse-target.ts";
import { replyError } from "./reply-error.ts";
import type { Actions, RouteKind } from "./route.ts";
import { routesOf } from "./routes.ts";
import { hasBody } from "./uploads.ts";

/** The registry's own protocol: everything below `/v2/`. */
export interface OciProtocol {
  /** Answers one request; a failure is answered too. Rejects never. */
  handle(exchange: HttpExchange, host: ResolvedHost): Promise<void>;
}

/** Builds the protocol over the domains. */
export function createOciProtocol(deps: OciDeps): OciProtocol {
  const parts: Parts = { ...deps, authenticate: createAuthenticate(deps.identity) };
  return {
    async handle(exchange, host) {
      exchange.note.protocol = "oci";
      try {
        await answer(parts, exchange, host);
      } catch (error) {
        replyError(exchange, host, exchange.report(error));
      }
    },
  };
}

interface Parts extends OciDeps {
  readonly authenticate: Authenticate;
}

/** Which registry, who, what, whether they may; then the route's handler. */
async function answer(deps: Parts, exchange: HttpExchange, host: ResolvedHost): Promise<void> {
  const parameters = exchange.query === "" ? NO_PARAMETERS : new URLSearchParams(exchange.query);
  const { registry, namespace } = findRegistry(deps, exchange, host, parameters.get("ns"));
  if (namespace !== undefined) exchange.response.setHeader("OCI-Namespace", namespace);
  const { principal, moment } = await deps.authenticate(exchange.request.headers.authorization, registry.region);
  exchange.note.account = principal.account;

  const target = parseTarget(exchange.path);
  if (target === undefined) throw new RegistryError("UnknownOperationException", "There is nothing at this path.");
  const kind = routeKind(target.kind, exchange, parameters);
  const route = routesOf(kind).get(exchange.method);
  if (route === undefined) return replyMethodNotAllowed(exchange, kind);

  const call = createCall(exchange, host, registry, principal);
  const request = { exchange, call, parameters, namespace };
  if (route.on === "nothing") return await route.handle(deps, request);
  exchange.note.action = route.actions[0];
  for (const action of route.actions) deps.rates?.take(call, action.slice("ecr:".length));
  if (route.on === "registry") {
    // ECR: what lists the repositories of a registry asks about all of them. (answers of DescribeRepositories that refuse)
    await deps.authorizer.require(call, asksOf(route.actions, repositoryArn(registry, "*")), moment);
    return await route.handle(deps, request);
  }
  const name = parseName(target.name);
  await deps.authorizer.require(call, asksOf(route.actions, repositoryArn(registry, name)), moment);
  return await route.handle(deps, { ...request, name, reference: target.reference });
}

const NO_PARAMETERS = new URLSearchParams();

/** The registry that the request is for: the host's, or on a plain host the one that containerd says it takes us for. */
function findRegistry(
  deps: OciDeps,
  exchange: HttpExchange,
  host: ResolvedHost,
  ns: string | null,
): { registry: RegistryId; namespace: string | undefined } {
  if (ns !== null && host.kind === "plain") {
    const named = deps.hosts.resolve(ns, exchange.origin.secure);
    if (named.kind === "registry" && named.registry !== undefined) return { registry: named.registry, namespace: ns };
  }
  if (host.registry !== undefined) return { registry: host.registry, namespace: undefined };
  // ECR: what it says to a host that names no registry. (docker-registry-ui#255)
  throw new RegistryError("RepositoryNotFoundException", `Could not resolve registry id from host ${host.host}`);
}

/** Tells apart what one path and method can mean. */
function routeKind(kind: TargetKind, exchange: HttpExchange, parameters: URLSearchParams): RouteKind {
  if (kind === "uploads" && parameters.has("mount")) return "mount";
  if (kind === "uploads" && parameters.has("digest")) return "single-post";
  if (kind === "upload" && exchange.method === "PUT" && hasBody(exchange.request.headers)) return "closing-chunk";
  return kind;
}

function createCall(exchange: HttpExchange, host: ResolvedHost, registry: RegistryId, principal: Principal): Call {
  return {
    requestId: exchange.requestId,
    principal,
    registry,
    naming: host.naming,
    origin: exchange.origin,
    userAgent: exchange.request.headers["user-agent"] ?? "",
    client: exchange,
  };
}

function asksOf(actions: Actions, resource: Ask["resource"]): readonly Ask[] {
  return actions.map((action) => ({ action, resource }));
}

function parseName(text: string): RepositoryName {
  const name = parseRepositoryName(text);
  if (name === undefined) throw new RegistryError("InvalidRepositoryNameException", "The repository name is not a valid one.");
  return name;
}

function replyMethodNotAllowed(exchange: HttpExchange, kind: RouteKind): void {
  const body = JSON.stringify({ errors: [{ code: "UNSUPPORTED", message: "The method is not supported here." }] });
  const allowed = [...routesOf(kind).keys()].join(", ");
  exchange.reply(405, ["Allow", allowed, "Content-Type", "application/json", ...API_VERSION], body);
}
