/** Something about a policy that a person ought to look at. */
export interface Finding {
  /** An error keeps AWS from taking the document; a warning is about one that hardly does what it was written for. */
  readonly severity: "error" | "warning";
  /** In the text, from 1. */
  readonly line: number;
  readonly column: number;
  /** One sentence. */
  readonly message: string;
}

/** The same before its place is known. */
export interface Remark {
  readonly severity: Finding["severity"];
  /** Where in the document, such as `Statement[0].Action[1]`; the document itself when it is empty. */
  readonly path: string;
  readonly message: string;
}

export const error = (path: string, message: string): Remark => ({ severity: "error", path, message });
export const warning = (path: string, message: string): Remark => ({ severity: "warning", path, message });

/** What a policy is written for. */
export const POLICY_KINDS = ["identity", "repository", "registry", "trust", "scp", "boundary"] as const;
export type PolicyKind = (typeof POLICY_KINDS)[number];
