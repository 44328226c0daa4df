import type { Call } from "../../kernel/call.ts";
import type { RepositoryName } from "../../kernel/names.ts";
import type { HttpExchange } from "../http.ts";
import type { OciDeps } from "./deps.ts";
import type { TargetKind } from "./parse-target.ts";

/** One request that may go ahead: its caller is known and has been allowed to. */
export interface RegistryRequest {
  readonly exchange: HttpExchange;
  readonly call: Call;
  readonly parameters: URLSearchParams;
  /** containerd's `ns` where it named the registry; Locations must carry it on. */
  readonly namespace: string | undefined;
}

export interface RepositoryRequest extends RegistryRequest {
  readonly name: RepositoryName;
  /** A tag, a digest or an upload's id, as the path had it. */
  readonly reference: string;
}

/** A target, told apart further where a parameter or a body makes it ask for other permissions. */
export type RouteKind = TargetKind | "mount" | "single-post" | "closing-chunk";

export type Action = `ecr:${string}`;
/** Never empty: a route that nobody may be asked about cannot be built. */
export type Actions = readonly [Action, ...Action[]];

interface Row<Permission, Request> {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly kind: RouteKind;
  /** The IAM actions that must all be allowed before `handle` runs. */
  readonly actions: Permission;
  readonly handle: (deps: OciDeps, request: Request) => Promise<void>;
}

/** `on` says what the actions act on: the repository in the path, or all repositories of the registry. */
export type Route =
  | (Row<Actions, RepositoryRequest> & { readonly on: "repository" })
  | (Row<Actions, RegistryRequest> & { readonly on: "registry" })
  | (Row<"a valid token is enough", RegistryRequest> & { readonly on: "nothing" });
