import { accountOfSessionKey } from "../../identity/session-credentials.ts";
import { operation, type Operation } from "../../kernel/operation.ts";
import { structure } from "../../kernel/shape.ts";
import { query } from "../../platform/metadata/query.ts";
import type { IamDeps } from "../deps.ts";
import { ACCESS_KEY_ID } from "./shapes.ts";
import { validationError } from "./validation-error.ts";

const accountOfKey = query<{ accessKeyId: string }>()((db, p) =>
  db.selectFrom("access_keys").select("account").where("access_key_id", "=", p.accessKeyId),
);

/** Whose an access key is, active or not. */
export function getAccessKeyInfo({ metadata }: IamDeps): Operation {
  return operation<{ readonly AccessKeyId: string }>({
    name: "GetAccessKeyInfo",
    errors: ["ValidationException"],
    input: structure({ "AccessKeyId!": ACCESS_KEY_ID }),
    asks: () => [{ action: "sts:GetAccessKeyInfo", resource: "*" }],
    handle: async (_call, { AccessKeyId }) => {
      // Nothing is stored of a session; its key id says the account.
      const ofSession = accountOfSessionKey(AccessKeyId);
      if (ofSession !== undefined) return { Account: ofSession };
      const row = await metadata.readGlobal((tx) => tx.first(accountOfKey, { accessKeyId: AccessKeyId }));
      if (row === undefined) throw validationError(`The access key ${AccessKeyId} does not exist.`);
      return { Account: row.account };
    },
  });
}
