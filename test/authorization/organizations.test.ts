import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { testRegistry } from "../../server/testing/call.ts";
import { sampleInput } from "../bad-input/samples.ts";
import { assertAlike } from "./alike.ts";
import { APIS } from "./aws-request.ts";
import { type AuthorizationScene, EVERYTHING, openAuthorizationScene } from "./scene.ts";

/** What an account may ask that is in the organisation and does not manage it. */
const FOR_MEMBERS = ["DescribeOrganization"];
/** What an account may ask that is in none. */
const FOR_STRANGERS = ["CreateOrganization"];

describe("of the organisation the account that manages it alone hears and changes anything", () => {
  let scene: AuthorizationScene;
  let member: string;
  before(async () => {
    scene = await openAuthorizationScene();
    for (const who of [scene.ann, scene.eve]) await scene.allow(who, [EVERYTHING]);
    const call = async (name: string, input: object): Promise<any> => {
      const { status, text } = await scene.post(scene.ann, "organizations", name, input);
      assert.equal(status, 200, text);
      return JSON.parse(text);
    };
    await call("CreateOrganization", {});
    const { CreateAccountStatus } = await call("CreateAccount", { AccountName: "member", Email: "member@example.com" });
    member = CreateAccountStatus.AccountId;
  });
  after(() => scene[Symbol.asyncDispose]());

  for (const operation of APIS.organizations.operations) {
    const input = sampleInput(operation, "required");
    test(`${operation.name} is refused to whoever is not in it`, async () => {
      if (FOR_STRANGERS.includes(operation.name)) return;
      const rename = (text: string): string => text.replaceAll(member, "222222222222");
      const send = (id: string) => () =>
        scene.post(scene.eve, "organizations", operation.name, {
          ...input,
          ...Object.fromEntries(
            ["AccountId", "ChildId", "TargetId", "ResourceId"].filter((it) => it in input).map((it) => [it, id]),
          ),
        });
      const pair = { theirs: send(member), nobodys: send("222222222222"), rename };
      assert.match((await assertAlike(scene, operation.name, pair)).text, /AWSOrganizationsNotInUseException/);
    });
  }

  test("to those who are in it, but for what organisation that is", async () => {
    await using at = await openAuthorizationScene();
    const { ann, eve } = at;
    for (const who of [ann, eve]) await at.allow(who, [EVERYTHING]);
    await at.join();
    for (const operation of APIS.organizations.operations) {
      if (FOR_STRANGERS.includes(operation.name)) continue;
      const { status, text } = await at.post(eve, "organizations", operation.name, sampleInput(operation, "required"));
      if (FOR_MEMBERS.includes(operation.name)) assert.equal(status, 200, text);
      else assert.match(text, /AccessDeniedException/, operation.name);
    }
    assert.equal((await at.post(ann, "organizations", "ListRoots", {})).status, 200);
    assert.equal(ann.principal.account, testRegistry.account);
  });
});
