import { type Operation, operation } from "../kernel/operation.ts";
import { structure } from "../kernel/shape.ts";
import { attachPolicy, detachPolicy, listAttachments, viewAttachment } from "./attachments.ts";
import type { IamDeps, IamWriter } from "./deps.ts";
import type { IamEntityRow } from "../platform/metadata/iam-schema.ts";
import type { EntityKind } from "./entities.ts";
import { type EntityInput, entityWords } from "./entity-kinds.ts";
import { listPage, PAGE, type PageInput } from "./pages.ts";
import { ARN, PATH_PREFIX } from "./shapes.ts";

interface AttachmentInput extends EntityInput {
  readonly PolicyArn: string;
}

interface ListInput extends EntityInput, PageInput {
  readonly PathPrefix?: string;
}

const ATTACH_ERRORS = [
  "IamLimitExceededException",
  "InvalidInputException",
  "NoSuchEntityException",
  "PolicyNotAttachableException",
  "ValidationException",
] as const;

/** `Attach…Policy`, `Detach…Policy` and `ListAttached…Policies` of users, groups or roles. */
export function attachmentOperations(deps: IamDeps, kind: EntityKind): readonly Operation[] {
  const { metadata } = deps;
  const { noun, named, asks, find, findToChange, changeErrors } = entityWords(kind);
  type Change = (tx: IamWriter, entity: IamEntityRow, policyArn: string) => Promise<void>;
  const change = (name: string, errors: Operation["errors"], apply: Change): Operation =>
    operation<AttachmentInput>({
      name,
      errors: [...changeErrors, ...errors],
      input: structure({ ...named, "PolicyArn!": ARN }),
      // IAM: a condition can say which policies may be attached. (IAM User Guide, iam:PolicyARN)
      asks: (input, call) => asks(name)(input, call).map((it) => ({ ...it, context: { "iam:policyarn": [input.PolicyArn] } })),
      handle: (call, input) =>
        metadata.writeGlobal(async (tx) => {
          await apply(tx, await findToChange(tx, call, input), input.PolicyArn);
          return {};
        }),
    });
  const listName = `ListAttached${noun}Policies`;
  return [
    change(`Attach${noun}Policy`, ATTACH_ERRORS, attachPolicy),
    change(`Detach${noun}Policy`, ["NoSuchEntityException"], detachPolicy),
    operation<ListInput>({
      name: listName,
      errors: ["NoSuchEntityException"],
      input: structure({ ...named, PathPrefix: PATH_PREFIX, ...PAGE }),
      asks: asks(listName),
      handle: (call, input) =>
        metadata.readGlobal(async (tx) => {
          const entity = await find(tx, call, input);
          const { PathPrefix } = input;
          const { rows, page } = await listPage(deps, call, input, {
            scope: [listName, entity.id, PathPrefix],
            list: (after, limit) => listAttachments(tx, entity, { after, limit, pathPrefix: PathPrefix }),
            keyOf: (arn) => arn,
          });
          return { AttachedPolicies: rows.map(viewAttachment), ...page };
        }),
    }),
  ];
}
