import assert from "node:assert/strict";
import { test } from "node:test";
import { createIdentity, type Identity } from "../../identity/identity.ts";
import { recordUses, type UseRecorder } from "../../identity/record-uses.ts";
import type { Principal, Session } from "../../kernel/call.ts";
import type { AccountId, Arn, Region } from "../../kernel/names.ts";
import { query } from "../../platform/metadata/query.ts";
import { createAuthenticate } from "../../protocols/oci/authenticate.ts";
import { rootOf } from "../../testing/call.ts";
import { openTestIam, type TestIam } from "../../testing/iam.ts";
import { addAccountRow } from "../../testing/rows.ts";

const account = "000000000000" as AccountId;
const DAY_S = 24 * 60 * 60;
const POLICY = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"ecr:BatchGetImage","Resource":"*"}}';
const TRUST = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"${account}"},"Action":"sts:AssumeRole"}}`;

const rename = query<{ name: string }>()((db, p) => db.updateTable("iam_entities").set({ name: p.name, name_folded: p.name }));

const SESSION: Session = {
  issued_ms: 0,
  expires_ms: Number.MAX_SAFE_INTEGER,
  principalArn: `arn:aws:iam::${account}:role/ci` as Arn,
  policies: [],
  policyArns: [],
  tags: [],
  transitiveTagKeys: [],
  mfa: false,
  origin: "assume-role",
};

interface Scene extends AsyncDisposable {
  readonly iam: TestIam;
  readonly identity: Identity;
  readonly uses: UseRecorder;
  /** The principal that a password stands for, or the code of the refusal. */
  holder(password: string): Promise<any>;
}

async function openScene(): Promise<Scene> {
  const iam = await openTestIam();
  await iam.metadata.writeGlobal((tx) => addAccountRow(tx, account));
  const uses = recordUses({ ...iam, onError: assert.ifError });
  const identity = createIdentity({ ...iam, skew_s: 300, uses });
  return {
    iam,
    identity,
    uses,
    holder: (password) =>
      identity.verifyToken(password).then(
        ({ principal }) => principal,
        ({ code }: { code: string }) => code,
      ),
    async [Symbol.asyncDispose]() {
      await uses[Symbol.asyncDispose]();
      await iam[Symbol.asyncDispose]();
    },
  };
}

async function withAnn() {
  const scene = await openScene();
  const { User } = await scene.iam.call("CreateUser", { UserName: "ann", Path: "/team/" });
  const create = (input: object = {}) =>
    scene.iam.call("CreateRegistryToken", { name: "edge-cluster", principalArn: User.Arn, ...input });
  return { ...scene, User, create, [Symbol.asyncDispose]: () => scene[Symbol.asyncDispose]() };
}

test("a registry token is a password of a user, in every region, and only its hash is kept", async () => {
  await using at = await withAnn();
  const { registryToken, password } = await at.create({ scopePolicy: POLICY });
  assert.match(password, /^lrt_[A-Z2-7]{20}_[\w-]{43}$/);
  const ann = { type: "user", account, arn: at.User.Arn, userId: at.User.UserId, entityId: at.User.UserId, userName: "ann" };
  assert.deepEqual(await at.holder(password), { ...ann, scopePolicy: POLICY });
  const header = `Basic ${Buffer.from(`AWS:${password}`).toString("base64")}`;
  for (const region of ["us-east-1", "eu-central-1"] as Region[]) {
    assert.equal((await createAuthenticate(at.identity)(header, region)).principal.arn, at.User.Arn);
  }
  const listed = await at.iam.call("ListRegistryTokens");
  assert.deepEqual(listed, { registryTokens: [registryToken], nextToken: undefined });
  assert.ok(!JSON.stringify(listed).includes(password.slice(-43)));
});

test("a token lives for ninety days, or for as long as was said", async () => {
  await using at = await withAnn();
  const [usual, short] = [await at.create(), await at.create({ validForSeconds: 3_600 })];
  at.iam.clock.advance(3_600_000 - 1);
  assert.equal((await at.holder(short.password)).userName, "ann");
  at.iam.clock.advance(1);
  assert.equal(await at.holder(short.password), "ExpiredTokenException");
  at.iam.clock.advance((90 * DAY_S - 3_600) * 1000 - 1);
  assert.equal((await at.holder(usual.password)).userName, "ann");
  at.iam.clock.advance(1);
  assert.equal(await at.holder(usual.password), "ExpiredTokenException");
});

test("when a token was last used is told, and of one that never was it is not", async () => {
  await using at = await withAnn();
  const [used, other] = [await at.create(), await at.create()];
  const lastUses = async () => {
    await at.uses.flush();
    const { registryTokens } = await at.iam.call("ListRegistryTokens");
    return Object.fromEntries(registryTokens.map((it: any) => [it.tokenId, it.lastUsedAt]));
  };
  await at.holder(`${used.password.slice(0, -1)}~`);
  await at.holder(`${used.password.slice(0, 24)}_${"A".repeat(43)}`);
  assert.deepEqual(await lastUses(), { [used.registryToken.tokenId]: undefined, [other.registryToken.tokenId]: undefined });
  at.iam.clock.advance(5_000);
  await at.holder(used.password);
  assert.equal((await lastUses())[used.registryToken.tokenId], at.iam.clock.now() / 1000);
});

test("a token of a role is a use of the role too", async () => {
  await using at = await openScene();
  const { Role } = await at.iam.call("CreateRole", { RoleName: "puller", AssumeRolePolicyDocument: TRUST });
  const { password } = await at.iam.call("CreateRegistryToken", { name: "edge", principalArn: Role.Arn });
  await at.holder(password);
  await at.uses.flush();
  const { RoleLastUsed } = (await at.iam.call("GetRole", { RoleName: "puller" })).Role;
  assert.deepEqual(RoleLastUsed, { LastUsedDate: new Date(at.iam.clock.now()), Region: undefined });
});

test("a token that is deleted is out at once", async () => {
  await using at = await withAnn();
  const { registryToken, password } = await at.create();
  assert.equal((await at.holder(password)).userName, "ann");
  await at.iam.call("DeleteRegistryToken", { tokenId: registryToken.tokenId });
  assert.equal(await at.holder(password), "NotAuthorizedException");
  const again = await at.iam.refusal("DeleteRegistryToken", { tokenId: registryToken.tokenId });
  assert.equal(again.name, "NoSuchEntity");
});

test("a token ends with its user, and a user that was made again does not get it back", async () => {
  await using at = await withAnn();
  const { password } = await at.create();
  assert.equal((await at.holder(password)).userName, "ann");
  await at.iam.call("DeleteUser", { UserName: "ann" });
  assert.equal(await at.holder(password), "NotAuthorizedException");
  await at.iam.call("CreateUser", { UserName: "ann", Path: "/team/" });
  assert.equal(await at.holder(password), "NotAuthorizedException");
});

test("a token bears the present name of its user", async () => {
  await using at = await withAnn();
  const { password } = await at.create();
  await at.iam.metadata.writeGlobal((tx) => tx.run(rename, { name: "bea" }));
  assert.equal((await at.holder(password)).arn, `arn:aws:iam::${account}:user/team/bea`);
});

test("whatever differs from a password is none", async () => {
  await using at = await withAnn();
  const [one, two] = [(await at.create()).password as string, (await at.create()).password as string];
  const wrong = [
    one.slice(0, -1),
    `${one}A`,
    `${one.slice(0, 25)}${two.slice(25)}`,
    one.slice(0, -1) + (one.endsWith("A") ? "B" : "A"),
    one.toLowerCase(),
    "lrt_",
    `lrt_${"A".repeat(20)}_${"A".repeat(43)}`,
  ];
  for (const password of wrong) assert.equal(await at.holder(password), "NotAuthorizedException", password);
});

test("a role's token is a session of the role under the token's name, and ends when its sessions are revoked", async () => {
  await using at = await openScene();
  const { Role } = await at.iam.call("CreateRole", { RoleName: "puller", Path: "/", AssumeRolePolicyDocument: TRUST });
  const { password } = await at.iam.call("CreateRegistryToken", { name: "edge", principalArn: Role.Arn });
  const holder = await at.holder(password);
  assert.equal(holder.arn, `arn:aws:sts::${account}:assumed-role/puller/edge`);
  assert.equal(holder.userId, `${Role.RoleId}:edge`);
  assert.equal(holder.session.principalArn, Role.Arn);
  await at.iam.call("RevokeSessions", { principalArn: Role.Arn });
  assert.equal(await at.holder(password), "NotAuthorizedException");
  assert.deepEqual((await at.iam.call("ListRegistryTokens")).registryTokens, []);
  const next = await at.iam.call("CreateRegistryToken", { name: "edge", principalArn: Role.Arn });
  assert.equal((await at.holder(next.password)).session.principalArn, Role.Arn);
});

test("without a principal a token is its maker's; a session's is its role's", async () => {
  await using at = await openScene();
  const root = await at.iam.call("CreateRegistryToken", { name: "mine" });
  assert.equal(root.registryToken.principalArn, `arn:aws:iam::${account}:root`);
  assert.equal((await at.holder(root.password)).type, "root");
  const { Role } = await at.iam.call("CreateRole", { RoleName: "ci", Path: "/x/", AssumeRolePolicyDocument: TRUST });
  const session = { ...SESSION, principalArn: Role.Arn };
  const principal = { ...rootOf(account), type: "assumed-role", entityId: Role.RoleId, session } as Principal;
  const made = await at.iam.call("CreateRegistryToken", { name: "ci" }, { principal });
  assert.equal(made.registryToken.principalArn, Role.Arn);
});

test("only root makes tokens for root, and nobody makes them for who is not there or of another account", async () => {
  await using at = await withAnn();
  const principal: Principal = { ...rootOf(account), type: "user", arn: at.User.Arn as Arn, entityId: at.User.UserId };
  const refusal = async (principalArn: string, changes = {}) =>
    (await at.iam.refusal("CreateRegistryToken", { name: "some", principalArn }, changes)).name;
  assert.equal(await refusal(`arn:aws:iam::${account}:root`, { principal }), "AccessDeniedException");
  for (const arn of [
    `arn:aws:iam::${account}:user/ann`,
    `arn:aws:iam::${account}:user/team/bob`,
    "arn:aws:iam::111111111111:user/team/ann",
    `arn:aws:sts::${account}:federated-user/ann`,
  ]) {
    assert.equal(await refusal(arn), "NoSuchEntity", arn);
  }
});

test("who holds less than its principal makes no tokens, which would hold more", async () => {
  await using at = await withAnn();
  const ann: Principal = { ...rootOf(account), type: "user", arn: at.User.Arn, entityId: at.User.UserId, userName: "ann" };
  const narrow: Partial<Session>[] = [
    { origin: "session-token" },
    { origin: "federation-token" },
    { policies: [POLICY] },
    { policyArns: ["arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly" as Arn] },
  ];
  for (const changes of narrow) {
    for (const principal of [ann, rootOf(account)]) {
      const call = { principal: { ...principal, session: { ...SESSION, ...changes } } };
      for (const input of [{}, { principalArn: at.User.Arn }]) {
        const refused = await at.iam.refusal("CreateRegistryToken", { name: "more", ...input }, call);
        assert.equal(refused.name, "AccessDeniedException", JSON.stringify(changes));
      }
    }
  }
  assert.deepEqual((await at.iam.call("ListRegistryTokens")).registryTokens, []);
});

test("what is no policy cannot narrow a token, and a principal has so many tokens only", async () => {
  await using at = await withAnn();
  const refused = await at.iam.refusal("CreateRegistryToken", { name: "some", principalArn: at.User.Arn, scopePolicy: "{}" });
  assert.equal(refused.name, "MalformedPolicyDocument");
  for (let number = 0; number < 50; number++) await at.create({ name: `token-${number}` });
  const input = { name: "one-more", principalArn: at.User.Arn };
  assert.equal((await at.iam.refusal("CreateRegistryToken", input)).name, "LimitExceededException");
});

test("tokens are listed in pages, each account's own", async () => {
  await using at = await withAnn();
  for (const name of ["aa", "bb", "cc"]) await at.create({ name });
  const first = await at.iam.call("ListRegistryTokens", { maxResults: 2 });
  const second = await at.iam.call("ListRegistryTokens", { maxResults: 2, nextToken: first.nextToken });
  const names = [...first.registryTokens, ...second.registryTokens].map((it: { name: string }) => it.name);
  assert.deepEqual([names.toSorted(), second.nextToken], [["aa", "bb", "cc"], undefined]);
  const other = { principal: rootOf("111111111111") };
  assert.deepEqual((await at.iam.call("ListRegistryTokens", {}, other)).registryTokens, []);
  const theirs = await at.iam.refusal("DeleteRegistryToken", { tokenId: first.registryTokens[0].tokenId }, other);
  assert.equal(theirs.name, "NoSuchEntity");
});
