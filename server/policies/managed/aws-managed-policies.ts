import type { Arn } from "../../kernel/names.ts";
import type { AwsManagedPolicy, AwsStatement } from "./aws-managed-policy.ts";
import { ADMINISTRATOR_POLICIES } from "./administrator.ts";
import { ECR_POLICIES } from "./ecr.ts";
import { ECR_PUBLIC_POLICIES } from "./ecr-public.ts";
import { ECR_ROLE_POLICIES } from "./ecr-roles.ts";

/** One of AWS's policies, with what follows from what is written down of it. */
export interface PublishedPolicy extends AwsManagedPolicy {
  readonly arn: Arn;
  /** The document of its version. */
  readonly text: string;
}

/** All of AWS's policies that are here, in the order of their names. */
export const AWS_MANAGED_POLICIES: readonly PublishedPolicy[] = [
  ...ADMINISTRATOR_POLICIES,
  ...ECR_POLICIES,
  ...ECR_PUBLIC_POLICIES,
  ...ECR_ROLE_POLICIES,
]
  .map((it) => ({ ...it, arn: `arn:aws:iam::aws:policy${it.path}${it.name}` as Arn, text: textOf(it) }))
  .toSorted((one, other) => (one.name < other.name ? -1 : 1));

const BY_ARN: ReadonlyMap<string, PublishedPolicy> = new Map(AWS_MANAGED_POLICIES.map((it) => [it.arn, it]));

/** AWS's policy with this ARN. */
export function awsManagedPolicy(arn: string): PublishedPolicy | undefined {
  return BY_ARN.get(arn);
}

function textOf({ statements }: AwsManagedPolicy): string {
  const Statement = statements.map((it: AwsStatement) => ({ ...it, Effect: "Allow", Resource: it.Resource ?? "*" }));
  return JSON.stringify({ Version: "2012-10-17", Statement });
}
