import { invalidParameter } from "../kernel/errors.ts";
import { SIGNING_FILTERS_MAX, SIGNING_RULES_MAX } from "../kernel/limits.ts";
import type { RegistryId } from "../kernel/names.ts";
import { enumeration, list, string, structure } from "../kernel/shape.ts";
import { isRepositoryWildcard } from "../kernel/wildcard.ts";

/** With which profiles of AWS Signer images are signed, and which images. */
export interface SigningConfiguration {
  readonly rules: readonly SigningRule[];
}

interface SigningRule {
  readonly signingProfileArn: string;
  /** Which repositories; without them, all. */
  readonly repositoryFilters?: readonly { readonly filter: string; readonly filterType: "WILDCARD_MATCH" }[];
}

const PROFILE_ARN_PATTERN = "^arn:aws(-[a-z]+)*:signer:[a-z0-9-]+:[0-9]{12}:\\/signing-profiles\\/[a-zA-Z0-9_]{2,}$";
/** Linear, though it repeats a repetition: each begins with a hyphen, which is no letter, so there is one way to match. */
const PROFILE_ARN = new RegExp(PROFILE_ARN_PATTERN);
const FILTER_PATTERN = "^(?:[a-z0-9*]+(?:[._-][a-z0-9*]+)*/)*[a-z0-9*]+(?:[._-][a-z0-9*]+)*$";

/** ECR: SigningConfiguration. (API model) */
export const SIGNING_CONFIGURATION = structure({
  "rules!": list(
    structure({
      "signingProfileArn!": string({
        max: 200,
        pattern: { text: PROFILE_ARN_PATTERN, matches: (it) => PROFILE_ARN.test(it) },
      }),
      repositoryFilters: list(
        structure({
          "filter!": string({ min: 1, max: 256, pattern: { text: FILTER_PATTERN, matches: isRepositoryWildcard } }),
          "filterType!": enumeration("WILDCARD_MATCH"),
        }),
        { min: 1, max: SIGNING_FILTERS_MAX },
      ),
    }),
    { min: 0, max: SIGNING_RULES_MAX },
  ),
});

/** Throws InvalidParameterException for a profile of another region; that of another account may be used. */
export function checkSigningConfiguration({ region: here }: RegistryId, { rules }: SigningConfiguration): void {
  for (const { signingProfileArn: arn } of rules) {
    const region = arn.split(":")[3] ?? "";
    // ECR: word for word. (cdk-preflight, signing-profile-region)
    if (region !== here) {
      throw invalidParameter(
        "signingProfileArn",
        `The region of signing profile ARN '${arn}' is '${region}' but must be '${here}' (the current region)`,
      );
    }
  }
}
