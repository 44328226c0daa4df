/** A policy that AWS makes and keeps, as it has published it. Accounts attach it; nobody changes it. */
export interface AwsManagedPolicy {
  /** What rights hang on: AWS's own id where it is known. */
  readonly id: string;
  readonly name: string;
  /** `/`, or `/service-role/`, `/aws-service-role/`… */
  readonly path: string;
  readonly description: string;
  /** When the first version was published, and when this one was. */
  readonly created: string;
  readonly updated: string;
  /** The version that is in force, such as `v3`. */
  readonly version: string;
  readonly statements: readonly AwsStatement[];
}

/** A statement of such a policy. All that are here allow. */
export interface AwsStatement {
  readonly Sid?: string;
  readonly Action: readonly string[];
  readonly Resource?: string;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** The names of one service's actions with its prefix before each: `actions("ecr", "PutImage")` is `["ecr:PutImage"]`. */
export function actions(service: string, ...names: readonly string[]): readonly string[] {
  return names.map((name) => `${service}:${name}`);
}
