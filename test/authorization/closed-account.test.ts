import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { testRegistry } from "../../server/testing/call.ts";
import { type Service } from "./aws-request.ts";
import type { Person } from "./person.ts";
import { type AuthorizationScene, EVERYTHING, openAuthorizationScene, OTHER } from "./scene.ts";

describe("a closed account", () => {
  const anybody = { Principal: "*", Action: "*" };
  let scene: AuthorizationScene;
  /** Each a way into the account or out of it that was open before; it tells whether it is. */
  const ways: Record<string, () => Promise<boolean>> = {};

  before(async () => {
    scene = await openAuthorizationScene();
    const { ann, eve } = scene;
    for (const who of [ann, eve]) await scene.allow(who, [EVERYTHING]);
    await scene.join();
    const isAnswered = async (answer: Promise<{ readonly status: number }>) => (await answer).status < 400;
    const role = await scene.addRole("shared", anybody, OTHER);
    const call = async (who: Person, service: Service, name: string, input: object): Promise<string> => {
      const { status, text } = await scene.post(who, service, name, input);
      assert.equal(status, 200, text);
      return text;
    };
    const repositoryName = "shared";
    await call(eve, "ecr", "CreateRepository", { repositoryName });
    const policyText = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "ecr:*", Principal: "*" }],
    });
    await call(eve, "ecr", "SetRepositoryPolicy", { repositoryName, policyText });
    await call(ann, "ecr", "CreateRepository", { repositoryName: "app" });
    await scene.setRepositoryPolicy(anybody);
    const password = scene.passwordOf(eve);
    const { password: token } = JSON.parse(await call(eve, "longshore", "CreateRegistryToken", { name: "robot" }));
    const session = sessionIn(await call(eve, "sts", "AssumeRole", { RoleArn: role, RoleSessionName: "before" }));
    const asSession = { ...eve, key: session };
    const list = { repositoryName, registryId: OTHER };
    Object.assign(ways, {
      "its user": () => isAnswered(scene.post(eve, "sts", "GetCallerIdentity", {})),
      "its session": () => isAnswered(scene.post(asSession, "sts", "GetCallerIdentity", {})),
      "its user elsewhere": () =>
        isAnswered(scene.post(eve, "ecr", "ListImages", { repositoryName: "app", registryId: testRegistry.account })),
      "its password": () => isAnswered(scene.pull(password, "GET", "/v2/app/tags/list")),
      "its registry token": () => isAnswered(scene.pull(token, "GET", "/v2/app/tags/list")),
      "its repository": () => isAnswered(scene.post(ann, "ecr", "ListImages", list)),
      "its role": () => isAnswered(scene.post(ann, "sts", "AssumeRole", { RoleArn: role, RoleSessionName: "later" })),
    });
  });
  after(() => scene[Symbol.asyncDispose]());

  test("was open in every way, and is in none", async () => {
    for (const [way, isOpen] of Object.entries(ways)) assert.equal(await isOpen(), true, way);
    const closed = await scene.post(scene.ann, "organizations", "CloseAccount", { AccountId: OTHER });
    assert.equal(closed.status, 200, closed.text);
    for (const [way, isOpen] of Object.entries(ways)) assert.equal(await isOpen(), false, way);
  });

  test("is refused like an account that there never was", async () => {
    const { ann } = scene;
    const texts: string[] = [];
    for (const account of [OTHER, "222222222222"]) {
      const RoleArn = `arn:aws:iam::${account}:role/shared`;
      for (const answer of [
        await scene.post(ann, "ecr", "ListImages", { repositoryName: "shared", registryId: account }),
        await scene.post(ann, "sts", "AssumeRole", { RoleArn, RoleSessionName: "later" }),
      ]) {
        texts.push(answer.text.replaceAll(account, "<account>").replace(/(?<=<RequestId>)[^<]+/, ""));
      }
    }
    assert.deepEqual(texts.slice(0, 2), texts.slice(2));
  });
});

function sessionIn(xml: string) {
  const [accessKeyId = "", secretAccessKey = "", sessionToken = ""] = ["AccessKeyId", "SecretAccessKey", "SessionToken"].map(
    (name) => new RegExp(`<${name}>([^<]+)<`).exec(xml)?.[1],
  );
  return { accessKeyId, secretAccessKey, sessionToken };
}
