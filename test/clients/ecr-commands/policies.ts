import { APP, type EcrCommand, type Given } from "./command.ts";

/** Policies of repositories and of the registry. */
export function policyCommands({ repositoryPolicy, registryPolicy, lifecyclePolicy }: Given): readonly EcrCommand[] {
  return [
    {
      operation: "SetRepositoryPolicy",
      good: [...APP, "--policy-text", `file://${repositoryPolicy}`],
      answer: { repositoryName: "cli/app" },
      bad: [...APP, "--policy-text", `file://${registryPolicy}`],
      refusal: /InvalidParameterException.*Invalid repository policy provided/,
    },
    {
      operation: "GetRepositoryPolicy",
      good: APP,
      answer: { repositoryName: "cli/app" },
      bad: ["--repository-name", "cli/new"],
      refusal: /RepositoryPolicyNotFoundException.*Repository policy does not exist for the repository with name 'cli\/new'/,
    },
    {
      operation: "DeleteRepositoryPolicy",
      good: APP,
      answer: { repositoryName: "cli/app" },
      bad: APP,
      refusal: /RepositoryPolicyNotFoundException/,
    },
    {
      operation: "PutRegistryPolicy",
      good: ["--policy-text", `file://${registryPolicy}`],
      answer: { registryId: "000000000000" },
      bad: ["--policy-text", "nonsense"],
      refusal: /InvalidParameterException.*Invalid registry policy provided/,
    },
    {
      operation: "GetRegistryPolicy",
      good: [],
      answer: { registryId: "000000000000" },
      bad: ["--region", "us-west-2"],
      refusal: /RegistryPolicyNotFoundException.*Registry policy does not exist in the registry with id '000000000000'/,
    },
    {
      operation: "DeleteRegistryPolicy",
      good: [],
      answer: { registryId: "000000000000" },
      bad: [],
      refusal: /RegistryPolicyNotFoundException/,
    },
    {
      operation: "PutLifecyclePolicy",
      good: ["--repository-name", "cli/new", "--lifecycle-policy-text", `file://${lifecyclePolicy}`],
      answer: { repositoryName: "cli/new" },
      bad: ["--repository-name", "cli/new", "--lifecycle-policy-text", `// a comment\n${" ".repeat(100)}{}`],
      refusal: /InvalidParameterException.*Lifecycle policy parsing failure/s,
    },
    {
      operation: "GetLifecyclePolicy",
      good: ["--repository-name", "cli/new"],
      answer: { repositoryName: "cli/new" },
      bad: APP,
      refusal: /LifecyclePolicyNotFoundException.*Lifecycle policy does not exist for the repository with name 'cli\/app'/,
    },
    {
      operation: "StartLifecyclePolicyPreview",
      good: ["--repository-name", "cli/new"],
      answer: { status: "IN_PROGRESS" },
      bad: APP,
      refusal: /LifecyclePolicyNotFoundException/,
    },
    {
      operation: "GetLifecyclePolicyPreview",
      good: ["--repository-name", "cli/new"],
      answer: { repositoryName: "cli/new" },
      bad: APP,
      refusal: /LifecyclePolicyPreviewNotFoundException/,
    },
    {
      operation: "DeleteLifecyclePolicy",
      good: ["--repository-name", "cli/new"],
      answer: { repositoryName: "cli/new" },
      bad: ["--repository-name", "cli/new"],
      refusal: /LifecyclePolicyNotFoundException/,
    },
  ];
}
