import { API_VERSION } from "./headers.ts";
import type { OciDeps } from "./deps.ts";
import type { RegistryRequest } from "./route.ts";

/** `GET /v2/`: says that this is a registry, and that the token is good. */
export async function getBase(_deps: OciDeps, request: RegistryRequest): Promise<void> {
  request.exchange.reply(200, API_VERSION);
}
