import { POLICY_TEXT_LENGTH_MAX } from "../../kernel/limits.ts";
import { type Operation, operation } from "../../kernel/operation.ts";
import { boolean, string, structure } from "../../kernel/shape.ts";
import { askRegistry, askRepository, REGISTRY_ID, REPOSITORY_NAME } from "../shapes.ts";
import { deleteRegistryPolicy, getRegistryPolicy, type PutRegistryPolicyInput, putRegistryPolicy } from "./registry-policy.ts";
import {
  deleteRepositoryPolicy,
  getRepositoryPolicy,
  type PolicyDeps,
  type RepositoryPolicyInput,
  type SetRepositoryPolicyInput,
  setRepositoryPolicy,
} from "./repository-policy.ts";

const POLICY_TEXT = string({ min: 0, max: POLICY_TEXT_LENGTH_MAX });
const OF_REPOSITORY = { registryId: REGISTRY_ID, "repositoryName!": REPOSITORY_NAME };

/** Set, Get and DeleteRepositoryPolicy; Put, Get and DeleteRegistryPolicy. */
export function policyOperations(deps: PolicyDeps): readonly Operation[] {
  return [
    operation<SetRepositoryPolicyInput>({
      name: "SetRepositoryPolicy",
      errors: ["RepositoryNotFoundException"],
      input: structure({ ...OF_REPOSITORY, "policyText!": POLICY_TEXT, force: boolean() }),
      asks: askRepository("ecr:SetRepositoryPolicy"),
      handle: (call, input) => setRepositoryPolicy(deps, call, input),
    }),
    operation<RepositoryPolicyInput>({
      name: "GetRepositoryPolicy",
      errors: ["RepositoryNotFoundException", "RepositoryPolicyNotFoundException"],
      input: structure(OF_REPOSITORY),
      asks: askRepository("ecr:GetRepositoryPolicy"),
      handle: (call, input) => getRepositoryPolicy(deps, call, input),
    }),
    operation<RepositoryPolicyInput>({
      name: "DeleteRepositoryPolicy",
      errors: ["RepositoryNotFoundException", "RepositoryPolicyNotFoundException"],
      input: structure(OF_REPOSITORY),
      asks: askRepository("ecr:DeleteRepositoryPolicy"),
      handle: (call, input) => deleteRepositoryPolicy(deps, call, input),
    }),
    operation<PutRegistryPolicyInput>({
      name: "PutRegistryPolicy",
      errors: [],
      input: structure({ "policyText!": POLICY_TEXT }),
      asks: askRegistry("ecr:PutRegistryPolicy"),
      handle: (call, input) => putRegistryPolicy(deps, call, input),
    }),
    operation<object>({
      name: "GetRegistryPolicy",
      errors: ["RegistryPolicyNotFoundException"],
      input: structure({}),
      asks: askRegistry("ecr:GetRegistryPolicy"),
      handle: (call) => getRegistryPolicy(deps, call),
    }),
    operation<object>({
      name: "DeleteRegistryPolicy",
      errors: ["RegistryPolicyNotFoundException"],
      input: structure({}),
      asks: askRegistry("ecr:DeleteRegistryPolicy"),
      handle: (call) => deleteRegistryPolicy(deps, call),
    }),
  ];
}
