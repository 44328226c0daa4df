import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { runLongshore } from "../installation.ts";
import { run, without } from "../programs.ts";
import { findCli } from "./aws-cli.ts";
import { makeLayout } from "./image-layout.ts";
import { awsEnvironment, type Scene, setScene } from "./scene.ts";

const ACCOUNT = "000000000000";
const ROLE = `arn:aws:iam::${ACCOUNT}:role/deploy`;
const PULL = ["ecr:GetAuthorizationToken", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];
const allow = (Action: readonly string[], more: object) =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action, ...more }] });

const cli = findCli(2) ?? findCli(1);

describe("sessions and registry tokens", { skip: cli === undefined ? "not on this machine: aws" : without("skopeo") }, () => {
  let scene: Scene;
  let remote: string;
  let folder: string;

  before(async () => {
    scene = await setScene();
    await scene.createRepository("app");
    folder = (await makeLayout(await scene.folder("app"), ["amd64"])).folder;
    remote = `docker://${scene.host}/app`;
    await aws({}, "iam", "create-user", "--user-name", "ann");
    const trust = allow(["sts:AssumeRole"], { Principal: { AWS: `arn:aws:iam::${ACCOUNT}:user/ann` } });
    await aws({}, "iam", "create-role", "--role-name", "deploy", "--assume-role-policy-document", trust);
    const policy = allow(["ecr:*"], { Resource: "*" });
    await aws({}, "iam", "put-role-policy", "--role-name", "deploy", "--policy-name", "all", "--policy-document", policy);
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
    const { AccessKey } = await aws({}, "iam", "create-access-key", "--user-name", "ann");
    const assume = ["sts", "assume-role", "--role-arn", ROLE, "--role-session-name"];
    const full = keysOf((await aws(keysOf(AccessKey), ...assume, "full")).Credentials);
    assert.equal((await aws(full, "sts", "get-caller-identity")).Arn, `arn:aws:sts::${ACCOUNT}:assumed-role/deploy/full`);
    const narrowed = [...assume, "narrowed", "--policy", allow(PULL, { Resource: "*" })];
    const puller = keysOf((await aws(keysOf(AccessKey), ...narrowed)).Credentials);
    const passwordOf = (keys: Record<string, string>): Promise<string> => aws(keys, "ecr", "get-login-password");

    const [all, some] = [await passwordOf(full), await passwordOf(puller)];
    await push(all, "v1");
    assert.match(await pull(some, "v1"), /schemaVersion/);
    await assert.rejects(push(some, "v2"), /denied|403/);

    await aws({}, "iam", "delete-role-policy", "--role-name", "deploy", "--policy-name", "all");
    await refuses(() => pull(all, "v1"), /denied|403/);
    await aws({}, "iam", "delete-role", "--role-name", "deploy");
    await refuses(() => pull(all, "v1"), /unauthorized|authentication required|Not Authorized|invalid username/i);
    await refuses(() => aws(full, "sts", "get-caller-identity"), /InvalidClientTokenId/);
  });

  test("a registry token logs in until it is taken back", async () => {
    const longshore = (...args: string[]) => runLongshore(scene, ["token", ...args]);
    const password = (await longshore("create", "edge-cluster")).trim();
    await push(password, "v3");
    const [id = ""] = (await longshore("list")).split(" ");
    assert.ok(password.startsWith(`${id}_`));
    await longshore("delete", id);
    await refuses(() => pull(password, "v3"), /unauthorized|authentication required|Not Authorized|invalid username/i);
  });
});
