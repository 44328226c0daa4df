import type { CompiledPolicy } from "../../policies/compile.ts";
import type { PolicyDocument } from "../../policies/document.ts";
import type { PolicyKind } from "./finding.ts";

/** A policy that was read, and how it is to be asked. */
export interface CheckedPolicy {
  readonly kind: PolicyKind;
  readonly document: PolicyDocument;
  readonly compiled: CompiledPolicy;
}
