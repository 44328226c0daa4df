import { RegistryError } from "../../kernel/errors.ts";
import { type Operation, operation } from "../../kernel/operation.ts";
import { enumeration, list, structure } from "../../kernel/shape.ts";
import type { AccountRequestRow } from "../../platform/metadata/iam-schema.ts";
import { query } from "../../platform/metadata/query.ts";
import { ROLE_NAME } from "../shapes.ts";
import { andTag, askNothing, askOn } from "./asks.ts";
import { type CreateMemberInput, createMember } from "./create-member.ts";
import type { OrganisationDeps } from "./deps.ts";
import { closeMember, listMembers, listMembersIn, moveMember, presentMember, removeMember, requireAccount } from "./members.ts";
import { type GlobalWriter, requireManager } from "./organisation.ts";
import { type PagingInput, pageOf } from "./paging.ts";
import { ACCOUNT_ID, ACCOUNT_NAME, EMAIL, PAGING, PARENT_ID, REQUEST_ID, TAGS } from "./shapes.ts";
import { findUnit, requireParent } from "./units.ts";

interface AccountInput {
  readonly AccountId: string;
}
interface MoveInput extends AccountInput {
  readonly SourceParentId: string;
  readonly DestinationParentId: string;
}

const requestById = query<{ id: string }>()((db, p) => db.selectFrom("account_requests").selectAll().where("id", "=", p.id));
const requestsAfter = query<{ one: string; other: string; after: string; limit: number }>()((db, p) =>
  db
    .selectFrom("account_requests")
    .selectAll()
    .where("state", "in", [p.one, p.other])
    .where("id", ">", p.after)
    .orderBy("id")
    .limit(p.limit),
);
/** Nothing is ever in progress: an account is there when the answer to its request is. */
const REQUEST_STATES = ["SUCCEEDED", "FAILED"];

const onAccount = (action: string) => askOn(action, (it: AccountInput) => [it.AccountId]);

/** The accounts of the organisation. */
export function memberOperations(deps: OrganisationDeps): readonly Operation[] {
  return [...creatingOperations(deps), ...lookingOperations(deps), ...movingOperations(deps), ...endingOperations(deps)];
}

function creatingOperations(deps: OrganisationDeps): readonly Operation[] {
  const { metadata, clock } = deps;
  return [
    operation<CreateMemberInput>({
      name: "CreateAccount",
      errors: ["AWSOrganizationsNotInUseException", "ConstraintViolationException", "InvalidInputException"],
      input: structure({
        "Email!": EMAIL,
        "AccountName!": ACCOUNT_NAME,
        RoleName: ROLE_NAME,
        // Who may see bills, of which there are none.
        IamUserAccessToBilling: enumeration("ALLOW", "DENY"),
        Tags: TAGS,
      }),
      asks: andTag(askNothing("CreateAccount"), "account"),
      handle: (call, input) =>
        metadata.writeGlobal(async (tx) => {
          const organisation = await requireManager(tx, call);
          return { CreateAccountStatus: presentRequest(await createMember(tx, organisation, input, clock.now())) };
        }),
    }),
    operation<{ readonly CreateAccountRequestId: string }>({
      name: "DescribeCreateAccountStatus",
      errors: ["AWSOrganizationsNotInUseException", "CreateAccountStatusNotFoundException"],
      input: structure({ "CreateAccountRequestId!": REQUEST_ID }),
      asks: askNothing("DescribeCreateAccountStatus"),
      handle: (call, { CreateAccountRequestId: id }) =>
        metadata.readGlobal(async (tx) => {
          await requireManager(tx, call);
          const request = await tx.first(requestById, { id });
          if (request !== undefined) return { CreateAccountStatus: presentRequest(request) };
          throw new RegistryError(
            "CreateAccountStatusNotFoundException",
            "You specified a create account request that doesn't exist.",
          );
        }),
    }),
    operation<PagingInput & { readonly States?: readonly string[] }>({
      name: "ListCreateAccountStatus",
      errors: ["AWSOrganizationsNotInUseException"],
      input: structure({ States: list(enumeration("IN_PROGRESS", "SUCCEEDED", "FAILED"), { max: 3 }), ...PAGING }),
      asks: askNothing("ListCreateAccountStatus"),
      handle: (call, { States, ...paging }) =>
        pageOf(deps, call, paging, "CreateAccountStatuses", {
          scope: ["ListCreateAccountStatus", ...(States ?? [])],
          rows: (tx, after, limit) => {
            const [one = "", other = ""] = REQUEST_STATES.filter((it) => States === undefined || States.includes(it));
            return tx.all(requestsAfter, { one, other, after, limit });
          },
          keyOf: ({ id }) => id,
          present: (_tx, request) => presentRequest(request),
        }),
    }),
  ];
}

