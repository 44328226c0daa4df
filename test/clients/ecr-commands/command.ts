/** One command of `aws ecr`, with input that it takes and input that it refuses. */
export interface EcrCommand {
  /** The operation's name in ECR's API. */
  readonly operation: string;
  /** Absent where an engine that is not there would have to answer. */
  readonly good?: readonly string[];
  /** What its output must hold, among other things. */
  readonly answer?: object;
  readonly bad: readonly string[];
  /** What the CLI must print about the bad input. */
  readonly refusal: RegExp;
}

/** What stands in the registry before the first command: a repository `cli/app` that holds one image, tagged v1. */
export interface Given {
  readonly digest: string;
  readonly layerDigest: string;
  readonly layerSize: number;
  /** Paths of files. */
  readonly manifest: string;
  readonly layer: string;
  readonly repositoryPolicy: string;
  readonly registryPolicy: string;
  readonly lifecyclePolicy: string;
  readonly account: string;
}

/** The repository that is there. */
export const APP = ["--repository-name", "cli/app"] as const;
/** One that is not, and what is said of it. */
export const MISSING = ["--repository-name", "cli/missing"] as const;
export const NO_REPOSITORY =
  /RepositoryNotFoundException.*The repository with name 'cli\/missing' does not exist in the registry with id '000000000000'/;
/** An upload that nobody has begun. */
export const UPLOAD = "00000000-0000-4000-8000-000000000000";
