import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { runLongshore } from "../installation.ts";
import { until } from "../patience.ts";
import { run, without } from "../programs.ts";
import { findCli } from "./aws-cli.ts";
import { makeLayout } from "./image-layout.ts";
import { awsEnvironment, type Scene, setScene } from "./scene.ts";

const ACCOUNT = "000000000000";
const PULL = ["ecr:GetAuthorizationToken", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];
const UNKNOWN = /unauthorized|authentication required|Not Authorized|invalid username/i;
const allow = (Action: readonly string[], more: object) =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action, ...more }] });

const cli = findCli(2) ?? findCli(1);

describe("sessions and registry tokens", { skip: cli === undefined ? "not on this machine: aws" : without("skopeo") }, () => {
  let scene: Scene;
  let remote: string;
  let folder: string;
  let ann: Record<string, string>;

  before(async () => {
    scene = await setScene();
    await scene.createRepository("app");
    folder = (await makeLayout(await scene.folder("app"), ["amd64"])).folder;
    remote = `docker://${scene.host}/app`;
    await aws({}, "iam", "create-user", "--user-name", "ann");
    ann = keysOf((await aws({}, "iam", "create-access-key", "--user-name", "ann")).AccessKey);
  });
  after(() => scene[Symbol.asyncDispose]());

  /** As root of the account, or whoever's keys are given. */
  async function aws(keys: Record<string, string>, ...args: string[]): Promise<any> {
    const { AWS_PROFILE, ...rest } = awsEnvironment(scene);
    // A profile that is named wins over keys.
    const env = Object.keys(keys).length === 0 ? { ...rest, AWS_PROFILE: AWS_PROFILE ?? "" } : { ...rest, ...keys };
    const text = await run(cli ?? "", ["--endpoint-url", scene.server.url, "--output", "json", ...args], { env });
    return text.trim().startsWith("{") ? JSON.parse(text) : text.trim();
  }

  const keysOf = (it: Record<string, string>): Record<string, string> => ({
    AWS_ACCESS_KEY_ID: it["AccessKeyId"] ?? "",
    AWS_SECRET_ACCESS_KEY: it["SecretAccessKey"] ?? "",
    AWS_SESSION_TOKEN: it["SessionToken"] ?? "",
  });

  /** A role that ann may assume and that may do all. */
  async function createRole(name: string): Promise<void> {
    const trust = allow(["sts:AssumeRole"], { Principal: { AWS: `arn:aws:iam::${ACCOUNT}:user/ann` } });
    await aws({}, "iam", "create-role", "--role-name", name, "--assume-role-policy-document", trust);
    await putPolicy(name, "all", allow(["ecr:*"], { Resource: "*" }));
  }

  const putPolicy = (role: string, name: string, document: string): Promise<unknown> =>
    aws({}, "iam", "put-role-policy", "--role-name", role, "--policy-name", name, "--policy-document", document);

  /** What ann gets for a session of a role. */
  async function assume(role: string, session: string, ...more: string[]): Promise<Record<string, string>> {
    const asked = ["--role-arn", `arn:aws:iam::${ACCOUNT}:role/${role}`, "--role-session-name", session];
    return keysOf((await aws(ann, "sts", "assume-role", ...asked, ...more)).Credentials);
  }

  const passwordOf = (keys: Record<string, string>): Promise<string> => aws(keys, "ecr", "get-login-password");

  const push = (password: string, tag: string): Promise<string> =>
    run("skopeo", ["copy", "--dest-tls-verify=false", "--dest-creds", `AWS:${password}`, `oci:${folder}:v1`, `${remote}:${tag}`]);
  const pull = (password: string, tag: string): Promise<string> =>
    run("skopeo", ["inspect", "--tls-verify=false", "--creds", `AWS:${password}`, "--raw", `${remote}:${tag}`]);

  /** What another process has written each worker sees, with PostgreSQL, within a second: by then it refuses for good. */
  async function refuses(ask: () => Promise<unknown>, why: RegExp): Promise<void> {
    const isRefused = (): Promise<boolean> =>
      ask().then(
        () => false,
        (error: Error) => why.test(error.message),
      );
    let refusals = 0;
    for (let tries = 0; tries < 200 && refusals < 4; tries++) refusals = (await isRefused()) ? refusals + 1 : 0;
    await assert.rejects(ask(), why);
  }

  test("a user assumes a role, and what that may push and pull ends with it", async () => {
    await createRole("deploy");
    const full = await assume("deploy", "full");
    assert.equal((await aws(full, "sts", "get-caller-identity")).Arn, `arn:aws:sts::${ACCOUNT}:assumed-role/deploy/full`);
    const puller = await assume("deploy", "narrowed", "--policy", allow(PULL, { Resource: "*" }));

    const [all, some] = [await passwordOf(full), await passwordOf(puller)];
    await push(all, "v1");
    assert.match(await pull(some, "v1"), /schemaVersion/);
    await assert.rejects(push(some, "v2"), /denied|403/);

    await aws({}, "iam", "delete-role-policy", "--role-name", "deploy", "--policy-name", "all");
    await refuses(() => pull(all, "v1"), /denied|403/);
    await aws({}, "iam", "delete-role", "--role-name", "deploy");
    await refuses(() => pull(all, "v1"), UNKNOWN);
    await refuses(() => aws(full, "sts", "get-caller-identity"), /InvalidClientTokenId/);
  });

  test("a registry token logs in until it is taken back", async () => {
    const longshore = (...args: string[]) => runLongshore(scene, ["token", ...args]);
    const password = (await longshore("create", "edge-cluster")).trim();
    await push(password, "v3");
    const [id = ""] = (await longshore("list")).split(" ");
    assert.ok(password.startsWith(`${id}_`));
    await longshore("delete", id);
    await refuses(() => pull(password, "v3"), UNKNOWN);
  });

  test("older sessions of a role end by the policy that AWS's console writes for it, and newer ones do not", async () => {
    await createRole("leaked");
    const old = await assume("leaked", "old");
    const password = await passwordOf(old);
    await push(password, "v4");
    // Dates are compared in whole seconds: the next one is after the session's.
    const from_ms = (Math.floor(Date.now() / 1000) + 1) * 1000;
    const Condition = { DateLessThan: { "aws:TokenIssueTime": new Date(from_ms).toISOString() } };
    const Statement = [{ Effect: "Deny", Action: ["*"], Resource: ["*"], Condition }];
    await putPolicy("leaked", "AWSRevokeOlderSessions", JSON.stringify({ Version: "2012-10-17", Statement }));
    await refuses(() => pull(password, "v4"), /denied|403/);
    await refuses(
      () => aws(old, "ecr", "describe-repositories"),
      /AccessDenied.* with an explicit deny in an identity-based policy/,
    );
    await until("the second of the policy has begun", async () => Date.now() >= from_ms);
    const recent = await assume("leaked", "recent");
    assert.match(await pull(await passwordOf(recent), "v4"), /schemaVersion/);
  });

  test("longshore account revoke-sessions ends them at once, with their passwords and tokens, and no session after it", async () => {
    await createRole("exposed");
    const old = await assume("exposed", "old");
    const arn = `arn:aws:iam::${ACCOUNT}:role/exposed`;
    const token = (await runLongshore(scene, ["token", "create", "edge", "--for", arn])).trim();
    const passwords = [await passwordOf(old), token];
    for (const password of passwords) await push(password, "v5");
    const said = await runLongshore(scene, ["account", "revoke-sessions", "role/exposed"]);
    assert.equal(said, `All sessions of ${arn} that began before now have ended, a registry token among them.\n`);
    for (const password of passwords) await refuses(() => pull(password, "v5"), UNKNOWN);
    await refuses(() => aws(old, "sts", "get-caller-identity"), /InvalidClientTokenId/);
    const recent = await assume("exposed", "recent");
    assert.match(await pull(await passwordOf(recent), "v5"), /schemaVersion/);
    assert.equal(
      await runLongshore(scene, ["account", "revoke-sessions", arn]),
      `All sessions of ${arn} that began before now have ended.\n`,
    );
    await refuses(() => aws(recent, "sts", "get-caller-identity"), /InvalidClientTokenId/);
  });
});
