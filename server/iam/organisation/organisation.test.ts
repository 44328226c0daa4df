import assert from "node:assert/strict";
import { test } from "node:test";
import type { AccountId } from "../../kernel/names.ts";
import { testRegistry } from "../../testing/call.ts";
import { openTestOrganisation, type TestOrganisation } from "../../testing/organisation.ts";
import { accessChanges } from "../access-changes.ts";
import { membershipOf } from "./control-policies.ts";

const manager = testRegistry.account;
const stranger = "999999999999" as AccountId;
const CONTROL = "SERVICE_CONTROL_POLICY";
const DENY = JSON.stringify({ Version: "2012-10-17", Statement: { Effect: "Deny", Action: "ecr:Delete*", Resource: "*" } });

/** An organisation with control policies: a unit in a unit, and an account in it. */
async function openTree() {
  const test = await openTestOrganisation();
  await test.call("CreateOrganization");
  const root = (await test.call("ListRoots")).Roots[0].Id as string;
  await test.call("EnablePolicyType", { RootId: root, PolicyType: CONTROL });
  const outer = await addUnit(test, root, "Workloads");
  const inner = await addUnit(test, outer, "Production");
  const account = await addAccountTo(test, "app", root, inner);
  return { ...test, root, outer, inner, account };
}

async function addUnit(test: TestOrganisation, ParentId: string, Name: string): Promise<string> {
  return (await test.call("CreateOrganizationalUnit", { ParentId, Name })).OrganizationalUnit.Id;
}

async function addAccountTo(test: TestOrganisation, name: string, from: string, to: string): Promise<AccountId> {
  const { CreateAccountStatus } = await test.call("CreateAccount", { AccountName: name, Email: `${name}@example.com` });
  assert.equal(CreateAccountStatus.State, "SUCCEEDED");
  const AccountId = CreateAccountStatus.AccountId as AccountId;
  if (from !== to) await test.call("MoveAccount", { AccountId, SourceParentId: from, DestinationParentId: to });
  return AccountId;
}

const membership = (test: TestOrganisation, account: AccountId) => test.metadata.readGlobal((tx) => membershipOf(tx, account));
const changes = (test: TestOrganisation, account: AccountId) => test.metadata.readGlobal((tx) => accessChanges(tx, account));
const names = async (test: TestOrganisation, TargetId: string) =>
  (await test.call("ListPoliciesForTarget", { TargetId, Filter: CONTROL })).Policies.map((it: { Name: string }) => it.Name);

test("an organisation has a root and the account that manages it, and no control policies at first", async () => {
  await using it = await openTestOrganisation();
  assert.equal((await it.refusal("DescribeOrganization")).name, "AWSOrganizationsNotInUseException");
  const { Organization } = await it.call("CreateOrganization", { FeatureSet: "ALL" });
  assert.match(Organization.Id, /^o-[a-z0-9]{10}$/);
  assert.equal(Organization.MasterAccountArn, `arn:aws:organizations::${manager}:account/${Organization.Id}/${manager}`);
  assert.deepEqual((await it.call("DescribeOrganization")).Organization, Organization);
  const [root] = (await it.call("ListRoots")).Roots;
  assert.match(root.Arn, new RegExp(`^arn:aws:organizations::${manager}:root/${Organization.Id}/r-[a-z0-9]{4}$`));
  assert.deepEqual(root.PolicyTypes, []);
  assert.equal((await membership(it, manager))?.controls, undefined);
  assert.equal((await it.refusal("CreateOrganization")).name, "AlreadyInOrganizationException");
});

