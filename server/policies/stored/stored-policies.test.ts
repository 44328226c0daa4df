import assert from "node:assert/strict";
import { test } from "node:test";
import type { Call, Principal, Session } from "../../kernel/call.ts";
import { type AccountId, type Arn, type RegistryId, repositoryArn } from "../../kernel/names.ts";
import type { Ask } from "../../kernel/operation.ts";
import type { Metadata, Writer } from "../../platform/metadata/metadata.ts";
import { query } from "../../platform/metadata/query.ts";
import type { Schema } from "../../platform/metadata/schema.ts";
import { testCall, testRegistry } from "../../testing/call.ts";
import { fakeClock } from "../../testing/fake-clock.ts";
import { openTestMetadata } from "../../testing/metadata.ts";
import { addEntityRow, addRepositoryRow, changeAccess } from "../../testing/rows.ts";
import { type Authorizer, createAuthorizer } from "../authorizer.ts";

const ACCOUNT = testRegistry.account;
const OTHER: RegistryId = { ...testRegistry, account: "123456789012" as AccountId };
const PULL = "ecr:BatchGetImage";
const USER = { id: "AIDAUSER", account: ACCOUNT, kind: "user", name: "ann" } as const;
const ann: Principal = {
  type: "user",
  account: ACCOUNT,
  arn: `arn:aws:iam::${ACCOUNT}:user/ann` as Arn,
  userId: USER.id,
  entityId: USER.id,
  userName: USER.name,
};
const session: Session = {
  issued_ms: 0,
  expires_ms: 1,
  principalArn: ann.arn,
  policies: [],
  policyArns: [],
  tags: [],
  transitiveTagKeys: [],
  mfa: false,
  origin: "session-token",
};

const pulling = (registry: RegistryId = testRegistry, name = "app"): Ask => ({
  action: PULL,
  resource: repositoryArn(registry, name),
});

/** A policy with one statement. */
function policy(effect: "Allow" | "Deny", action: string, more: object = { Resource: "*" }): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: effect, Action: action, ...more }] });
}
const allowPull = policy("Allow", PULL);

interface Scene extends AsyncDisposable {
  readonly metadata: Metadata;
  readonly authorizer: Authorizer;
  /** Writes, as the operations of IAM and ECR do. */
  add<Table extends keyof Schema>(table: Table, row: Partial<Schema[Table]>): Promise<void>;
  addEntity(row: Parameters<typeof addEntityRow>[1]): Promise<void>;
  addRepository(row: Parameters<typeof addRepositoryRow>[1]): Promise<void>;
  remove(table: keyof Schema): Promise<void>;
  may(principal: Principal, ask: Ask, changes?: Partial<Call>): Promise<boolean>;
}

async function openScene(): Promise<Scene> {
  const clock = fakeClock();
  const metadata = await openTestMetadata(clock);
  const authorizer = createAuthorizer({ metadata, clock });
  const write = (work: (tx: Pick<Writer, "run">) => Promise<unknown>) => changeAccess(metadata, ACCOUNT, work);
  const scene: Scene = {
    metadata,
    authorizer,
    add: (table, row) => {
      const insert = query()((db) => db.insertInto(table).values(row as never));
      return write((tx) => tx.run(insert, {}));
    },
    addEntity: (row) => write((tx) => addEntityRow(tx, row)),
    addRepository: (row) => write((tx) => addRepositoryRow(tx, row)),
    remove: (table) => {
      const empty = query()((db) => db.deleteFrom(table));
      return write((tx) => tx.run(empty, {}));
    },
    async may(principal, ask, changes = {}) {
      const registry = ask.resource.includes(OTHER.account) ? OTHER : testRegistry;
      return (await authorizer.decide(testCall({ registry, principal, ...changes }), ask)).allowed;
    },
    [Symbol.asyncDispose]: () => metadata[Symbol.asyncDispose](),
  };
  await scene.addEntity(USER);
  return scene;
}

const inline = (text: string) => ({ entity_id: USER.id, name: "mine", text });

