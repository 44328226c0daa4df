import { generateAccessKey, sealSecret } from "../../identity/access-keys.ts";
import type { Call } from "../../kernel/call.ts";
import { type Operation, operation } from "../../kernel/operation.ts";
import { enumeration, structure } from "../../kernel/shape.ts";
import type { IamDeps, IamReader } from "../deps.ts";
import { listPage, PAGE, type PageInput } from "../pages.ts";
import { ACCESS_KEY_ID, EXISTING_USER_NAME, iamArn } from "../shapes.ts";
import {
  accessKeysOf,
  addAccessKey,
  findAccessKeyUse,
  type KeyOwner,
  removeAccessKey,
  setAccessKeyStatus,
} from "./access-key-rows.ts";
import { askUserOrCaller, findUserOrRoot, type UserOrCaller } from "./caller.ts";

interface KeyInput extends UserOrCaller {
  readonly AccessKeyId: string;
}

type Owner = KeyOwner & { readonly name: string | undefined };

/** The user that is meant, or root of the caller's account. */
async function findOwner(tx: IamReader, call: Call, input: UserOrCaller): Promise<Owner> {
  const { account } = call.principal;
  return (await findUserOrRoot(tx, call, input)) ?? { id: account, account, name: undefined };
}

/** What people and programs sign with. A secret is told once, when it is made. */
export function accessKeyOperations(deps: IamDeps): readonly Operation[] {
  const { metadata } = deps;
  return [
    operation<UserOrCaller>({
      name: "CreateAccessKey",
      errors: ["IamLimitExceededException", "NoSuchEntityException", "ValidationException"],
      input: structure({ UserName: EXISTING_USER_NAME }),
      asks: askUserOrCaller("CreateAccessKey"),
      handle: (call, input) => createAccessKey(deps, call, input),
    }),
    operation<UserOrCaller & PageInput>({
      name: "ListAccessKeys",
      errors: ["NoSuchEntityException", "ValidationException"],
      input: structure({ UserName: EXISTING_USER_NAME, ...PAGE }),
      asks: askUserOrCaller("ListAccessKeys"),
      handle: (call, input) => listAccessKeys(deps, call, input),
    }),
    operation<KeyInput & { readonly Status: "Active" | "Inactive" }>({
      name: "UpdateAccessKey",
      errors: ["NoSuchEntityException", "ValidationException"],
      input: structure({
        UserName: EXISTING_USER_NAME,
        "AccessKeyId!": ACCESS_KEY_ID,
        "Status!": enumeration("Active", "Inactive"),
      }),
      asks: askUserOrCaller("UpdateAccessKey"),
      handle: (call, input) =>
        metadata.writeGlobal(async (tx) => {
          await setAccessKeyStatus(tx, await findOwner(tx, call, input), input.AccessKeyId, input.Status);
          return {};
        }),
    }),
    operation<KeyInput>({
      name: "DeleteAccessKey",
      errors: ["NoSuchEntityException", "ValidationException"],
      input: structure({ UserName: EXISTING_USER_NAME, "AccessKeyId!": ACCESS_KEY_ID }),
      asks: askUserOrCaller("DeleteAccessKey"),
      handle: (call, input) =>
        metadata.writeGlobal(async (tx) => {
          await removeAccessKey(tx, await findOwner(tx, call, input), input.AccessKeyId);
          return {};
        }),
    }),
    operation<{ readonly AccessKeyId: string }>({
      name: "GetAccessKeyLastUsed",
      errors: ["NoSuchEntityException"],
      input: structure({ "AccessKeyId!": ACCESS_KEY_ID }),
      // IAM: it acts on the user whose key it is. (Service Authorization Reference)
      asks: ({ AccessKeyId: id }, call) => [
        {
          action: "iam:GetAccessKeyLastUsed",
          resource: iamArn(call, "user/", "*"),
          entity: { kind: "access-key", id },
        },
      ],
      handle: (call, input) => getAccessKeyLastUsed(deps, call, input.AccessKeyId),
    }),
  ];
}

function createAccessKey({ metadata, sealer, clock }: IamDeps, call: Call, input: UserOrCaller): Promise<object> {
  const key = generateAccessKey();
  const sealed = sealSecret(sealer, key);
  const created_ms = clock.now();
  return metadata.writeGlobal(async (tx) => {
    const owner = await findOwner(tx, call, input);
    await addAccessKey(tx, owner, { id: key.accessKeyId, sealed, created_ms });
    return {
      AccessKey: {
        UserName: owner.name,
        AccessKeyId: key.accessKeyId,
        Status: "Active",
        SecretAccessKey: key.secretAccessKey,
        CreateDate: new Date(created_ms),
      },
    };
  });
}

function listAccessKeys(deps: IamDeps, call: Call, input: UserOrCaller & PageInput): Promise<object> {
  return deps.metadata.readGlobal(async (tx) => {
    const owner = await findOwner(tx, call, input);
    const { rows, page } = await listPage(deps, call, input, {
      scope: ["ListAccessKeys", owner.id],
      // There are two.
      list: async (after = "") => (await accessKeysOf(tx, owner)).filter((it) => it.access_key_id > after),
      keyOf: (row) => row.access_key_id,
    });
    const AccessKeyMetadata = rows.map((row) => ({
      UserName: owner.name,
      AccessKeyId: row.access_key_id,
      Status: row.status,
      CreateDate: new Date(row.created_ms),
    }));
    return { AccessKeyMetadata, ...page };
  });
}

async function getAccessKeyLastUsed({ metadata }: IamDeps, call: Call, accessKeyId: string): Promise<object> {
  const use = await metadata.readGlobal((tx) => findAccessKeyUse(tx, call.principal.account, accessKeyId));
  return {
    UserName: use.name ?? undefined,
    AccessKeyLastUsed: {
      LastUsedDate: use.used_ms === null ? undefined : new Date(use.used_ms),
      // IAM: what the answer says of a key that was never used. (API reference, AccessKeyLastUsed)
      ServiceName: use.service ?? "N/A",
      Region: use.region ?? "N/A",
    },
  };
}
