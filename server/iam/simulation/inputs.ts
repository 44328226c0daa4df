import {
  SIMULATED_ACTIONS_MAX,
  SIMULATED_CONTEXT_MAX,
  SIMULATED_POLICIES_MAX,
  SIMULATED_RESOURCES_MAX,
} from "../../kernel/limits.ts";
import { enumeration, list, type Shape, string, structure } from "../../kernel/shape.ts";
import { PAGE, type PageInput } from "../pages.ts";
import { POLICY_DOCUMENT } from "../shapes.ts";

export interface ContextEntry {
  readonly ContextKeyName?: string;
  readonly ContextKeyValues?: readonly string[];
  readonly ContextKeyType?: string;
}

/** What both simulations take. */
export interface SimulateInput extends PageInput {
  readonly PolicyInputList?: readonly string[];
  readonly PermissionsBoundaryPolicyInputList?: readonly string[];
  readonly ActionNames: readonly string[];
  readonly ResourceArns?: readonly string[];
  readonly ResourcePolicy?: string;
  readonly ResourceOwner?: string;
  readonly CallerArn?: string;
  readonly ContextEntries?: readonly ContextEntry[];
}

const RESOURCE = string({ min: 1, max: 2_048 });
export const POLICY_LIST = list(POLICY_DOCUMENT, { max: SIMULATED_POLICIES_MAX });

/** IAM: how a value is to be read. The operators of policies say it too, so nothing is made of it. (API model, ContextKeyTypeEnum) */
const KEY_TYPES = ["string", "numeric", "boolean", "ip", "binary", "date"].flatMap((it) => [it, `${it}List`]);

/** Members of both inputs. IAM's model has no bounds on the lists. */
export const SIMULATE: Readonly<Record<string, Shape>> = {
  PermissionsBoundaryPolicyInputList: POLICY_LIST,
  "ActionNames!": list(string({ min: 3, max: 128 }), { max: SIMULATED_ACTIONS_MAX }),
  ResourceArns: list(RESOURCE, { max: SIMULATED_RESOURCES_MAX }),
  ResourcePolicy: POLICY_DOCUMENT,
  ResourceOwner: RESOURCE,
  CallerArn: RESOURCE,
  ContextEntries: list(
    structure({
      ContextKeyName: string({ min: 5, max: 256 }),
      ContextKeyValues: list(string({ max: 2_048 }), { max: SIMULATED_CONTEXT_MAX }),
      ContextKeyType: enumeration(...KEY_TYPES),
    }),
    { max: SIMULATED_CONTEXT_MAX },
  ),
  ResourceHandlingOption: string({ min: 1, max: 64 }),
  ...PAGE,
};
