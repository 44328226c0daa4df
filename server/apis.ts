import { ecrOperations } from "./ecr-operations.ts";
import { iamOperations } from "./iam/operations.ts";
import type { OrganisationDeps } from "./iam/organisation/deps.ts";
import { ORGANISATION_ERROR_NAMES, organisationOperations } from "./iam/organisation/operations.ts";
import { type StsDeps, stsOperations, unsignedStsOperations } from "./iam/sessions/operations.ts";
import { checkSessionReach } from "./iam/sessions/session-reach.ts";
import { LONGSHORE_TARGET_PREFIX, longshoreOperations } from "./longshore-operations.ts";
import type { AwsJsonService } from "./protocols/aws-json.ts";
import type { AwsQueryService } from "./protocols/aws-query.ts";

type JsonApiDeps = Parameters<typeof ecrOperations>[0] & Parameters<typeof longshoreOperations>[0] & OrganisationDeps;

/** What is served by AWS's JSON protocols, each by its service's name in a credential scope. `longshore` is ours. */
export function jsonApis(deps: JsonApiDeps): Readonly<Record<"ecr" | "longshore" | "organizations", AwsJsonService>> {
  return {
    ecr: { targetPrefix: "AmazonEC2ContainerRegistry_V20150921", operations: ecrOperations(deps) },
    longshore: { targetPrefix: LONGSHORE_TARGET_PREFIX, operations: longshoreOperations(deps) },
    organizations: {
      targetPrefix: "AWSOrganizationsV20161128",
      operations: organisationOperations(deps),
      errorNames: ORGANISATION_ERROR_NAMES,
    },
  };
}

/** The same for AWS's query protocol. */
export function queryApis(deps: StsDeps): Readonly<Record<"iam" | "sts", AwsQueryService>> {
  return {
    iam: {
      version: "2010-05-08",
      namespace: "https://iam.amazonaws.com/doc/2010-05-08/",
      operations: iamOperations(deps),
      checkReach: (principal, operation) => checkSessionReach(principal, "iam", operation),
    },
    sts: {
      version: "2011-06-15",
      namespace: "https://sts.amazonaws.com/doc/2011-06-15/",
      operations: stsOperations(deps),
      unsigned: unsignedStsOperations(deps),
      checkReach: (principal, operation) => checkSessionReach(principal, "sts", operation),
    },
  };
}
