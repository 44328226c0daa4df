import { type Operation, operation } from "../kernel/operation.ts";
import { PREVIEW_PAGE_SIZE_MAX } from "../kernel/limits.ts";
import { enumeration, integer, list, string, structure } from "../kernel/shape.ts";
import { IMAGE_ID } from "../images/find-image.ts";
import type { RepositoryDeps } from "../repositories/deps.ts";
import { askRepository, onRegistry } from "../repositories/shapes.ts";
import { type GetPreviewInput, getLifecyclePolicyPreview } from "./get-lifecycle-policy-preview.ts";
import {
  deleteLifecyclePolicy,
  getLifecyclePolicy,
  type PutLifecyclePolicyInput,
  putLifecyclePolicy,
} from "./lifecycle-policy.ts";
import { IN_REPOSITORY, type InRepository, POLICY_TEXT } from "./shapes.ts";
import { type StartPreviewInput, startLifecyclePolicyPreview } from "./start-lifecycle-policy-preview.ts";

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
    ...previewOperations(deps),
  ];
}

function previewOperations(deps: RepositoryDeps): readonly Operation[] {
  return [
    operation<StartPreviewInput>({
      name: "StartLifecyclePolicyPreview",
      errors: ["LifecyclePolicyNotFoundException", "LifecyclePolicyPreviewInProgressException", "RepositoryNotFoundException"],
      input: structure({ ...IN_REPOSITORY, lifecyclePolicyText: POLICY_TEXT }),
      asks: askRepository("ecr:StartLifecyclePolicyPreview"),
      handle: (call, input) => startLifecyclePolicyPreview(deps, onRegistry(call, input), input),
    }),
    operation<GetPreviewInput>({
      name: "GetLifecyclePolicyPreview",
      errors: ["LifecyclePolicyPreviewNotFoundException", "RepositoryNotFoundException"],
      input: structure({
        ...IN_REPOSITORY,
        imageIds: list(IMAGE_ID, { min: 1, max: 100 }),
        nextToken: string(),
        maxResults: integer({ min: 1, max: PREVIEW_PAGE_SIZE_MAX }),
        filter: structure({ tagStatus: enumeration("TAGGED", "UNTAGGED", "ANY") }),
      }),
      asks: askRepository("ecr:GetLifecyclePolicyPreview"),
      handle: (call, input) => getLifecyclePolicyPreview(deps, onRegistry(call, input), input),
    }),
  ];
}
