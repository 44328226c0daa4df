import { IMAGE_ID } from "../images/find-image.ts";
import { CONFIGURATION_BODY_BYTES_MAX } from "../kernel/limits.ts";
import { type Operation, operation } from "../kernel/operation.ts";
import { structure } from "../kernel/shape.ts";
import type { RepositoryDeps } from "../repositories/deps.ts";
import { askRegistry, askRepository, REGISTRY_ID, REPOSITORY_NAME } from "../repositories/shapes.ts";
import { SIGNING_CONFIGURATION } from "./configuration.ts";
import { describeImageSigningStatus, type ImageSigningInput } from "./describe-image-signing-status.ts";
import {
  deleteSigningConfiguration,
  getSigningConfiguration,
  type PutSigningConfigurationInput,
  putSigningConfiguration,
} from "./put-signing-configuration.ts";

/** What is signed, and with which profile. */
export function signingOperations(deps: RepositoryDeps): readonly Operation[] {
  return [
    operation<PutSigningConfigurationInput>({
      name: "PutSigningConfiguration",
      errors: [],
      bodyBytesMax: CONFIGURATION_BODY_BYTES_MAX,
      input: structure({ "signingConfiguration!": SIGNING_CONFIGURATION }),
      asks: askRegistry("ecr:PutSigningConfiguration"),
      handle: (call, input) => putSigningConfiguration(deps, call, input),
    }),
    operation<object>({
      name: "GetSigningConfiguration",
      errors: ["SigningConfigurationNotFoundException"],
      input: structure({}),
      asks: askRegistry("ecr:GetSigningConfiguration"),
      handle: (call) => getSigningConfiguration(deps, call),
    }),
    operation<object>({
      name: "DeleteSigningConfiguration",
      errors: ["SigningConfigurationNotFoundException"],
      input: structure({}),
      asks: askRegistry("ecr:DeleteSigningConfiguration"),
      handle: (call) => deleteSigningConfiguration(deps, call),
    }),
    operation<ImageSigningInput>({
      name: "DescribeImageSigningStatus",
      errors: ["ImageNotFoundException", "RepositoryNotFoundException"],
      input: structure({ "repositoryName!": REPOSITORY_NAME, "imageId!": IMAGE_ID, registryId: REGISTRY_ID }),
      asks: askRepository("ecr:DescribeImageSigningStatus"),
      handle: (call, input) => describeImageSigningStatus(deps, call, input),
    }),
  ];
}
