import { type Operation, operation } from "../kernel/operation.ts";
import { structure } from "../kernel/shape.ts";
import type { RepositoryDeps } from "../repositories/deps.ts";
import { askRepository, onRegistry } from "../repositories/shapes.ts";
import {
  deleteLifecyclePolicy,
  getLifecyclePolicy,
  type PutLifecyclePolicyInput,
  putLifecyclePolicy,
} from "./lifecycle-policy.ts";
import { IN_REPOSITORY, type InRepository, POLICY_TEXT } from "./shapes.ts";

/** Lifecycle policies and their previews. */
export function lifecycleOperations(deps: RepositoryDeps): readonly Operation[] {
  return [
    operation<PutLifecyclePolicyInput>({
      name: "PutLifecyclePolicy",
      errors: ["RepositoryNotFoundException"],
      input: structure({ ...IN_REPOSITORY, "lifecyclePolicyText!": POLICY_TEXT }),
      asks: askRepository("ecr:PutLifecyclePolicy"),
      handle: (call, input) => putLifecyclePolicy(deps, onRegistry(call, input), input),
    }),
    operation<InRepository>({
      name: "GetLifecyclePolicy",
      errors: ["LifecyclePolicyNotFoundException", "RepositoryNotFoundException"],
      input: structure(IN_REPOSITORY),
      asks: askRepository("ecr:GetLifecyclePolicy"),
      handle: (call, input) => getLifecyclePolicy(deps, onRegistry(call, input), input),
    }),
    operation<InRepository>({
      name: "DeleteLifecyclePolicy",
      errors: ["LifecyclePolicyNotFoundException", "RepositoryNotFoundException"],
      input: structure(IN_REPOSITORY),
      asks: askRepository("ecr:DeleteLifecyclePolicy"),
      handle: (call, input) => deleteLifecyclePolicy(deps, onRegistry(call, input), input),
    }),
  ];
}
