import { RegistryError } from "../../kernel/errors.ts";
import { operation, type Operation } from "../../kernel/operation.ts";
import { structure } from "../../kernel/shape.ts";
import { openAuthorizationMessage } from "../../policies/authorization-message.ts";
import type { IamDeps } from "../deps.ts";
import { ENCODED_MESSAGE } from "./shapes.ts";

/** Why a request was denied, out of the message that the denial carried. */
export function decodeAuthorizationMessage({ sealer }: IamDeps): Operation {
  return operation<{ readonly EncodedMessage: string }>({
    name: "DecodeAuthorizationMessage",
    errors: ["InvalidAuthorizationMessageException"],
    input: structure({ "EncodedMessage!": ENCODED_MESSAGE }),
    asks: () => [{ action: "sts:DecodeAuthorizationMessage", resource: "*" }],
    handle: async ({ principal }, { EncodedMessage }) => {
      const decoded = openAuthorizationMessage(sealer, principal.account, EncodedMessage);
      if (decoded !== undefined) return { DecodedMessage: decoded };
      throw new RegistryError("InvalidAuthorizationMessageException", "Invalid encoded authorization message.");
    },
  });
}
