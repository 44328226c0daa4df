import type { IamDeps } from "./iam/deps.ts";
import { iamOperations } from "./iam/operations.ts";
import { type StsDeps, stsOperations, unsignedStsOperations } from "./iam/sessions/operations.ts";
import { checkSessionReach } from "./iam/sessions/session-reach.ts";
import type { AwsQueryService } from "./protocols/aws-query.ts";

/** IAM as the query protocol serves it. */
export function iamService(deps: IamDeps): AwsQueryService {
  return {
    version: "2010-05-08",
    namespace: "https://iam.amazonaws.com/doc/2010-05-08/",
    operations: iamOperations(deps),
    checkReach: (principal, operation) => checkSessionReach(principal, "iam", operation),
  };
}

/** STS as the query protocol serves it. */
export function stsService(deps: StsDeps): AwsQueryService {
  return {
    version: "2011-06-15",
    namespace: "https://sts.amazonaws.com/doc/2011-06-15/",
    operations: stsOperations(deps),
    unsigned: unsignedStsOperations(deps),
    checkReach: (principal, operation) => checkSessionReach(principal, "sts", operation),
  };
}
