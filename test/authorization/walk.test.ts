import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Call } from "../../server/kernel/call.ts";
import type { Ask, Operation } from "../../server/kernel/operation.ts";
import { ROUTES as OCI_ROUTES } from "../../server/protocols/oci/routes.ts";
import type { Answer } from "../../server/testing/aws-server.ts";
import { rootOf, testCall, testRegistry } from "../../server/testing/call.ts";
import { sampleInput } from "../bad-input/samples.ts";
import { APIS, type Service, SERVICES } from "./aws-request.ts";
import { ECR } from "./expected/ecr.ts";
import type { Expected } from "./expected/expected.ts";
import { IAM } from "./expected/iam.ts";
import { LONGSHORE } from "./expected/longshore.ts";
import { ROUTES } from "./expected/oci.ts";
import { ORGANIZATIONS } from "./expected/organizations.ts";
import { STS, UNSIGNED } from "./expected/sts.ts";
import type { Person } from "./person.ts";
import { type AuthorizationScene, EVERYTHING, openAuthorizationScene, OTHER } from "./scene.ts";

const EXPECTED: Readonly<Record<Service, Expected>> = {
  ecr: ECR,
  iam: IAM,
  longshore: LONGSHORE,
  organizations: ORGANIZATIONS,
  sts: STS,
};
const REPOSITORY = `arn:aws:ecr:us-east-1:${testRegistry.account}:repository/app`;

/** One thing to try: how it is sent, and what has to be allowed for it. */
interface Row {
  readonly asks: readonly Ask[];
  readonly send: (person: Person | undefined) => Promise<Answer>;
  /** To whose account it goes when eve of another one sends it, who may do all there. */
  readonly sentByOther: "the same" | "her own" | "either";
}

