import type { AccountId, Arn } from "../../kernel/names.ts";
import type { Reader } from "../../platform/metadata/metadata.ts";
import type { ControlPolicies } from "../policy-sets.ts";
import type { CompiledTexts } from "./compiled-texts.ts";

type GlobalReader = Omit<Reader, "registry">;

/** What an account's organisation means for it. It is read by the floor below, which knows organisations. */
export interface Membership {
  readonly organisationId: string;
  /** The one value of `aws:PrincipalOrgPaths`. */
  readonly path: string;
  readonly isManagementAccount: boolean;
  /** Whether the account was closed: nobody of it does anything, and nobody reaches what it has. */
  readonly isClosed: boolean;
  /** From the root down to the account; undefined while no service control policies are in force. */
  readonly controls: readonly (readonly { readonly arn: Arn; readonly text: string }[])[] | undefined;
}

export type MembershipReader = (tx: GlobalReader, account: AccountId) => Promise<Membership | undefined>;

/** The service control policies over an account, compiled. */
export function controlsOf(membership: Membership | undefined, compiled: CompiledTexts): ControlPolicies | undefined {
  if (membership?.controls === undefined) return undefined;
  const { isManagementAccount, controls } = membership;
  const levels = controls.map((level) => level.map(({ arn, text }) => compiled.of({ type: "service-control", name: arn, text })));
  return { isManagementAccount, levels };
}