async function addRepository(scene: Scene, registry: RegistryId, text?: string): Promise<void> {
  const id = registry === OTHER ? 2 : 1;
  await scene.addRepository({ id, ...registry, name: "app" });
  if (text !== undefined) await scene.add("repository_documents", { repository_id: id, kind: "policy", text, updated_ms: 0 });
}

test("a user may do what its own policies allow, and loses it with the policy", async () => {
  await using scene = await openScene();
  assert.equal(await scene.may(ann, pulling()), false);
  await scene.add("inline_policies", inline(allowPull));
  assert.equal(await scene.may(ann, pulling()), true);
  assert.equal(await scene.may(ann, { ...pulling(), action: "ecr:PutImage" }), false);
  await scene.remove("inline_policies");
  assert.equal(await scene.may(ann, pulling()), false);
});

test("a user has the policies of its groups, until it leaves", async () => {
  await using scene = await openScene();
  await scene.add("inline_policies", { entity_id: "AGPAGROUP", name: "ours", text: allowPull });
  assert.equal(await scene.may(ann, pulling()), false);
  await scene.add("group_members", { group_id: "AGPAGROUP", user_id: USER.id });
  assert.equal(await scene.may(ann, pulling()), true);
  await scene.remove("group_members");
  assert.equal(await scene.may(ann, pulling()), false);
});

test("of a managed policy the default version holds; AWS's own are known by their ARNs", async () => {
  const published = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly";
  await using scene = await openScene();
  const arn = `arn:aws:iam::${ACCOUNT}:policy/reader`;
  await scene.add("managed_policies", {
    id: "ANPA1",
    account: ACCOUNT,
    name: "reader",
    name_folded: "reader",
    path: "/",
    arn,
    description: "",
    default_version: "v2",
    next_version: 3,
    created_ms: 0,
    updated_ms: 0,
  });
  await scene.add("policy_versions", { policy_id: "ANPA1", version: "v1", text: allowPull, created_ms: 0 });
  await scene.add("policy_versions", {
    policy_id: "ANPA1",
    version: "v2",
    text: policy("Allow", "ecr:ListImages"),
    created_ms: 0,
  });
  await scene.add("policy_attachments", { entity_id: USER.id, policy_arn: arn, account: ACCOUNT });
  assert.equal(await scene.may(ann, pulling()), false);
  assert.equal(await scene.may(ann, { ...pulling(), action: "ecr:ListImages" }), true);
  await scene.add("policy_attachments", { entity_id: USER.id, policy_arn: published, account: ACCOUNT });
  assert.equal(await scene.may(ann, pulling()), true);
});

test("a boundary limits, and one whose policy is gone allows nothing", async () => {
  await using scene = await openScene();
  await scene.remove("iam_entities");
  await scene.addEntity({ ...USER, boundary_arn: `arn:aws:iam::${ACCOUNT}:policy/gone` });
  await scene.add("inline_policies", inline(policy("Allow", "ecr:*")));
  assert.equal(await scene.may(ann, pulling()), false);
});

test("a repository policy grants within its account, and across accounts only together with the caller's own", async () => {
  await using scene = await openScene();
  const toAnn = policy("Allow", PULL, { Principal: { AWS: ann.arn } });
  await addRepository(scene, testRegistry, toAnn);
  await addRepository(scene, OTHER, toAnn);
  assert.equal(await scene.may(ann, pulling()), true);
  assert.equal(await scene.may(ann, pulling(OTHER)), false);
  await scene.add("inline_policies", inline(allowPull));
  assert.equal(await scene.may(ann, pulling(OTHER)), true);
  await scene.remove("repository_documents");
  assert.equal(await scene.may(ann, pulling(OTHER)), false);
});

test("a repository policy that denies everyone denies root, and the denial says by which kind of policy", async () => {
  await using scene = await openScene();
  await addRepository(scene, testRegistry, policy("Deny", PULL, { Principal: "*" }));
  const { allowed, because } = await scene.authorizer.decide(testCall(), pulling());
  assert.equal(allowed, false);
  assert.equal(because, "with an explicit deny in a resource-based policy");
});