test("nobody but the default account makes an organisation, and nobody but its manager sees into it", async () => {
  await using it = await openTestOrganisation();
  assert.equal((await it.refusal("CreateOrganization", {}, stranger)).name, "AccessDeniedException");
  await it.call("CreateOrganization");
  for (const name of ["DescribeOrganization", "ListAccounts", "ListRoots"]) {
    assert.equal((await it.refusal(name, {}, stranger)).name, "AWSOrganizationsNotInUseException");
  }
  const root = (await it.call("ListRoots")).Roots[0].Id;
  const member = await addAccountTo(it, "app", root, root);
  assert.ok(await it.call("DescribeOrganization", {}, member));
  for (const [name, input] of [
    ["ListAccounts", {}],
    ["CreateAccount", { AccountName: "own", Email: "own@example.com" }],
    ["CreateOrganizationalUnit", { ParentId: root, Name: "own" }],
    ["DisablePolicyType", { RootId: root, PolicyType: CONTROL }],
    ["RemoveAccountFromOrganization", { AccountId: member }],
  ] as const) {
    assert.equal((await it.refusal(name, input, member)).name, "AccessDeniedException", name);
  }
});

test("units nest five deep, with names that are unique in their parent", async () => {
  await using it = await openTree();
  const unit = (await it.call("DescribeOrganizationalUnit", { OrganizationalUnitId: it.inner })).OrganizationalUnit;
  const { Id } = (await it.call("DescribeOrganization")).Organization;
  assert.deepEqual(unit, {
    Id: it.inner,
    Arn: `arn:aws:organizations::${manager}:ou/${Id}/${it.inner}`,
    Name: "Production",
    Path: `${Id}/${it.root}/${it.outer}/${it.inner}/`,
  });
  assert.match(it.inner, new RegExp(`^ou-${it.root.slice(2)}-[a-z0-9]{12}$`));
  const again = await it.refusal("CreateOrganizationalUnit", { ParentId: it.outer, Name: "Production" });
  assert.equal(again.name, "DuplicateOrganizationalUnitException");
  let deepest = await addUnit(it, it.inner, "Production");
  for (const name of ["4", "5"]) deepest = await addUnit(it, deepest, name);
  const deeper = await it.refusal("CreateOrganizationalUnit", { ParentId: deepest, Name: "6" });
  assert.equal(deeper.reason, "OU_DEPTH_LIMIT_EXCEEDED");
  const renamed = await it.call("UpdateOrganizationalUnit", { OrganizationalUnitId: deepest, Name: "five" });
  assert.equal(renamed.OrganizationalUnit.Name, "five");
  assert.equal(
    (await it.refusal("DeleteOrganizationalUnit", { OrganizationalUnitId: it.inner })).name,
    "OrganizationalUnitNotEmptyException",
  );
  await it.call("DeleteOrganizationalUnit", { OrganizationalUnitId: deepest });
  assert.equal(
    (await it.refusal("DescribeOrganizationalUnit", { OrganizationalUnitId: deepest })).name,
    "OrganizationalUnitNotFoundException",
  );
});

test("parents and children are told of roots, units and accounts", async () => {
  await using it = await openTree();
  assert.deepEqual((await it.call("ListParents", { ChildId: it.account })).Parents, [
    { Id: it.inner, Type: "ORGANIZATIONAL_UNIT" },
  ]);
  assert.deepEqual((await it.call("ListParents", { ChildId: it.outer })).Parents, [{ Id: it.root, Type: "ROOT" }]);
  assert.equal((await it.refusal("ListParents", { ChildId: stranger })).name, "ChildNotFoundException");
  const children = async (ParentId: string, ChildType: string) =>
    (await it.call("ListChildren", { ParentId, ChildType })).Children.map((one: { Id: string }) => one.Id);
  assert.deepEqual(await children(it.root, "ORGANIZATIONAL_UNIT"), [it.outer]);
  assert.deepEqual(await children(it.root, "ACCOUNT"), [manager]);
  assert.deepEqual(await children(it.inner, "ACCOUNT"), [it.account]);
});