function lookingOperations(deps: OrganisationDeps): readonly Operation[] {
  return [
    operation<AccountInput>({
      name: "DescribeAccount",
      errors: ["AWSOrganizationsNotInUseException", "AccountNotFoundException"],
      input: structure({ "AccountId!": ACCOUNT_ID }),
      asks: onAccount("DescribeAccount"),
      handle: (call, { AccountId }) =>
        deps.metadata.readGlobal(async (tx) => {
          const organisation = await requireManager(tx, call);
          return { Account: await presentMember(tx, organisation, await requireAccount(tx, AccountId)) };
        }),
    }),
    operation<PagingInput>({
      name: "ListAccounts",
      errors: ["AWSOrganizationsNotInUseException"],
      input: structure({ ...PAGING }),
      asks: askNothing("ListAccounts"),
      handle: (call, input) =>
        pageOf(deps, call, input, "Accounts", {
          scope: ["ListAccounts"],
          rows: listMembers,
          keyOf: ({ account }) => account,
          present: (tx, member, organisation) => presentMember(tx, organisation, member),
        }),
    }),
    operation<PagingInput & { readonly ParentId: string }>({
      name: "ListAccountsForParent",
      errors: ["AWSOrganizationsNotInUseException", "ParentNotFoundException"],
      input: structure({ "ParentId!": PARENT_ID, ...PAGING }),
      asks: askOn("ListAccountsForParent", (it: { readonly ParentId: string }) => [it.ParentId]),
      handle: (call, input) =>
        pageOf(deps, call, input, "Accounts", {
          scope: ["ListAccountsForParent", input.ParentId],
          rows: async (tx, after, limit) => listMembersIn(tx, (await requireParent(tx, input.ParentId)).id, after, limit),
          keyOf: ({ account }) => account,
          present: (tx, member, organisation) => presentMember(tx, organisation, member),
        }),
    }),
  ];
}

function movingOperations({ metadata }: OrganisationDeps): readonly Operation[] {
  return [
    operation<MoveInput>({
      name: "MoveAccount",
      errors: [
        "AWSOrganizationsNotInUseException",
        "AccountNotFoundException",
        "DestinationParentNotFoundException",
        "DuplicateAccountException",
        "SourceParentNotFoundException",
      ],
      input: structure({ "AccountId!": ACCOUNT_ID, "SourceParentId!": PARENT_ID, "DestinationParentId!": PARENT_ID }),
      asks: askOn("MoveAccount", (it: MoveInput) => [it.AccountId, it.SourceParentId, it.DestinationParentId]),
      handle: (call, { AccountId, SourceParentId, DestinationParentId }) =>
        metadata.writeGlobal(async (tx) => {
          await requireManager(tx, call);
          const { unit_id } = await requireAccount(tx, AccountId);
          if (unit_id !== SourceParentId) {
            throw new RegistryError("SourceParentNotFoundException", "You specified a source parent that doesn't exist.");
          }
          if ((await findUnit(tx, DestinationParentId)) === undefined) {
            throw new RegistryError(
              "DestinationParentNotFoundException",
              "You specified a destination parent that doesn't exist.",
            );
          }
          if (unit_id === DestinationParentId) {
            throw new RegistryError("DuplicateAccountException", "The specified account is already in the destination parent.");
          }
          await moveMember(tx, AccountId, DestinationParentId);
          return {};
        }),
    }),
  ];
}

/** How an account ends, or its part in the organisation, and why that of the managing account and of a closed one cannot. */
interface Ending {
  readonly name: string;
  readonly refuseManager: () => RegistryError;
  readonly refuseClosed: () => RegistryError;
  readonly end: (tx: GlobalWriter, account: string) => Promise<void>;
}

const CLOSE: Ending = {
  name: "CloseAccount",
  refuseManager: () =>
    new RegistryError("ConstraintViolationException", "You can't close the management account of an organization.", {
      Reason: "CANNOT_CLOSE_MANAGEMENT_ACCOUNT",
    }),
  refuseClosed: () => new RegistryError("AccountAlreadyClosedException", "The specified account is already closed."),
  end: closeMember,
};
const REMOVE: Ending = {
  name: "RemoveAccountFromOrganization",
  refuseManager: () =>
    new RegistryError("MasterCannotLeaveOrganizationException", "You can't remove a management account from an organization."),
  // Its row is what keeps its id, and with it what is left in its registries, from whoever asks for that id next.
  refuseClosed: () => new RegistryError("ConstraintViolationException", "You can't remove an account that is closed."),
  end: removeMember,
};

function endingOperations({ metadata }: OrganisationDeps): readonly Operation[] {
  return [CLOSE, REMOVE].map(({ name, refuseManager, refuseClosed, end }) =>
    operation<AccountInput>({
      name,
      errors: ["AWSOrganizationsNotInUseException", "AccountNotFoundException", refuseManager().code, refuseClosed().code],
      input: structure({ "AccountId!": ACCOUNT_ID }),
      asks: onAccount(name),
      handle: (call, { AccountId }) =>
        metadata.writeGlobal(async (tx) => {
          const { manager } = await requireManager(tx, call);
          const { status } = await requireAccount(tx, AccountId);
          if (AccountId === manager) throw refuseManager();
          if (status !== "ACTIVE") throw refuseClosed();
          await end(tx, AccountId);
          return {};
        }),
    }),
  );
}

function presentRequest({ id, name, state, account, failure, requested_ms }: AccountRequestRow): object {
  return {
    Id: id,
    AccountName: name,
    State: state,
    RequestedTimestamp: requested_ms / 1000,
    CompletedTimestamp: requested_ms / 1000,
    AccountId: account ?? undefined,
    FailureReason: failure ?? undefined,
  };
}
