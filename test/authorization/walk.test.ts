import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Ask, Operation } from "../../server/kernel/operation.ts";
import { ROUTES as OCI_ROUTES } from "../../server/protocols/oci/routes.ts";
import type { Answer } from "../../server/testing/aws-server.ts";
import { testCall, testRegistry } from "../../server/testing/call.ts";
import { sampleInput } from "../bad-input/samples.ts";
import { operations } from "../parity/page.ts";
import { OPERATIONS, ROUTES } from "./expected.ts";
import { type AuthorizationScene, openAuthorizationScene, type Person } from "./scene.ts";

const REPOSITORIES = `arn:aws:ecr:us-east-1:${testRegistry.account}:repository/`;
const ROLE = `arn:aws:iam::${testRegistry.account}:role/templates`;

/** One thing to try: how it is sent, and what has to be allowed for it. */
interface Row {
  readonly asks: readonly string[];
  readonly send: (person: Person | undefined) => Promise<Answer>;
  /** Can it be sent to another account's registry at all? */
  readonly crosses: boolean;
}

/** `<action> <resource>`, as the tables of expected.ts have it. */
function describeAsk({ action, resource }: Ask): string {
  const short = resource.replace(`${REPOSITORIES}app`, "repository").replace(REPOSITORIES, "repository/").replace(ROLE, "role");
  return `${action} ${short}`;
}

function arnOf(resource: string): string {
  if (resource === "role") return ROLE;
  return resource === "repository" ? `${REPOSITORIES}app` : resource.replace("repository/", REPOSITORIES);
}

function asksOf({ asks }: Operation, input: object): readonly string[] {
  return asks === "none" ? [] : asks(input as never, testCall()).map(describeAsk);
}

/** Statements that allow exactly these. */
function exactly(asks: readonly string[]): object[] {
  return asks.map((ask) => {
    const [Action, resource = ""] = ask.split(" ");
    return { Effect: "Allow", Action, Resource: arnOf(resource) };
  });
}

const EVERYTHING = { Effect: "Allow", Action: "*", Resource: "*" };

function cameThrough({ status, text }: Answer): boolean {
  if (status === 401 || status === 403) return false;
  return !/AccessDenied|MissingAuthenticationToken/.test(text);
}

async function walk(scene: AuthorizationScene, { asks, send, crosses }: Row): Promise<void> {
  const { ann, eve } = scene;
  const grant = { Principal: { AWS: eve.principal.arn }, Action: "*" };
  const expect = async (person: Person | undefined, isAllowed: boolean, who: string) => {
    const answer = await send(person);
    assert.equal(cameThrough(answer), isAllowed, `${who}: ${answer.status} ${answer.text}`);
  };
  await expect(undefined, false, "nobody");
  const isFree = asks.length === 0;
  await scene.allow(ann, []);
  await expect(ann, isFree, "the same account without a policy");
  await scene.allow(ann, exactly(asks));
  await expect(ann, true, "exactly what is asked");
  for (const [at, ask] of asks.entries()) {
    const [Action, resource = ""] = ask.split(" ");
    await scene.allow(ann, exactly(asks.toSpliced(at, 1)));
    await expect(ann, false, `without ${ask}`);
    await scene.allow(ann, [EVERYTHING, { Effect: "Deny", Action, Resource: arnOf(resource) }]);
    await expect(ann, false, `everything but ${ask}`);
    await scene.allow(ann, [{ Effect: "Allow", NotAction: Action, Resource: "*" }]);
    await expect(ann, false, `all actions but ${ask}`);
  }
  if (!crosses || isFree) return;

  await scene.allow(eve, [EVERYTHING]);
  await expect(eve, false, "another account, her side only");
  await scene.setRepositoryPolicy(grant);
  await expect(
    eve,
    asks.every((it) => it.endsWith(" repository")),
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
    asks.every((it) => / repository/.test(it)),
    "another account, both sides by the registry's policy",
  );
  await scene.setRegistryPolicy(undefined);
}

async function open(): Promise<AuthorizationScene> {
  const scene = await openAuthorizationScene();
  await scene.allow(scene.ann, [EVERYTHING]);
  const made = await scene.post(scene.ann, "CreateRepository", { repositoryName: "app" });
  assert.equal(made.status, 200, made.text);
  return scene;
}