test("the registry's policy reaches every action under scope V2, and under V1 three", async () => {
  await using scene = await openScene();
  const text = policy("Allow", "ecr:*", { Principal: { AWS: ann.arn }, Resource: repositoryArn(testRegistry, "*") });
  await scene.add("registry_documents", { ...testRegistry, kind: "policy", text, updated_ms: 0 });
  const creating: Ask = { ...pulling(), action: "ecr:CreateRepository" };
  assert.deepEqual([await scene.may(ann, pulling()), await scene.may(ann, creating)], [true, true]);
  await scene.add("account_settings", { ...testRegistry, name: "REGISTRY_POLICY_SCOPE", value: "V1" });
  assert.deepEqual([await scene.may(ann, pulling()), await scene.may(ann, creating)], [false, true]);
});

test("conditions see the tags of the caller, of its session and of the repository, and what the request says", async () => {
  await using scene = await openScene();
  const condition = {
    StringEquals: { "ecr:ResourceTag/Team": "${aws:PrincipalTag/team}", "aws:RequestTag/env": "dev" },
    IpAddress: { "aws:SourceIp": "10.0.0.0/8" },
  };
  await scene.add("inline_policies", inline(policy("Allow", PULL, { Resource: "*", Condition: condition })));
  await addRepository(scene, testRegistry);
  await scene.add("resource_tags", { repository_id: 1, key: "Team", value: "one" });
  await scene.add("iam_tags", { resource: USER.id, key: "Team", key_folded: "team", value: "one" });
  const ask: Ask = { ...pulling(), context: { "aws:requesttag/env": ["dev"] } };
  const inside = { origin: { address: "10.1.2.3", secure: true } };
  assert.equal(await scene.may(ann, ask, inside), true);
  assert.equal(await scene.may(ann, ask, { origin: { address: "192.0.2.1", secure: true } }), false);
  assert.equal(await scene.may(ann, pulling(), inside), false);
  const tagged = { ...ann, session: { ...session, tags: [{ key: "team", value: "two" }] } };
  assert.equal(await scene.may(tagged, ask, inside), false);
});

test("a session and a token may do no more than what they were narrowed down to", async () => {
  await using scene = await openScene();
  await scene.add("inline_policies", inline(policy("Allow", "ecr:*")));
  const put: Ask = { ...pulling(), action: "ecr:PutImage" };
  const mayBoth = async (principal: Principal) => [await scene.may(principal, pulling()), await scene.may(principal, put)];
  assert.deepEqual(await mayBoth({ ...ann, session }), [true, true]);
  assert.deepEqual(await mayBoth({ ...ann, session: { ...session, policies: [allowPull] } }), [true, false]);
  assert.deepEqual(await mayBoth({ ...ann, scopePolicy: allowPull }), [true, false]);
  const unknown = { ...session, policyArns: [`arn:aws:iam::${ACCOUNT}:policy/none` as Arn] };
  assert.deepEqual(await mayBoth({ ...ann, session: unknown }), [false, false]);
  const federated: Principal = { ...ann, type: "federated-user", session };
  assert.deepEqual(await mayBoth(federated), [false, false]);
});

test("a user is asked about by its own ARN, however the request spells its name", async () => {
  await using scene = await openScene();
  await scene.add("inline_policies", inline(policy("Allow", "iam:*")));
  await scene.addEntity({ ...USER, id: "AIDAADMIN", name: "Root-Of-All", path: "/admins/" });
  const asked = (name: string): Ask => {
    const resource = `arn:aws:iam::${ACCOUNT}:user/${name}` as Arn;
    return { action: "iam:AttachUserPolicy", resource, entity: { kind: "user", name } };
  };
  assert.equal(await scene.may(ann, asked("ROOT-of-all")), true);
  const byPath = policy("Deny", "iam:*", { Resource: `arn:aws:iam::${ACCOUNT}:user/admins/*` });
  await scene.add("inline_policies", { entity_id: USER.id, name: "not-admins", text: byPath });
  assert.equal(await scene.may(ann, asked("ROOT-of-all")), false);
  assert.equal(await scene.may(ann, asked("ann")), true);
  const refused = scene.authorizer.require(testCall({ principal: ann }), [asked("root-OF-all")]);
  await assert.rejects(refused, /on resource: arn:aws:iam::000000000000:user\/admins\/Root-Of-All with an explicit deny/);
});

