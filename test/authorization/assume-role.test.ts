import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { assertAlike } from "./alike.ts";
import type { Person } from "./person.ts";
import { type AuthorizationScene, EVERYTHING, openAuthorizationScene } from "./scene.ts";

/** What each way to ask for a session asks for of the caller, where the role trusts its account alone. */
const ASKS: readonly (readonly [input: object, actions: readonly string[]])[] = [
  [{}, ["sts:AssumeRole"]],
  [{ Tags: [{ Key: "team", Value: "one" }] }, ["sts:AssumeRole", "sts:TagSession"]],
  [{ SourceIdentity: "ann" }, ["sts:AssumeRole", "sts:SetSourceIdentity"]],
];

describe("AssumeRole", () => {
  let scene: AuthorizationScene;
  before(async () => {
    scene = await openAuthorizationScene();
  });
  after(() => scene[Symbol.asyncDispose]());

  async function isAllowed(person: Person | undefined, RoleArn: string, input: object): Promise<boolean> {
    const answer = await scene.post(person, "sts", "AssumeRole", { RoleArn, RoleSessionName: "walk", ...input });
    if (answer.status !== 200) assert.match(answer.text, /AccessDenied|MissingAuthenticationToken/);
    return answer.status === 200;
  }
  const allowOn = (Resource: string, Action: readonly string[]) => ({ Effect: "Allow", Action, Resource });

  for (const [index, [input, actions]] of ASKS.entries()) {
    test(`asks for ${actions.join(" and ")}, of both sides`, async () => {
      const { ann, eve } = scene;
      const trusted = { AWS: [ann.principal.account, eve.principal.account] };
      const role = await scene.addRole(`trusting-${index}`, { Principal: trusted, Action: actions });
      const nobodys = await scene.addRole(`lonely-${index}`, { Principal: { AWS: "222222222222" }, Action: actions });
      assert.equal(await isAllowed(undefined, role, input), false);
      for (const who of [ann, eve]) {
        const name = String(who.principal.userName);
        await scene.allow(who, []);
        assert.equal(await isAllowed(who, role, input), false, `${name}: the role's side only`);
        await scene.allow(who, [allowOn(role, actions)]);
        assert.equal(await isAllowed(who, role, input), true, `${name}: both sides`);
        for (const Action of actions) {
          const others = actions.filter((it) => it !== Action);
          if (others.length > 0) await scene.allow(who, [allowOn(role, others)]);
          else await scene.allow(who, []);
          assert.equal(await isAllowed(who, role, input), false, `${name}: all but ${Action}`);
          await scene.allow(who, [EVERYTHING, { Effect: "Deny", Action, Resource: role }]);
          assert.equal(await isAllowed(who, role, input), false, `${name}: everything but ${Action}`);
        }
        await scene.allow(who, [EVERYTHING]);
        assert.equal(await isAllowed(who, nobodys, input), false, `${name}: her side only`);
      }
    });

    test(`needs ${actions.join(" and ")} of the role's own policy, whoever asks`, async () => {
      const { ann, eve } = scene;
      for (const [at, missing] of actions.entries()) {
        const Action = [...actions.filter((it) => it !== missing), "sts:GetCallerIdentity"];
        const Principal = { AWS: [ann.principal.arn, eve.principal.arn] };
        const role = await scene.addRole(`without-${index}-${at}`, { Principal, Action });
        for (const who of [ann, eve]) {
          await scene.allow(who, [EVERYTHING]);
          assert.equal(await isAllowed(who, role, input), false, `${who.principal.userName}: the role lacks ${missing}`);
        }
      }
    });
  }

  test("is refused alike for a role that is there and for one that is not", async () => {
    const { ann, eve } = scene;
    const there = await scene.addRole("alone", { Principal: { AWS: "222222222222" }, Action: "sts:AssumeRole" });
    const rename = (text: string): string => text.replaceAll("alone", "never");
    for (const who of [ann, eve]) {
      await scene.allow(who, [EVERYTHING]);
      const ask = (RoleArn: string) => () => scene.post(who, "sts", "AssumeRole", { RoleArn, RoleSessionName: "walk" });
      await assertAlike(scene, "AssumeRole", { theirs: ask(there), nobodys: ask(rename(there)), rename });
    }
  });

  test("so it is by a token of CI whose provider nobody has registered", async () => {
    const there = await scene.addRole("ci", { Principal: { AWS: "222222222222" }, Action: "sts:AssumeRole" });
    const rename = (text: string): string => text.replaceAll("role/ci", "role/no");
    const encoded = (it: object): string => Buffer.from(JSON.stringify(it)).toString("base64url");
    const WebIdentityToken = `${encoded({ alg: "RS256" })}.${encoded({ iss: "https://token.example.com", sub: "a" })}.AA`;
    const ask = (RoleArn: string) => () =>
      scene.post(undefined, "sts", "AssumeRoleWithWebIdentity", { RoleArn, RoleSessionName: "walk", WebIdentityToken });
    const answer = await assertAlike(scene, "by a token", { theirs: ask(there), nobodys: ask(rename(there)), rename });
    assert.match(answer.text, /InvalidIdentityToken/);
  });
});
