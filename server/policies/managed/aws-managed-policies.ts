import { createHash } from "node:crypto";
import { base32Of } from "../../kernel/base32.ts";
import type { Arn } from "../../kernel/names.ts";
import type { AwsManagedPolicy, AwsStatement } from "./aws-managed-policy.ts";
import { ADMINISTRATOR_POLICIES } from "./administrators.ts";
import { ECR_POLICIES } from "./ecr.ts";
import { ECR_PUBLIC_POLICIES } from "./ecr-public.ts";
import { ECR_ROLE_POLICIES } from "./ecr-roles.ts";
import { ECS_POLICIES } from "./ecs.ts";
import { EKS_POLICIES } from "./eks.ts";
import { LAMBDA_POLICIES } from "./lambda.ts";
import { WORKLOAD_POLICIES } from "./workloads.ts";

/** One of AWS's policies, with what follows from what is written down of it. */
export interface PublishedPolicy extends AwsManagedPolicy {
  readonly id: string;
  readonly created: string;
  readonly arn: Arn;
  /** The document of its version. */
  readonly text: string;
}

const ID_CHARACTERS = 17;

/** All of AWS's policies that are here, in the order of their names. */
export const AWS_MANAGED_POLICIES: readonly PublishedPolicy[] = [
  ...ADMINISTRATOR_POLICIES,
  ...ECR_POLICIES,
  ...ECR_PUBLIC_POLICIES,
  ...ECR_ROLE_POLICIES,
  ...ECS_POLICIES,
  ...EKS_POLICIES,
  ...LAMBDA_POLICIES,
  ...WORKLOAD_POLICIES,
]
  .map(publish)
  .toSorted((one, other) => (one.name < other.name ? -1 : 1));

const BY_ARN: ReadonlyMap<string, PublishedPolicy> = new Map(AWS_MANAGED_POLICIES.map((it) => [it.arn, it]));

/** AWS's policy with this ARN. */
export function awsManagedPolicy(arn: string): PublishedPolicy | undefined {
  return BY_ARN.get(arn);
}

function publish(policy: AwsManagedPolicy): PublishedPolicy {
  const { id = madeUpId(policy), created = policy.updated, path, name } = policy;
  return { ...policy, id, created, arn: `arn:aws:iam::aws:policy${path}${name}` as Arn, text: textOf(policy) };
}

function textOf({ statements }: AwsManagedPolicy): string {
  const Statement = statements.map((it: AwsStatement) => ({ ...it, Effect: "Allow", Resource: it.Resource ?? "*" }));
  return JSON.stringify({ Version: "2012-10-17", Statement });
}

/** In the form of AWS's ids, and always the same for a name. */
function madeUpId({ name }: AwsManagedPolicy): string {
  const bytes = createHash("sha256").update(name).digest().subarray(0, ID_CHARACTERS);
  return `ANPA${base32Of(bytes)}`;
}
