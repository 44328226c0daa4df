import type { Call } from "../kernel/call.ts";
import { type Ask, type Operation, operation } from "../kernel/operation.ts";
import { withRequestTags, withTagKeys } from "../kernel/request-tags.ts";
import { type Shape, structure } from "../kernel/shape.ts";
import type { IamDeps, IamReader } from "./deps.ts";
import { listPage, PAGE, type PageInput } from "./pages.ts";
import { TAG_KEYS, TAGS } from "./shapes.ts";
import { type IamTag, listTags, removeTags, type Tagged, viewTag, writeTags } from "./tags.ts";

/** How things of one kind are named in the operations on their tags. */
export interface TaggedKind<Input> {
  /** As in `TagRole`. */
  readonly noun: string;
  /** The members of the input that say which one: `{ "RoleName!": ROLE_NAME }`. */
  readonly members: Readonly<Record<string, Shape>>;
  /** Whether an action may be done to it. */
  readonly asks: (action: string) => (input: Input, call: Call) => readonly Ask[];
  /** Finds it, or throws NoSuchEntityException. */
  readonly find: (tx: IamReader, call: Call, input: Input) => Promise<Tagged>;
  /** Throws when its tags may not be changed. */
  readonly checkChange?: (call: Call, input: Input, tagged: Tagged, action: string) => void;
}

/** `Tag…`, `Untag…` and `List…Tags` of one kind of things. */
export function tagOperations<Input>(deps: IamDeps, kind: TaggedKind<Input>): readonly Operation[] {
  const { noun, members, asks, find } = kind;
  const listName = `List${noun}Tags`;
  const change = (
    action: string,
    call: Call,
    input: Input,
    apply: (tx: Parameters<typeof writeTags>[0], tagged: Tagged) => Promise<void>,
  ) =>
    deps.metadata.writeGlobal(async (tx) => {
      const tagged = await find(tx, call, input);
      kind.checkChange?.(call, input, tagged, action);
      await apply(tx, tagged);
      return {};
    });
  return [
    operation<Input & { readonly Tags: readonly IamTag[] }>({
      name: `Tag${noun}`,
      errors: ["IamLimitExceededException", "InvalidInputException", "NoSuchEntityException"],
      input: structure({ ...members, "Tags!": TAGS }),
      asks: (input, call) => withRequestTags(asks(`Tag${noun}`)(input, call), input.Tags),
      handle: (call, input) => change(`Tag${noun}`, call, input, (tx, tagged) => writeTags(tx, tagged, input.Tags)),
    }),
    operation<Input & { readonly TagKeys: readonly string[] }>({
      name: `Untag${noun}`,
      errors: ["NoSuchEntityException"],
      input: structure({ ...members, "TagKeys!": TAG_KEYS }),
      asks: (input, call) => withTagKeys(asks(`Untag${noun}`)(input, call), input.TagKeys),
      handle: (call, input) => change(`Untag${noun}`, call, input, (tx, tagged) => removeTags(tx, tagged, input.TagKeys)),
    }),
    operation<Input & PageInput>({
      name: listName,
      errors: ["NoSuchEntityException"],
      input: structure({ ...members, ...PAGE }),
      asks: asks(listName),
      handle: (call, input) =>
        deps.metadata.readGlobal(async (tx) => {
          const tagged = await find(tx, call, input);
          const { rows, page } = await listPage(deps, call, input, {
            scope: [listName, tagged.id],
            list: (after, limit) => listTags(tx, tagged, after, limit),
            keyOf: (row) => row.key_folded,
          });
          return { Tags: rows.map(viewTag), ...page };
        }),
    }),
  ];
}
