import { RegistryError } from "../kernel/errors.ts";
import type { RegistryId } from "../kernel/names.ts";
import { string } from "../kernel/shape.ts";
import { checkCustomRole } from "../repositories/custom-role.ts";
import { SHOWN_TO, type UpstreamRegistry } from "./upstreams.ts";

/** What a rule shows its upstream. */
export interface Credentials {
  readonly credentialArn?: string;
  readonly customRoleArn?: string;
}

const CREDENTIAL_ARN_PATTERN =
  "^arn:aws(-\\w+)*:secretsmanager:[a-zA-Z0-9-:]+:secret:ecr\\-pullthroughcache\\/[a-zA-Z0-9\\/_+=.@-]+$";
/** Linear, though it repeats a repetition: each begins with a hyphen, which is in no `\w`, so there is one way to match. */
const CREDENTIAL_ARN = new RegExp(CREDENTIAL_ARN_PATTERN);

/** ECR: CredentialArn and CustomRoleArn. (API model) */
export const CREDENTIALS = {
  credentialArn: string({
    min: 50,
    max: 612,
    pattern: { text: CREDENTIAL_ARN_PATTERN, matches: (it) => CREDENTIAL_ARN.test(it) },
  }),
  customRoleArn: string({ max: 2048 }),
};

/** Throws UnsupportedUpstreamRegistryException when a new rule's upstream wants a secret and gets none, or the other way round. */
export function checkNeed(upstream: UpstreamRegistry, { credentialArn }: Credentials): void {
  if (SHOWN_TO[upstream] === "secret" && credentialArn === undefined) {
    // ECR: word for word. (aws-controllers-k8s/community#2589; cdk-preflight)
    throw unsupported(
      "The specified upstream registry requires authentication. Specify a valid Secrets Manager ARN containing the upstream registry credentials and try again.",
    );
  }
  if (SHOWN_TO[upstream] === "nothing" && credentialArn !== undefined)
    throw unsupported(
      "The specified upstream registry doesn't require authentication. Leave the Secrets Manager ARN out and try again.",
    );
}

/**
 * Throws InvalidParameterException for credentials of a kind that the upstream does not take and for a role that is none, and
 * SecretNotFoundException for a secret that is not beside the rule. Whether it exists is not known here.
 */
export function checkCredentials(registry: RegistryId, upstream: UpstreamRegistry, given: Credentials): void {
  const { credentialArn, customRoleArn } = given;
  const shown = SHOWN_TO[upstream];
  const isOfOtherKind = (credentialArn !== undefined && shown !== "secret") || (customRoleArn !== undefined && shown !== "role");
  if (isOfOtherKind) throw mismatch("Upstream registry URL and provided credential type do not match");
  if (customRoleArn !== undefined) checkCustomRole(customRoleArn);
  if (credentialArn === undefined) return;
  const place = credentialArn.split(":").slice(3, -2).join(":");
  if (place !== `${registry.region}:${registry.account}`) {
    // ECR: both sentences, each quoted without the other. (entigolabs/entigo-infralib#1645; measured by cdk-preflight, 2026-09)
    throw new RegistryError(
      "SecretNotFoundException",
      "The ARN of the secret specified in the pull through cache rule was not found. Please verify the secret exists in the " +
        "same region and account that the pullthrough cache rule will be created in.",
    );
  }
}

/** ECR: how it begins to tell of a mistake in a rule as a whole. (an answer quoted in pulumi/pulumi-aws#5714) */
export function invalidInput(what: string): RegistryError {
  return new RegistryError("InvalidParameterException", `Invalid input: ${what}`);
}

/** ECR: what does not go together, in its words. (measured by cdk-preflight, 2026-09) */
export function mismatch(what: string): RegistryError {
  return invalidInput(`${what}. Please verify input and try again.`);
}

/** An upstream that no rule can have, or not so. */
export function unsupported(why: string): RegistryError {
  return new RegistryError("UnsupportedUpstreamRegistryException", why);
}