test("lists come in pages, and a token is good for its own list alone", async () => {
  await using it = await openTree();
  for (let index = 0; index < 22; index++) await addUnit(it, it.root, `unit ${String(index).padStart(2, "0")}`);
  const first = await it.call("ListOrganizationalUnitsForParent", { ParentId: it.root });
  assert.equal(first.OrganizationalUnits.length, 20);
  const rest = await it.call("ListOrganizationalUnitsForParent", { ParentId: it.root, NextToken: first.NextToken });
  assert.equal(rest.OrganizationalUnits.length, 3);
  assert.equal(rest.NextToken, undefined);
  const elsewhere = { ParentId: it.outer, NextToken: first.NextToken };
  assert.equal((await it.refusal("ListOrganizationalUnitsForParent", elsewhere)).name, "InvalidInputException");
});

test("an account that is created has a root user without a key and a role for its manager", async () => {
  await using it = await openTree();
  const { Account } = await it.call("DescribeAccount", { AccountId: it.account });
  assert.deepEqual([Account.Name, Account.Email, Account.Status], ["app", "app@example.com", "ACTIVE"]);
  assert.equal(Account.JoinedMethod, "CREATED");
  const twice = (await it.call("CreateAccount", { AccountName: "two", Email: "app@example.com" })).CreateAccountStatus;
  assert.deepEqual([twice.State, twice.FailureReason, twice.AccountId], ["FAILED", "EMAIL_ALREADY_EXISTS", undefined]);
  const status = await it.call("DescribeCreateAccountStatus", { CreateAccountRequestId: twice.Id });
  assert.deepEqual(status.CreateAccountStatus, twice);
  const failed = await it.call("ListCreateAccountStatus", { States: ["FAILED"] });
  assert.deepEqual(failed.CreateAccountStatuses, [twice]);
  assert.deepEqual((await it.call("ListCreateAccountStatus", { States: ["IN_PROGRESS"] })).CreateAccountStatuses, []);
  const email = await it.refusal("CreateAccount", { AccountName: "x", Email: "no address" });
  assert.equal(email.name, "InvalidInputException");
});

test("an account moves from where it is, to somewhere else", async () => {
  await using it = await openTree();
  const move = { AccountId: it.account, SourceParentId: it.inner, DestinationParentId: it.root };
  assert.equal((await it.refusal("MoveAccount", { ...move, SourceParentId: it.outer })).name, "SourceParentNotFoundException");
  const nowhere = "ou-aaaa-aaaaaaaaaaaa";
  assert.equal(
    (await it.refusal("MoveAccount", { ...move, DestinationParentId: nowhere })).name,
    "DestinationParentNotFoundException",
  );
  assert.equal((await it.refusal("MoveAccount", { ...move, DestinationParentId: it.inner })).name, "DuplicateAccountException");
  await it.call("MoveAccount", move);
  assert.deepEqual((await it.call("ListParents", { ChildId: it.account })).Parents, [{ Id: it.root, Type: "ROOT" }]);
});

test("a closed account is nobody's any more, and stays in the organisation", async () => {
  await using it = await openTree();
  const AccountId = it.account;
  await it.call("CloseAccount", { AccountId });
  assert.equal((await it.call("DescribeAccount", { AccountId })).Account.Status, "SUSPENDED");
  assert.equal((await it.refusal("CloseAccount", { AccountId })).name, "AccountAlreadyClosedException");
  assert.equal((await it.refusal("RemoveAccountFromOrganization", { AccountId })).name, "ConstraintViolationException");
  assert.equal((await it.refusal("CloseAccount", { AccountId: manager })).reason, "CANNOT_CLOSE_MANAGEMENT_ACCOUNT");
});

