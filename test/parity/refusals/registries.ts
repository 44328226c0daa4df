import { CREATION_TEMPLATES_MAX, PULL_TIME_EXCLUSIONS_MAX } from "../../../server/kernel/limits.ts";
import type { Refusal } from "./refusal.ts";

const roleArn = (name: string): string => `arn:aws:iam::000000000000:role/${name}`;

/** Of what a registry has one of, and of its creation templates and pull time exclusions. */
export const registryRefusals: readonly Refusal[] = [
  ...["Get", "Delete"].flatMap((verb): Refusal[] => [
    {
      operation: `${verb}RegistryPolicy`,
      error: "RegistryPolicyNotFoundException",
      message: "Registry policy does not exist in the registry with id '000000000000'",
    },
    {
      operation: `${verb}SigningConfiguration`,
      error: "SigningConfigurationNotFoundException",
      message: "Signing configuration does not exist in the registry with id '000000000000'",
    },
  ]),
  {
    operation: "CreateRepositoryCreationTemplate",
    error: "TemplateAlreadyExistsException",
    given: async (ecr) => void (await ecr.call("CreateRepositoryCreationTemplate", { prefix: "team", appliedFor: [] })),
    message: "The repository creation template with prefix 'team' already exists in the registry with id '000000000000'",
  },
  {
    operation: "CreateRepositoryCreationTemplate",
    error: "LimitExceededException",
    async given(ecr) {
      for (let at = 0; at < CREATION_TEMPLATES_MAX; at++)
        await ecr.call("CreateRepositoryCreationTemplate", { prefix: `p${at}`, appliedFor: [] });
    },
    message:
      "The registry with id '000000000000' already has the maximum allowed number of repository creation templates which is '500'",
  },
  ...["Update", "Delete"].map((verb) => ({
    operation: `${verb}RepositoryCreationTemplate`,
    error: "TemplateNotFoundException",
    message: "The repository creation template with prefix 'team' does not exist in the registry with id '000000000000'",
  })),
  {
    operation: "RegisterPullTimeUpdateExclusion",
    error: "ExclusionAlreadyExistsException",
    given: async (ecr) => void (await ecr.call("RegisterPullTimeUpdateExclusion", { principalArn: roleArn("scanner") })),
    message: `The pull time update exclusion for the principal '${roleArn("scanner")}' already exists in the registry with id '000000000000'`,
  },
  {
    operation: "RegisterPullTimeUpdateExclusion",
    error: "LimitExceededException",
    async given(ecr) {
      for (let at = 0; at < PULL_TIME_EXCLUSIONS_MAX; at++)
        await ecr.call("RegisterPullTimeUpdateExclusion", { principalArn: roleArn(`r${at}`) });
    },
    message:
      "The registry with id '000000000000' already has the maximum allowed number of pull time update exclusions which is '100'",
  },
  {
    operation: "DeregisterPullTimeUpdateExclusion",
    error: "ExclusionNotFoundException",
    message: `The pull time update exclusion for the principal '${roleArn("scanner")}' does not exist in the registry with id '000000000000'`,
  },
];
