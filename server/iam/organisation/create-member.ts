import { addAccount } from "../../identity/create-account.ts";
import type { AccountId, Arn } from "../../kernel/names.ts";
import type { AccountRequestRow } from "../../platform/metadata/iam-schema.ts";
import { query } from "../../platform/metadata/query.ts";
import { addEntity } from "../entities.ts";
import { generateRequestId } from "./ids.ts";
import { ACCOUNT_REQUEST_DAYS, ACCOUNTS_MAX } from "./limits.ts";
import { addMember, countMembers, isEmailTaken, unusedAccountId } from "./members.ts";
import type { GlobalReader, GlobalWriter, Organisation } from "./organisation.ts";
import { addTags, type Tag } from "./tags.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const SESSION_S_MAX_DEFAULT = 3_600;
/** AWS: by which the managing account comes into an account that it has made. (API reference, CreateAccount) */
const ACCESS_ROLE = "OrganizationAccountAccessRole";
const ADMINISTRATOR_ACCESS = {
  name: "AdministratorAccess",
  text: JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] }),
};

const insertRequest = query<AccountRequestRow>()((db, p) =>
  db.insertInto("account_requests").values({
    id: p.id,
    name: p.name,
    state: p.state,
    account: p.account,
    failure: p.failure,
    requested_ms: p.requested_ms,
  }),
);
const deleteRequestsBefore = query<{ before_ms: number }>()((db, p) =>
  db.deleteFrom("account_requests").where("requested_ms", "<", p.before_ms),
);
const insertInlinePolicy = query<{ entity: string; name: string; text: string }>()((db, p) =>
  db.insertInto("inline_policies").values({ entity_id: p.entity, name: p.name, text: p.text }),
);

export interface CreateMemberInput {
  readonly Email: string;
  readonly AccountName: string;
  readonly RoleName?: string;
  readonly Tags?: readonly Tag[];
}

/**
 * Makes an account in the root of the organisation, with a role by which the managing account comes in. Like AWS, it tells by
 * the status of the request why there is none: a taken email, too many accounts. Throws InvalidInputException for its tags.
 */
export async function createMember(
  tx: GlobalWriter,
  organisation: Organisation,
  { Email, AccountName, RoleName = ACCESS_ROLE, Tags = [] }: CreateMemberInput,
  now_ms: number,
): Promise<AccountRequestRow> {
  await tx.run(deleteRequestsBefore, { before_ms: now_ms - ACCOUNT_REQUEST_DAYS * DAY_MS });
  const failure = await failureOf(tx, Email);
  const account = failure === null ? await unusedAccountId(tx) : null;
  const [id, state] = [generateRequestId(), failure === null ? "SUCCEEDED" : "FAILED"];
  const request = { id, name: AccountName, state, account, failure, requested_ms: now_ms };
  await tx.run(insertRequest, request);
  if (account === null) return request;
  const { rootId: unit, controls, manager } = organisation;
  await addAccount(tx, account, now_ms);
  await addMember(tx, controls, { account, unit, name: AccountName, email: Email, joined_method: "CREATED", now_ms });
  await addTags(tx, account, Tags);
  await addAccessRole(tx, account, { manager, name: RoleName, now_ms });
  return request;
}

async function failureOf(tx: GlobalReader, email: string): Promise<string | null> {
  if (await isEmailTaken(tx, email)) return "EMAIL_ALREADY_EXISTS";
  return (await countMembers(tx)) >= ACCOUNTS_MAX ? "ACCOUNT_LIMIT_EXCEEDED" : null;
}

async function addAccessRole(
  tx: GlobalWriter,
  account: AccountId,
  { manager, name, now_ms }: { readonly manager: AccountId; readonly name: string; readonly now_ms: number },
): Promise<void> {
  const Principal = { AWS: `arn:aws:iam::${manager}:root` as Arn };
  const trust = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal, Action: "sts:AssumeRole" }] };
  const role = {
    kind: "role",
    name,
    path: "/",
    trust_policy: JSON.stringify(trust),
    session_s_max: SESSION_S_MAX_DEFAULT,
  } as const;
  const { id } = await addEntity(tx, account, role, now_ms);
  await tx.run(insertInlinePolicy, { entity: id, ...ADMINISTRATOR_ACCESS });
}
