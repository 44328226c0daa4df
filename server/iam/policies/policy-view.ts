import type { ManagedPolicyRow, PolicyVersionRow } from "../../platform/metadata/iam-schema.ts";
import { encodeDocument } from "../document-text.ts";
import type { PolicyUsage } from "./policy-usage.ts";

/** A policy in IAM's form. IAM: description and tags are told by GetPolicy, not by lists. (API reference, Policy) */
export function viewPolicy(row: ManagedPolicyRow, { attachments, boundaries }: PolicyUsage): object {
  return {
    PolicyName: row.name,
    PolicyId: row.id,
    Arn: row.arn,
    Path: row.path,
    DefaultVersionId: row.default_version,
    AttachmentCount: attachments,
    PermissionsBoundaryUsageCount: boundaries,
    IsAttachable: true,
    CreateDate: new Date(row.created_ms),
    UpdateDate: new Date(row.updated_ms),
  };
}

/** A version in IAM's form, without its document: that is told by GetPolicyVersion alone. */
export function viewVersion({ version, created_ms }: PolicyVersionRow, { default_version }: ManagedPolicyRow): object {
  return { VersionId: version, IsDefaultVersion: version === default_version, CreateDate: new Date(created_ms) };
}

/** A version with its document. */
export function viewWholeVersion(version: PolicyVersionRow, policy: ManagedPolicyRow): object {
  return { Document: encodeDocument(version.text), ...viewVersion(version, policy) };
}
