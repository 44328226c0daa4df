import { RegistryError } from "../../kernel/errors.ts";
import { type Operation, operation } from "../../kernel/operation.ts";
import { withRequestTags, withTagKeys } from "../../kernel/request-tags.ts";
import { string, structure } from "../../kernel/shape.ts";
import { askOn } from "./asks.ts";
import type { OrganisationDeps } from "./deps.ts";
import { typeOfId } from "./ids.ts";
import { findMember, type GlobalReader, requireManager } from "./organisation.ts";
import { findPolicy } from "./policies.ts";
import { TAG_KEYS, TAGGABLE_ID, TAGS } from "./shapes.ts";
import { addTags, listTags, type Tag, untag } from "./tags.ts";
import { findUnit } from "./units.ts";

interface TaggedInput {
  readonly ResourceId: string;
}

const onResource = (action: string) => askOn(action, (it: TaggedInput) => [it.ResourceId]);

/** Tags of roots, units, accounts and policies. */
export function tagOperations({ metadata }: OrganisationDeps): readonly Operation[] {
  return [
    operation<TaggedInput & { readonly Tags: readonly Tag[] }>({
      name: "TagResource",
      errors: [
        "AWSOrganizationsNotInUseException",
        "ConstraintViolationException",
        "InvalidInputException",
        "TargetNotFoundException",
      ],
      input: structure({ "ResourceId!": TAGGABLE_ID, "Tags!": TAGS }),
      asks: (input, call) => withRequestTags(onResource("TagResource")(input, call), input.Tags),
      handle: (call, { ResourceId, Tags }) =>
        metadata.writeGlobal(async (tx) => {
          await requireManager(tx, call);
          await requireResource(tx, ResourceId);
          await addTags(tx, ResourceId, Tags);
          return {};
        }),
    }),
    operation<TaggedInput & { readonly TagKeys: readonly string[] }>({
      name: "UntagResource",
      errors: ["AWSOrganizationsNotInUseException", "TargetNotFoundException"],
      input: structure({ "ResourceId!": TAGGABLE_ID, "TagKeys!": TAG_KEYS }),
      asks: (input, call) => withTagKeys(onResource("UntagResource")(input, call), input.TagKeys),
      handle: (call, { ResourceId, TagKeys }) =>
        metadata.writeGlobal(async (tx) => {
          await requireManager(tx, call);
          await requireResource(tx, ResourceId);
          await untag(tx, ResourceId, TagKeys);
          return {};
        }),
    }),
    operation<TaggedInput>({
      name: "ListTagsForResource",
      errors: ["AWSOrganizationsNotInUseException", "TargetNotFoundException"],
      // All of them fit on one page, so there is never a token that could come back.
      input: structure({ "ResourceId!": TAGGABLE_ID, NextToken: string({ max: 0 }) }),
      asks: onResource("ListTagsForResource"),
      handle: (call, { ResourceId }) =>
        metadata.readGlobal(async (tx) => {
          await requireManager(tx, call);
          await requireResource(tx, ResourceId);
          return { Tags: await listTags(tx, ResourceId) };
        }),
    }),
  ];
}

/** Throws TargetNotFoundException. */
async function requireResource(tx: GlobalReader, id: string): Promise<void> {
  if ((await findResource(tx, id)) === undefined) {
    throw new RegistryError("TargetNotFoundException", "You specified a target that doesn't exist.");
  }
}

function findResource(tx: GlobalReader, id: string): Promise<object | undefined> {
  if (id.startsWith("p-")) return findPolicy(tx, id);
  return typeOfId(id) === "ACCOUNT" ? findMember(tx, id) : findUnit(tx, id);
}
