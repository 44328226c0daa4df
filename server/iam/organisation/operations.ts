import type { ErrorCode } from "../../kernel/errors.ts";
import type { Operation } from "../../kernel/operation.ts";
import { memberOperations } from "./account-operations.ts";
import { attachmentOperations } from "./attachment-operations.ts";
import type { OrganisationDeps } from "./deps.ts";
import { organisationOwnOperations } from "./organisation-operations.ts";
import { controlPolicyOperations } from "./policy-operations.ts";
import { trustedAccessOperations } from "./trusted-access-operations.ts";
import { tagOperations } from "./tag-operations.ts";
import { unitOperations } from "./unit-operations.ts";

/** How Organizations spells the errors that other services know under other names. (API model of 2016-11-28) */
export const ORGANISATION_ERROR_NAMES: Partial<Record<ErrorCode, string>> = {
  InvalidInputException: "InvalidInputException",
  InvalidParameterException: "InvalidInputException",
  MalformedPolicyDocumentException: "MalformedPolicyDocumentException",
  ServerException: "ServiceException",
  ThrottlingException: "TooManyRequestsException",
};

/** Every operation of AWS Organizations that is here. */
export function organisationOperations(deps: OrganisationDeps): readonly Operation[] {
  return [
    ...organisationOwnOperations(deps),
    ...unitOperations(deps),
    ...memberOperations(deps),
    ...controlPolicyOperations(deps),
    ...attachmentOperations(deps),
    ...trustedAccessOperations(deps),
    ...tagOperations(deps),
  ];
}
