/** A policy that AWS makes and keeps, as it has published it. Accounts attach it; nobody changes it. */
export interface AwsManagedPolicy {
  /** AWS's own id; where it is not known to us, one is made from the name. */
  readonly id?: string;
  readonly name: string;
  /** `/`, or `/service-role/`, `/aws-service-role/`… */
  readonly path: string;
  /** Absent where it is not known to us. */
  readonly description?: string;
  /** When the first version was published, where that is known to us, and when this one was. */
  readonly created?: string;
  readonly updated: string;
  /** The version that is in force, such as `v3`. */
  readonly version: string;
  readonly statements: readonly AwsStatement[];
}

/** A statement of such a policy. All that are here allow; without a Resource on all of them. */
export type AwsStatement = {
  readonly Sid?: string;
  readonly Resource?: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
} & ({ readonly Action: readonly string[] } | { readonly NotAction: readonly string[] });

/** The names of one service's actions with its prefix before each: `actions("ecr", "PutImage")` is `["ecr:PutImage"]`. */
export function actions(service: string, ...names: readonly string[]): readonly string[] {
  return names.map((name) => `${service}:${name}`);
}

/** The same from a text in which the names of a service's actions stand behind it: `ecr: PutImage BatchGet* logs: PutLogEvents`. */
export function listed(text: string): readonly string[] {
  const found: string[] = [];
  let service = "";
  for (const word of text.trim().split(/\s+/)) {
    if (word.endsWith(":")) service = word;
    else found.push(service + word);
  }
  return found;
}
