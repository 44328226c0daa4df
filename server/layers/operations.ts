import type { Operation } from "../kernel/operation.ts";
import type { Sealer } from "../keys/sealer.ts";
import type { LayerDeps } from "./deps.ts";

/** The layer operations of ECR's API. */
export function layerOperations(_deps: LayerDeps & { readonly sealer: Sealer }): readonly Operation[] {
  return [];
}