test("the organisation ends when nothing is left in it", async () => {
  await using it = await openTree();
  assert.equal((await it.refusal("DeleteOrganization")).name, "OrganizationNotEmptyException");
  await it.call("RemoveAccountFromOrganization", { AccountId: it.account });
  assert.equal((await it.refusal("DescribeAccount", { AccountId: it.account })).name, "AccountNotFoundException");
  await it.call("DeleteOrganizationalUnit", { OrganizationalUnitId: it.inner });
  await it.call("DeleteOrganizationalUnit", { OrganizationalUnitId: it.outer });
  assert.equal(
    (await it.refusal("RemoveAccountFromOrganization", { AccountId: manager })).name,
    "MasterCannotLeaveOrganizationException",
  );
  await it.call("DeleteOrganization");
  assert.equal(await membership(it, manager), undefined);
  assert.ok(await it.call("CreateOrganization"));
});

test("the policy that allows all is everywhere, and goes where another one takes its place", async () => {
  await using it = await openTree();
  for (const target of [it.root, it.outer, it.inner, it.account, manager]) {
    assert.deepEqual(await names(it, target), ["FullAWSAccess"], target);
  }
  const policy = { Name: "no deletes", Description: "", Type: CONTROL, Content: DENY };
  const { Id, Arn } = (await it.call("CreatePolicy", policy)).Policy.PolicySummary;
  assert.match(Arn, new RegExp(`:policy/o-[a-z0-9]{10}/service_control_policy/${Id}$`));
  const last = await it.refusal("DetachPolicy", { PolicyId: "p-FullAWSAccess", TargetId: it.outer });
  assert.equal(last.reason, "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED");
  const at = { PolicyId: Id, TargetId: it.outer };
  await it.call("AttachPolicy", at);
  assert.equal((await it.refusal("AttachPolicy", at)).name, "DuplicatePolicyAttachmentException");
  assert.deepEqual(await names(it, it.outer), ["FullAWSAccess", "no deletes"]);
  assert.deepEqual((await it.call("ListTargetsForPolicy", { PolicyId: Id })).Targets, [
    {
      TargetId: it.outer,
      Arn: (await it.call("DescribeOrganizationalUnit", { OrganizationalUnitId: it.outer })).OrganizationalUnit.Arn,
      Name: "Workloads",
      Type: "ORGANIZATIONAL_UNIT",
    },
  ]);
  assert.equal((await it.refusal("DeletePolicy", { PolicyId: Id })).name, "PolicyInUseException");
  await it.call("DetachPolicy", { PolicyId: "p-FullAWSAccess", TargetId: it.outer });
  const full = JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] }, null, 2);
  const levels = (await membership(it, it.account))?.controls?.map((level) => level.map(({ text }) => text));
  assert.deepEqual(levels, [[full], [DENY], [full], [full]]);
});

test("what an account's principals are told of the organisation is where it is", async () => {
  await using it = await openTree();
  const { Id } = (await it.call("DescribeOrganization")).Organization;
  const { organisationId, path, isManagementAccount } = (await membership(it, it.account)) ?? assert.fail();
  assert.equal(organisationId, Id);
  assert.equal(path, `${Id}/${it.root}/${it.outer}/${it.inner}/`);
  assert.equal(isManagementAccount, false);
  assert.equal((await membership(it, manager))?.isManagementAccount, true);
  assert.equal(await membership(it, stranger), undefined);
});

test("every change of what reaches an account changes its number", async () => {
  await using it = await openTree();
  const { Id } = (await it.call("CreatePolicy", { Name: "p", Description: "", Type: CONTROL, Content: DENY })).Policy
    .PolicySummary;
  const steps: readonly (readonly [string, object])[] = [
    ["AttachPolicy", { PolicyId: Id, TargetId: it.root }],
    ["UpdatePolicy", { PolicyId: Id, Content: DENY.replace("Delete*", "Put*") }],
    ["DetachPolicy", { PolicyId: Id, TargetId: it.root }],
    ["MoveAccount", { AccountId: it.account, SourceParentId: it.inner, DestinationParentId: it.outer }],
    ["DisablePolicyType", { RootId: it.root, PolicyType: CONTROL }],
    ["EnablePolicyType", { RootId: it.root, PolicyType: CONTROL }],
    ["RemoveAccountFromOrganization", { AccountId: it.account }],
  ];
  for (const [name, input] of steps) {
    const before = await changes(it, it.account);
    await it.call(name, input);
    assert.ok((await changes(it, it.account)) > before, name);
  }
});