describe("nobody comes through with less than what is asked", () => {
  for (const operation of operations) {
    test(operation.name, async () => {
      await using scene = await open();
      scene.stubbed = true;
      const { members } = operation.input;
      const crosses = "registryId" in members || "resourceArn" in members;
      for (const only of ["all", "required"] as const) {
        const own = "registryId" in members ? { registryId: testRegistry.account } : {};
        const input = { ...sampleInput(operation, only), ...own };
        const asks = asksOf(operation, input);
        assert.ok(asks.length > 0, "asks for something");
        await walk(scene, { asks, crosses, send: (person) => scene.post(person, operation.name, input) });
      }
    });
  }

  for (const { method, kind } of OCI_ROUTES) {
    test(`${method} ${kind}`, async () => {
      await using scene = await open();
      const row = ROUTES[`${method} ${kind}`];
      assert.ok(row !== undefined, "there is no row for it");
      await walk(scene, { asks: row.asks, crosses: true, send: (person) => scene.pull(person, method, row.path, row.body) });
    });
  }
});

test("the table has every operation and every route, and nothing else", () => {
  const asked = operations.map((it) => [it.name, asksOf(it, sampleInput(it, "all"))]);
  assert.deepEqual(Object.fromEntries(asked), OPERATIONS);
  assert.deepEqual(OCI_ROUTES.map(({ method, kind }) => `${method} ${kind}`).sort(), Object.keys(ROUTES).sort());
  for (const { method, kind, actions } of OCI_ROUTES) {
    const asks = ROUTES[`${method} ${kind}`]?.asks.map((it) => it.split(" ")[0]);
    assert.deepEqual(asks, typeof actions === "string" ? [] : actions, `${method} ${kind}`);
  }
});

describe("of another account's registry nobody learns what is there", () => {
  const missing = "gone";
  const named = (text: string): string => text.replaceAll(missing, "app");
  /** What does not depend on the answer's own id or on how the request was addressed. */
  const answerOf = ({ status, headers, text }: Answer) => ({
    status,
    text: named(text),
    headers: { ...headers, date: "", "x-amzn-requestid": "", "x-amzn-request-id": "", "docker-distribution-request-id": "" },
  });

  test("an operation answers the same for a repository that is there and for one that is not", async () => {
    await using scene = await open();
    await scene.allow(scene.eve, [EVERYTHING]);
    for (const operation of operations) {
      const { members } = operation.input;
      const input = {
        ...sampleInput(operation, "required"),
        ...("registryId" in members && { registryId: testRegistry.account }),
      };
      if (!asksOf(operation, input).some((it) => it.endsWith(" repository"))) continue;
      if (!("registryId" in members || "resourceArn" in members)) continue;
      const other = JSON.parse(JSON.stringify(input).replaceAll(/\bapp\b/g, missing));
      const [there, gone] = [
        await scene.post(scene.eve, operation.name, input),
        await scene.post(scene.eve, operation.name, other),
      ];
      assert.deepEqual(answerOf({ ...gone, headers: there.headers }), answerOf(there), operation.name);
      assert.match(there.text, /AccessDenied/, operation.name);
    }
  });

  test("so does every route", async () => {
    await using scene = await open();
    await scene.allow(scene.eve, [EVERYTHING]);
    for (const [route, { path, asks, body }] of Object.entries(ROUTES)) {
      if (!asks.some((it) => it.endsWith(" repository"))) continue;
      const [method = ""] = route.split(" ");
      const there = await scene.pull(scene.eve, method, path, body);
      const gone = await scene.pull(scene.eve, method, path.replace("/app/", `/${missing}/`), body);
      assert.deepEqual(answerOf({ ...gone, headers: there.headers }), answerOf(there), route);
      assert.equal(there.status, 403, route);
    }
  });

  test("an upload, a layer and an image of another repository are as good as none", async () => {
    await using scene = await open();
    const { ann, eve } = scene;
    await scene.post(ann, "CreateRepository", { repositoryName: "hers" });
    const started = JSON.parse((await scene.post(ann, "InitiateLayerUpload", { repositoryName: "app" })).text) as {
      uploadId: string;
    };
    await scene.allow(ann, [{ Effect: "Allow", Action: "*", Resource: `${REPOSITORIES}hers` }]);
    await scene.allow(eve, [EVERYTHING]);
    await scene.post(eve, "CreateRepository", { repositoryName: "hers" });
    const unknown = "00000000-0000-4000-8000-000000000000";
    for (const who of [ann, eve]) {
      for (const name of ["UploadLayerPart", "CompleteLayerUpload"]) {
        const operation = operations.find((it) => it.name === name);
        assert.ok(operation !== undefined);
        const input = { ...sampleInput(operation, "required"), repositoryName: "hers" };
        const theirs = await scene.post(who, name, { ...input, uploadId: started.uploadId });
        const none = await scene.post(who, name, { ...input, uploadId: unknown });
        assert.equal(theirs.text.replaceAll(started.uploadId, unknown), none.text, name);
        assert.equal(theirs.status, none.status);
        assert.notEqual(theirs.status, 200);
      }
    }
  });
});