test("who is moved is asked about where it will be, and a key as the user who has it", async () => {
  await using scene = await openScene();
  const own = { Resource: `arn:aws:iam::${ACCOUNT}:user/\${aws:username}` };
  await scene.add("inline_policies", inline(policy("Allow", "iam:*", own)));
  const asked = (entity: NonNullable<Ask["entity"]>): Ask => ({
    action: "iam:Anything",
    resource: `arn:aws:iam::${ACCOUNT}:user/*` as Arn,
    entity,
  });
  const moved = (to: { name?: string; path?: string }) => asked({ kind: "user", name: "ANN", moved: to });
  assert.equal(await scene.may(ann, moved({ name: "ann" })), true);
  assert.equal(await scene.may(ann, moved({ path: "/admins/" })), false);
  assert.equal(await scene.may(ann, moved({ name: "bob" })), false);
  const key = { account: ACCOUNT, secret_sealed: new Uint8Array(), status: "Active", created_ms: 0 };
  await scene.add("access_keys", { ...key, access_key_id: "AKIAANN", principal_id: USER.id });
  await scene.add("access_keys", { ...key, access_key_id: "AKIAROOT", principal_id: ACCOUNT });
  const ofKey = (id: string) => asked({ kind: "access-key", id });
  assert.equal(await scene.may(ann, ofKey("AKIAANN")), true);
  assert.equal(await scene.may(ann, ofKey("AKIANOBODY")), false);
  const refused = scene.authorizer.require(testCall({ principal: ann }), [ofKey("AKIAROOT")]);
  await assert.rejects(refused, /on resource: arn:aws:iam::000000000000:root because/);
});

test("conditions on the tags and the boundary of what is administrated are answered from what is stored", async () => {
  await using scene = await openScene();
  const boundary = `arn:aws:iam::${ACCOUNT}:policy/limits` as Arn;
  await scene.addEntity({ ...USER, id: "AIDAVIP", name: "vip", boundary_arn: boundary });
  await scene.addEntity({ ...USER, id: "AROAVIP", kind: "role", name: "vip" });
  for (const resource of ["AIDAVIP", "AROAVIP", `arn:aws:iam::${ACCOUNT}:oidc-provider/issuer.example`]) {
    await scene.add("iam_tags", { resource, key: "Protected", key_folded: "protected", value: "yes" });
  }
  await scene.add("inline_policies", inline(policy("Allow", "iam:*")));
  const deny = (name: string, key: string, value: string) =>
    scene.add("inline_policies", {
      entity_id: USER.id,
      name,
      text: policy("Deny", "*", { Resource: "*", Condition: { StringEquals: { [key]: value } } }),
    });
  const asked = (resource: string): Ask => ({ action: "iam:Do", resource: `arn:aws:iam::${ACCOUNT}:${resource}` as Arn });
  const all = ["user/vip", "user/ann", "role/vip", "oidc-provider/issuer.example", "user/other/vip", "policy/none"];
  const allowed = async () => {
    const answers = await Promise.all(all.map((it) => scene.may(ann, asked(it))));
    return all.filter((_, at) => answers[at]);
  };
  assert.deepEqual(await allowed(), all);
  await deny("boundary", "iam:PermissionsBoundary", boundary);
  assert.deepEqual(await allowed(), all.slice(1));
  const setting = { ...asked("user/vip"), context: { "iam:permissionsboundary": [`${boundary}-other`] } };
  assert.equal(await scene.may(ann, setting), true);
  await deny("tag", "aws:ResourceTag/PROTECTED", "yes");
  assert.deepEqual(await allowed(), ["user/ann", "user/other/vip", "policy/none"]);
  await scene.remove("inline_policies");
  await scene.add(
    "inline_policies",
    inline(policy("Allow", "*", { Resource: "*", Condition: { StringEquals: { "iam:ResourceTag/protected": "yes" } } })),
  );
  assert.deepEqual(await allowed(), ["user/vip", "role/vip", "oidc-provider/issuer.example"]);
});