test("a policy is refused when it says what such a policy cannot, and AWS's own is never changed", async () => {
  await using it = await openTree();
  const create = (statement: object) =>
    it.refusal("CreatePolicy", { Name: "p", Description: "", Type: CONTROL, Content: JSON.stringify({ Statement: statement }) });
  const bad: readonly object[] = [
    { Effect: "Deny", Action: "*" },
    { Effect: "Deny", Action: "*", Resource: "*", Principal: "*" },
    { Effect: "Perhaps", Action: "*", Resource: "*" },
  ];
  for (const statement of bad) assert.equal((await create(statement)).name, "MalformedPolicyDocumentException");
  const long = { Effect: "Deny", Action: "*", Resource: "x".repeat(10_240) };
  assert.equal((await create(long)).reason, "POLICY_CONTENT_LIMIT_EXCEEDED");
  for (const name of ["UpdatePolicy", "DeletePolicy"]) {
    assert.equal((await it.refusal(name, { PolicyId: "p-FullAWSAccess" })).reason, "IMMUTABLE_POLICY");
  }
  const tags = { Name: "p", Description: "", Type: "TAG_POLICY", Content: DENY };
  assert.equal((await it.refusal("CreatePolicy", tags)).name, "PolicyTypeNotAvailableForOrganizationException");
  assert.equal(
    (await it.refusal("CreatePolicy", { ...tags, Type: CONTROL, Name: "FullAWSAccess" })).name,
    "DuplicatePolicyException",
  );
});

test("without control policies nothing is attached to anything", async () => {
  await using it = await openTree();
  await it.call("DisablePolicyType", { RootId: it.root, PolicyType: CONTROL });
  assert.deepEqual(await names(it, it.account), []);
  const at = { PolicyId: "p-FullAWSAccess", TargetId: it.account };
  assert.equal((await it.refusal("AttachPolicy", at)).name, "PolicyTypeNotEnabledException");
  assert.equal((await membership(it, it.account))?.controls, undefined);
});

test("roots, units, accounts and policies have tags, whose keys differ by case", async () => {
  await using it = await openTree();
  for (const ResourceId of [it.root, it.inner, it.account]) {
    await it.call("TagResource", {
      ResourceId,
      Tags: [
        { Key: "team", Value: "one" },
        { Key: "Team", Value: "two" },
      ],
    });
    await it.call("UntagResource", { ResourceId, TagKeys: ["team"] });
    assert.deepEqual((await it.call("ListTagsForResource", { ResourceId })).Tags, [{ Key: "Team", Value: "two" }]);
  }
  const tag = { ResourceId: it.root, Tags: [{ Key: "aws:x", Value: "" }] };
  assert.equal((await it.refusal("TagResource", tag)).reason, "INVALID_SYSTEM_TAGS_PARAMETER");
  assert.equal((await it.refusal("ListTagsForResource", { ResourceId: stranger })).name, "TargetNotFoundException");
});

test("services that are trusted are listed", async () => {
  await using it = await openTree();
  await it.call("EnableAWSServiceAccess", { ServicePrincipal: "ram.amazonaws.com" });
  const list = async () => (await it.call("ListAWSServiceAccessForOrganization")).EnabledServicePrincipals;
  assert.deepEqual(await list(), [{ ServicePrincipal: "ram.amazonaws.com", DateEnabled: it.clock.now() / 1000 }]);
  await it.call("DisableAWSServiceAccess", { ServicePrincipal: "ram.amazonaws.com" });
  assert.deepEqual(await list(), []);
});
