import { pushImage } from "../../../server/testing/ecr.ts";
import { image } from "../../../server/testing/image.ts";
import { KNOWN } from "../../bad-input/samples.ts";
import type { Refusal } from "./refusal.ts";

const FIFTY_ONE = Array.from({ length: 51 }, (_, at) => `key${at}`);
const TOO_MANY_TAGS =
  "The list of tags on the repository is over the limit. The maximum number of tags that can be applied to a repository is 50.";
const tooMany = FIFTY_ONE.map((Key) => ({ Key, Value: "" }));
const reserved = [{ Key: "aws:team", Value: "" }];
const RESERVED = "Tag keys that start with 'aws:' are reserved for AWS.";

const preview = { repositoryName: "app", lifecyclePolicyText: KNOWN["lifecyclePolicyText"] };

export const repositoryRefusals: readonly Refusal[] = [
  {
    operation: "CreateRepository",
    error: "RepositoryAlreadyExistsException",
    message: "The repository with name 'app' already exists in the registry with id '000000000000'",
  },
  {
    operation: "CreateRepository",
    error: "LimitExceededException",
    quotas: { repositoriesMax: 1 },
    input: { repositoryName: "another" },
    message: "The registry with id '000000000000' already has the maximum allowed number of repositories which is '1'",
  },
  {
    operation: "CreateRepository",
    error: "KmsException",
    input: { encryptionConfiguration: { encryptionType: "KMS", kmsKey: "mine" } },
    message: "Invalid keyId 'mine'",
  },
  { operation: "CreateRepository", error: "InvalidTagParameterException", input: { tags: reserved }, message: RESERVED },
  { operation: "CreateRepository", error: "TooManyTagsException", input: { tags: tooMany }, message: TOO_MANY_TAGS },
  {
    operation: "DeleteRepository",
    error: "RepositoryNotEmptyException",
    given: async (ecr) => void (await pushImage(ecr, "app", image())),
    message:
      "The repository with name 'app' in registry with id '000000000000' cannot be deleted because it still contains images",
  },
  { operation: "TagResource", error: "InvalidTagParameterException", input: { tags: reserved }, message: RESERVED },
  {
    operation: "TagResource",
    error: "TooManyTagsException",
    given: async (ecr) => {
      const resourceArn = "arn:aws:ecr:us-east-1:000000000000:repository/app";
      await ecr.call("TagResource", { resourceArn, tags: tooMany.slice(0, 50) });
    },
    input: { tags: tooMany.slice(50) },
    message: TOO_MANY_TAGS,
  },
  {
    operation: "UntagResource",
    error: "InvalidTagParameterException",
    input: { tagKeys: [""] },
    message: "A tag key must have at least one character.",
  },
  { operation: "UntagResource", error: "TooManyTagsException", input: { tagKeys: FIFTY_ONE }, message: TOO_MANY_TAGS },
  {
    operation: "GetLifecyclePolicyPreview",
    error: "LifecyclePolicyPreviewNotFoundException",
    message: "There is no dry run for this repository.",
  },
  {
    operation: "StartLifecyclePolicyPreview",
    error: "LifecyclePolicyNotFoundException",
    message: "Lifecycle policy does not exist for the repository with name 'app' in the registry with id '000000000000'",
  },
  {
    operation: "StartLifecyclePolicyPreview",
    error: "LifecyclePolicyPreviewInProgressException",
    given: async (ecr) => void (await ecr.call("StartLifecyclePolicyPreview", preview)),
    input: preview,
    message: "The previous lifecycle policy preview request has not completed. Wait and try again.",
  },
  ...["Get", "Delete"].flatMap((verb): Refusal[] => [
    {
      operation: `${verb}RepositoryPolicy`,
      error: "RepositoryPolicyNotFoundException",
      message: `Repository policy does not exist for the repository with name 'app' in the registry with id '000000000000'`,
    },
    {
      operation: `${verb}LifecyclePolicy`,
      error: "LifecyclePolicyNotFoundException",
      message: `Lifecycle policy does not exist for the repository with name 'app' in the registry with id '000000000000'`,
    },
  ]),
];
