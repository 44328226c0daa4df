import type { Call } from "../kernel/call.ts";
import {
  type AccountId,
  isRepositoryPrefix,
  parseAccountId,
  parseRepositoryName,
  REPOSITORY_NAME_LENGTH_MAX,
  REPOSITORY_NAME_LENGTH_MIN,
  REPOSITORY_NAME_PATTERN,
  REPOSITORY_PREFIX_PATTERN,
  repositoryArn,
} from "../kernel/names.ts";
import type { Ask } from "../kernel/operation.ts";
import { enumeration, list, type Shape, string, structure } from "../kernel/shape.ts";
import { TAG_MUTABILITIES } from "./tag-mutability.ts";

/** Members that most operations share. ECR: RegistryId, RepositoryName. (API model) */
export const REGISTRY_ID = string({
  pattern: { text: "[0-9]{12}", bare: true, matches: (it) => parseAccountId(it) !== undefined },
  called: "registryId",
});
export const REPOSITORY_NAME = string({
  min: REPOSITORY_NAME_LENGTH_MIN,
  max: REPOSITORY_NAME_LENGTH_MAX,
  pattern: { text: REPOSITORY_NAME_PATTERN, matches: (it) => parseRepositoryName(it) !== undefined },
  called: "repositoryName",
});

/** The prefix of repository names that a rule or a template is for, of a length that each has its own bounds for. */
export const repositoryPrefix = (bounds: { readonly min: number; readonly max: number }): Shape =>
  string({ ...bounds, pattern: { text: REPOSITORY_PREFIX_PATTERN, matches: isRepositoryPrefix } });

const FILTER = /^[0-9a-zA-Z._*-]{1,128}$/;

/** ECR: ImageTagMutability, ImageTagMutabilityExclusionFilters. (API model) */
export const TAG_MUTABILITY = enumeration(...TAG_MUTABILITIES);
export const EXCLUSION_FILTERS: Shape = list(
  structure({
    "filterType!": enumeration("WILDCARD"),
    "filter!": string({ min: 1, max: 128, pattern: { text: "^[0-9a-zA-Z._*-]{1,128}$", matches: (it) => FILTER.test(it) } }),
  }),
  { min: 1, max: 5 },
);

/** Input of an operation that may name another account's registry. */
export interface RegistryInput {
  readonly registryId?: AccountId;
}

/** The same call on the registry that the input names: another account's in the same region, or the one that was reached. */
export function onRegistry(call: Call, input: RegistryInput): Call {
  if (input.registryId === undefined || input.registryId === call.registry.account) return call;
  return { ...call, registry: { account: input.registryId, region: call.registry.region } };
}

/** Asks whether an action is allowed on the repository that the input names. */
export function askRepository(action: string) {
  return (input: RegistryInput & { readonly repositoryName: string }, call: Call): readonly Ask[] => [
    { action, resource: repositoryArn(onRegistry(call, input).registry, input.repositoryName) },
  ];
}

/** Asks whether an action is allowed that knows no resource, such as one on the registry as a whole. */
export function askRegistry(action: string) {
  return (): readonly Ask[] => [{ action, resource: "*" }];
}