/** `<action> <resource>`, as the tables of expected/ have it. */
function describeAsk({ action, resource }: Ask): string {
  const end = resource.replace(/^arn:aws:[a-z]+:[a-z0-9-]*:000000000000:/, "").replace(/\/o-[a-z0-9]{10}\//, "/");
  return `${action} ${end === "repository/app" ? "repository" : end}`;
}

/** What a row of expected/oci.ts means. */
function readAsk(text: string): Ask {
  const [action = "", resource = ""] = text.split(" ");
  const arn = resource === "repository" ? REPOSITORY : resource.replace("repository/", REPOSITORY.replace(/app$/, ""));
  return { action, resource: arn as Ask["resource"] };
}

function asksOf({ asks }: Operation, input: object, call: Call = testCall()): readonly Ask[] {
  return asks === "none" ? [] : asks(input as never, call);
}

/** Statements that allow exactly these. */
function exactly(asks: readonly Ask[]): object[] {
  return asks.map(({ action: Action, resource: Resource }) => ({ Effect: "Allow", Action, Resource }));
}

function cameThrough({ status, text }: Answer): boolean {
  if (status === 401 || status === 403) return false;
  return !/AccessDenied|MissingAuthenticationToken/.test(text);
}

type Expect = (person: Person | undefined, isAllowed: boolean, who: string) => Promise<void>;

async function walk(scene: AuthorizationScene, { asks, send, sentByOther }: Row): Promise<void> {
  const { ann, eve } = scene;
  const expect: Expect = async (person, isAllowed, who) => {
    const answer = await send(person);
    assert.equal(cameThrough(answer), isAllowed, `${who}: ${answer.status} ${answer.text}`);
  };
  await expect(undefined, false, "nobody");
  const isFree = asks.length === 0;
  await scene.allow(ann, []);
  await expect(ann, isFree, "the same account without a policy");
  await scene.allow(ann, exactly(asks));
  await expect(ann, true, "exactly what is asked");
  for (const [at, { action: Action, resource: Resource }] of asks.entries()) {
    await scene.allow(ann, exactly(asks.toSpliced(at, 1)));
    await expect(ann, false, `without ${Action} on ${Resource}`);
    await scene.allow(ann, [EVERYTHING, { Effect: "Deny", Action, Resource }]);
    await expect(ann, false, `everything but ${Action} on ${Resource}`);
    await scene.allow(ann, [{ Effect: "Allow", NotAction: Action, Resource: "*" }]);
    await expect(ann, false, `all actions but ${Action}`);
  }
  if (isFree) return;
  await scene.allow(eve, [EVERYTHING]);
  await expect(eve, sentByOther === "her own", "another account, her side only");
  if (sentByOther === "either") await walkAcross(scene, asks, expect);
}

async function walkAcross(scene: AuthorizationScene, asks: readonly Ask[], expect: Expect): Promise<void> {
  const { eve } = scene;
  const grant = { Principal: { AWS: eve.principal.arn }, Action: "*" };
  await scene.setRepositoryPolicy(grant);
  await expect(
    eve,
    asks.every((it) => it.resource === REPOSITORY),
    "another account, both sides by the repository's policy",
  );
  await scene.allow(eve, []);
  await expect(eve, false, "another account, the repository's side only");
  await scene.setRepositoryPolicy(undefined);
  await scene.setRegistryPolicy(grant);
  await expect(eve, false, "another account, the registry's side only");
  await scene.allow(eve, [EVERYTHING]);
  await expect(
    eve,
    asks.every((it) => it.resource.includes(":repository/")),
    "another account, both sides by the registry's policy",
  );
  await scene.setRegistryPolicy(undefined);
}

/** Whether an input can be sent to another account at all, and if not, whether what it names is of the account of its sender. */
function whereOtherSends(operation: Operation, input: object): Row["sentByOther"] {
  const { members } = operation.input;
  if ("registryId" in members || "resourceArn" in members) return "either";
  const byEve = testCall({ principal: rootOf(OTHER), registry: { ...testRegistry, account: OTHER } });
  const isHers = asksOf(operation, input, byEve).every((it) => !it.resource.includes(testRegistry.account));
  return isHers ? "her own" : "the same";
}

async function open(): Promise<AuthorizationScene> {
  const scene = await openAuthorizationScene();
  await scene.allow(scene.ann, [EVERYTHING]);
  const made = await scene.post(scene.ann, "ecr", "CreateRepository", { repositoryName: "app" });
  assert.equal(made.status, 200, made.text);
  return scene;
}

for (const service of SERVICES) {
  describe(`${service}: nobody comes through with less than what is asked`, () => {
    let scene: AuthorizationScene;
    before(async () => {
      scene = await open();
      scene.stubbed = true;
    });
    after(() => scene[Symbol.asyncDispose]());

    for (const operation of APIS[service].operations) {
      test(operation.name, async () => {
        for (const only of ["all", "required"] as const) {
          const own = "registryId" in operation.input.members ? { registryId: testRegistry.account } : {};
          const input = { ...sampleInput(operation, only), ...own };
          const asks = asksOf(operation, input, testCall({ principal: scene.ann.principal }));
          const sentByOther = whereOtherSends(operation, input);
          await walk(scene, {
            asks,
            sentByOther,
            send: (person) => scene.post(person, service, operation.name, input),
          });
        }
      });
    }
  });
}

describe("routes: nobody comes through with less than what is asked", () => {
  for (const { method, kind } of OCI_ROUTES) {
    test(`${method} ${kind}`, async () => {
      await using scene = await open();
      const row = ROUTES[`${method} ${kind}`];
      assert.ok(row !== undefined, "there is no row for it");
      const send = (person: Person | undefined) => scene.pull(person, method, row.path, row.body);
      await walk(scene, { asks: row.asks.map(readAsk), sentByOther: "either", send });
    });
  }
});

describe("the table has everything, and nothing else", () => {
  for (const service of SERVICES) {
    test(service, () => {
      const { operations } = APIS[service];
      const asked = operations.map((it) => [it.name, asksOf(it, sampleInput(it, "all")).map(describeAsk)]);
      assert.deepEqual(Object.fromEntries(asked), EXPECTED[service]);
      assert.equal(new Set(operations.map((it) => it.name)).size, operations.length);
    });
  }

  test("what is called without a signature", () => {
    const unsigned = Object.values(APIS).flatMap((it) => ("unsigned" in it ? (it.unsigned ?? []) : []));
    assert.deepEqual(unsigned.map((it) => it.name).sort(), UNSIGNED);
  });

  test("routes", () => {
    assert.deepEqual(OCI_ROUTES.map(({ method, kind }) => `${method} ${kind}`).sort(), Object.keys(ROUTES).sort());
    for (const { method, kind, actions } of OCI_ROUTES) {
      const asks = ROUTES[`${method} ${kind}`]?.asks.map((it) => it.split(" ")[0]);
      assert.deepEqual(asks, typeof actions === "string" ? [] : actions, `${method} ${kind}`);
    }
  });
});
