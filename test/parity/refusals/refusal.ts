import type { Quotas } from "../../../server/kernel/quotas.ts";
import type { TestEcr } from "../../../server/testing/ecr.ts";

/** A way to be refused: what is there, what is asked for, and what is said. Each is asked of a registry with an empty repository `app`. */
export interface Refusal {
  readonly operation: string;
  /** As the client sees it. */
  readonly error: string;
  /** What the operator has set. */
  readonly quotas?: Partial<Quotas>;
  /** What has to happen before. What it returns goes into the input. */
  given?(ecr: TestEcr): Promise<object | void>;
  /** Beside the sample of what the operation requires. */
  readonly input?: object;
  /** What is said; a function where that depends on what was sent. */
  readonly message: string | ((sent: Readonly<Record<string, unknown>>) => string);
}

/** How messages say where `app` is. */
export const IN_APP = "the repository with name 'app' in the registry with id '000000000000'";
