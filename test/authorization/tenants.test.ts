import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Operation } from "../../server/kernel/operation.ts";
import type { Answer } from "../../server/testing/aws-server.ts";
import { testRegistry } from "../../server/testing/call.ts";
import { KNOWN, sampleInput } from "../bad-input/samples.ts";
import { assertAlike } from "./alike.ts";
import { APIS, type Service } from "./aws-request.ts";
import { type AuthorizationScene, EVERYTHING, openAuthorizationScene } from "./scene.ts";

/** What the samples name, which ann's account has and eve's has not, and names as long that nobody has. */
const NAMES = new Map([
  ["bob", "bib"],
  ["developers", "developerz"],
  ["deploy", "deplox"],
  ["push", "pusx"],
  ["token.example.com", "tokex.example.com"],
]);
/** Tells of everybody's keys, as AWS does, whose key ids hold their account. */
const TELLS_ALL = ["GetAccessKeyInfo"];
/** Name nothing that another account could have, or what all accounts have in common. */
const NAME_NOTHING = `
  CreateAccountAlias CreateServiceLinkedRole DeleteAccountAlias DescribeScrub GetAccountAuthorizationDetails
  GetAccountPasswordPolicy GetAccountSummary GetCallerIdentity GetContextKeysForCustomPolicy GetFederationToken
  GetServiceLinkedRoleDeletionStatus GetSessionToken ListAccountAliases ListGroups ListInstanceProfiles
  ListOpenIDConnectProviders ListPolicies ListRegistryTokens ListRoles ListUsers ListVirtualMFADevices
  SimulateCustomPolicy`;
/** Of a list's next page. */
const TOKENS = ["Marker", "NextToken", "nextToken"];
const MAKERS = ["CreateUser", "CreateGroup", "CreateRole", "CreatePolicy", "CreateOpenIDConnectProvider"];

/** Ann's account has one of everything; eve may do all in hers. */
interface Tenants {
  readonly scene: AuthorizationScene;
  readonly theirs: object;
  /** Names what only ann's account has by what nobody has. */
  readonly rename: (text: string) => string;
}

async function openTenants(): Promise<Tenants> {
  const scene = await openAuthorizationScene();
  const { ann, eve } = scene;
  for (const who of [ann, eve]) await scene.allow(who, [EVERYTHING]);
  const make = async (service: Service, name: string, input: object = {}): Promise<string> => {
    const { status, text } = await scene.post(ann, service, name, { ...required(operationOf(service, name)), ...input });
    assert.equal(status, 200, `${name}: ${text}`);
    return text;
  };
  for (const name of MAKERS) await make("iam", name);
  const key = await make("iam", "CreateAccessKey", { UserName: "bob" });
  const AccessKeyId = /AKIA[A-Z0-9]{16}/.exec(key)?.[0] ?? assert.fail(key);
  const { registryToken } = JSON.parse(await make("longshore", "CreateRegistryToken"));
  await scene.allow(ann, []);
  const denied = await scene.post(ann, "ecr", "DescribeRegistry", {});
  await scene.allow(ann, [EVERYTHING]);
  const requestId = String(denied.headers["x-amzn-requestid"]);
  const ids = new Map([
    [AccessKeyId, `AKIA${"A".repeat(16)}`],
    [registryToken.tokenId, String(KNOWN["tokenId"])],
    [requestId, "00000000-0000-4000-8000-000000000000"],
  ]);
  return {
    scene,
    theirs: { AccessKeyId, tokenId: registryToken.tokenId, requestId, EncodedMessage: requestId, principalArn: KNOWN["RoleArn"] },
    rename: (text) => [...NAMES, ...ids].reduce((it, [name, other]) => it.replaceAll(name, other), text),
  };
}

function operationOf(service: Service, name: string): Operation {
  return APIS[service].operations.find((it) => it.name === name) ?? assert.fail(name);
}

const required = (operation: Operation): object => sampleInput(operation, "required");

/** Inputs of an operation that name what ann's account has, as far as it has what they name. */
function inputsOf(operation: Operation, theirs: object): readonly object[] {
  const { members } = operation.input;
  const own = Object.entries(theirs).filter(([name]) => name in members);
  const without = (it: object) => Object.fromEntries(Object.entries(it).filter(([name]) => !TOKENS.includes(name)));
  return (["all", "required"] as const).map((only) => ({
    ...without(sampleInput(operation, only)),
    ...Object.fromEntries(own),
  }));
}

/** How many inputs were tried: as many as name something. */
async function assertNothingTold({ scene, theirs, rename }: Tenants, service: Service, operation: Operation): Promise<number> {
  const naming = inputsOf(operation, theirs).filter((it) => JSON.stringify(it) !== rename(JSON.stringify(it)));
  for (const input of naming) {
    const send = (it: object) => (): Promise<Answer> => scene.post(scene.eve, service, operation.name, it);
    const other = JSON.parse(rename(JSON.stringify(input))) as object;
    const answer = await assertAlike(scene, operation.name, { theirs: send(input), nobodys: send(other), rename });
    assert.ok(!answer.text.includes(testRegistry.account) || answer.status >= 400, answer.text);
  }
  return naming.length;
}

for (const service of ["iam", "sts", "longshore"] as const) {
  describe(`${service} answers for what another account has as for what nobody has`, () => {
    let tenants: Tenants;
    before(async () => {
      tenants = await openTenants();
    });
    after(() => tenants.scene[Symbol.asyncDispose]());

    for (const operation of APIS[service].operations) {
      // Repositories are other-registry.test.ts's.
      if ([...MAKERS, ...TELLS_ALL].includes(operation.name) || "registryId" in operation.input.members) continue;
      test(operation.name, async () => {
        const tried = await assertNothingTold(tenants, service, operation);
        assert.equal(tried === 0, NAME_NOTHING.split(/\s+/).includes(operation.name), "names something");
      });
    }
  });
}

test("a name that another account has can be had again", async () => {
  const { scene } = await openTenants();
  await using _ = scene;
  for (const name of MAKERS) {
    const made = await scene.post(scene.eve, "iam", name, required(operationOf("iam", name)));
    assert.equal(made.status, 200, made.text);
  }
});
