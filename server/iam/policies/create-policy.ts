import type { Call } from "../../kernel/call.ts";
import { RegistryError } from "../../kernel/errors.ts";
import { MANAGED_POLICY_SIZE_MAX } from "../../kernel/limits.ts";
import type { ManagedPolicyRow } from "../../platform/metadata/iam-schema.ts";
import { parseManagedPolicy } from "../../policies/iam-policies.ts";
import { noteAccessChange } from "../access-changes.ts";
import type { IamDeps } from "../deps.ts";
import { documentSize } from "../document-text.ts";
import { foldName } from "../entities.ts";
import { iamArn } from "../shapes.ts";
import { type IamTag, readTags, writeTags } from "../tags.ts";
import { generateUniqueId } from "../unique-id.ts";
import { addPolicy } from "./policy-rows.ts";
import { viewPolicy } from "./policy-view.ts";

export interface CreatePolicyInput {
  readonly PolicyName: string;
  readonly Path?: string;
  readonly PolicyDocument: string;
  readonly Description?: string;
  readonly Tags?: readonly IamTag[];
}

/** Makes a managed policy, whose first version is in force. */
export function createPolicy({ metadata, clock }: IamDeps, call: Call, input: CreatePolicyInput): Promise<object> {
  checkDocument(input.PolicyDocument);
  const now_ms = clock.now();
  const path = input.Path ?? "/";
  return metadata.writeGlobal(async (tx) => {
    const row: ManagedPolicyRow = {
      id: generateUniqueId("policy"),
      account: call.principal.account,
      name: input.PolicyName,
      name_folded: foldName(input.PolicyName),
      path,
      arn: iamArn(call, `policy${path}`, input.PolicyName),
      description: input.Description ?? "",
      default_version: "v1",
      next_version: 2,
      created_ms: now_ms,
      updated_ms: now_ms,
    };
    if (!(await addPolicy(tx, row, input.PolicyDocument))) {
      const text = `A policy called ${input.PolicyName} already exists. Duplicate names are not allowed.`;
      throw new RegistryError("EntityAlreadyExistsException", text);
    }
    await writeTags(tx, row, input.Tags);
    await noteAccessChange(tx, call.principal.account);
    const tags = await readTags(tx, row);
    const view = viewPolicy(row, { attachments: 0, boundaries: 0 });
    return { Policy: { ...view, Tags: tags.length > 0 ? tags : undefined } };
  });
}

/** Throws MalformedPolicyDocumentException, or IamLimitExceededException for a document that is too large. */
export function checkDocument(text: string): void {
  if (documentSize(text) > MANAGED_POLICY_SIZE_MAX) {
    throw new RegistryError("IamLimitExceededException", `Cannot exceed quota for PolicySize: ${MANAGED_POLICY_SIZE_MAX}`);
  }
  parseManagedPolicy(text);
}
