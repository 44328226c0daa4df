import { IN_IMAGE, type InImage } from "../images/read-image.ts";
import { CONFIGURATION_BODY_BYTES_MAX } from "../kernel/limits.ts";
import { type Operation, operation } from "../kernel/operation.ts";
import { structure } from "../kernel/shape.ts";
import type { RepositoryDeps } from "../repositories/deps.ts";
import { askRegistry, askRepository, onRegistry } from "../repositories/shapes.ts";
import { SIGNING_CONFIGURATION } from "./configuration.ts";
import { describeImageSigningStatus } from "./describe-image-signing-status.ts";
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
    operation<InImage>({
      name: "DescribeImageSigningStatus",
      errors: ["ImageNotFoundException", "RepositoryNotFoundException"],
      input: structure(IN_IMAGE),
      asks: askRepository("ecr:DescribeImageSigningStatus"),
      handle: (call, input) => describeImageSigningStatus(deps, onRegistry(call, input), input),
    }),
  ];
}
