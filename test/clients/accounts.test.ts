import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { CreateRepositoryCommand, DescribeImagesCommand, ECRClient } from "@aws-sdk/client-ecr";
import { type Installation, install, runLongshore } from "../installation.ts";
import { type RunningLongshore, startLongshore } from "../longshore.ts";
import { findPrograms, run, without } from "../programs.ts";
import { awsEnvironment } from "./scene.ts";

const [central, development, nobody] = ["123456789012", "234567890123", "999999999999"];

describe("several accounts", () => {
  let installation: Installation;
  let server: RunningLongshore;

  before(async () => {
    installation = await install();
    server = await startLongshore(installation, { workers: 2 });
  });
  after(async () => {
    await server.stop();
    await installation[Symbol.asyncDispose]();
  });

  const longshore = (...args: string[]) => runLongshore(installation, args);
  const clientOf = async (profile: string) => {
    const text = await readFile(join(installation.data, "credentials"), "utf8");
    const section = text.split(`[${profile}]\n`)[1] ?? assert.fail(`there is no profile ${profile}`);
    const [accessKeyId = "", secretAccessKey = ""] = [...section.matchAll(/ = (.*)$/gm)].map((it) => it[1]);
    return new ECRClient({ region: "us-east-1", endpoint: server.url, credentials: { accessKeyId, secretAccessKey } });
  };
  const env = (profile: string) => ({ ...awsEnvironment(installation, profile), AWS_ENDPOINT_URL: server.url });

  test("accounts that are made on the command line while the server runs can be used at once", async () => {
    await longshore("account", "create", "--id", central, "--alias", "central");
    await longshore("account", "create", "--id", development, "--alias", "development", "--unit", "/Workloads/Development");
    const client = await clientOf("central");
    const { repository } = await client.send(new CreateRepositoryCommand({ repositoryName: "there" }));
    assert.equal(repository?.registryId, central);
    client.destroy();
    const listed = await longshore("account", "list");
    assert.match(listed, /^000000000000 +- +\/ +manages the organisation$/m);
    assert.match(listed, /^123456789012 +central +-$/m);
    assert.match(listed, /^234567890123 +development +\/Workloads\/Development$/m);
  });

  test("what cannot be is refused with one sentence", async () => {
    for (const [args, said] of [
      [["create", "--id", central], /There is an account 123456789012 already\./],
      [["create", "--id", "12"], /--id must be twelve digits/],
      [["create", "--alias", "No"], /--alias must be 3 to 63/],
      [["rotate", "nobody"], /There is no account nobody\./],
      [["move", "central"], /Say where to with --unit/],
      [["revoke-sessions", "deploy"], /Name one user or role/],
      [["revoke-sessions", "role/none"], /There is no user or role arn:aws:iam::000000000000:role\/none in this account\./],
      [["revoke-sessions", "role/none", "--of", "nobody"], /There is no account nobody\./],
      [["frobnicate"], /The commands are longshore account create/],
    ] as const) {
      await assert.rejects(longshore("account", ...args), (error: Error) => {
        const lines = error.message.split("\n").filter((it) => it.startsWith("longshore: "));
        assert.equal(lines.length, 1, error.message);
        assert.match(lines[0] ?? "", said);
        return true;
      });
    }
  });

  test("a folder in which there is no registry is not made into one", async () => {
    const data = join(installation.data, "elsewhere");
    const nowhere = runLongshore({ data, metadata: undefined }, ["account", "list"]);
    await assert.rejects(nowhere, /There is no registry in .*elsewhere yet/);
    assert.equal(existsSync(data), false);
  });

  test("an account that does not exist answers as one that lets nobody in", async () => {
    const client = await clientOf("development");
    const text = async (registryId: string) => {
      const error = await client
        .send(new DescribeImagesCommand({ registryId, repositoryName: "there" }))
        .catch((it: Error) => it);
      assert.ok(error instanceof Error);
      return `${error.name} ${error.message}`.replaceAll(registryId, "<account>");
    };
    assert.equal(await text(nobody), await text(central));
    client.destroy();
  });

  test("the AWS CLI sees the organisation", { skip: without("aws") }, async () => {
    const aws = async (profile: string, ...args: string[]) =>
      JSON.parse(await run("aws", ["organizations", ...args, "--output", "json"], { env: env(profile) }));
    const { Organization } = await aws("development", "describe-organization");
    assert.equal(Organization.MasterAccountId, "000000000000");
    const { Accounts } = await aws("default", "list-accounts");
    assert.deepEqual(
      Accounts.map((it: { Name: string }) => it.Name),
      ["000000000000", "development"],
    );
    await assert.rejects(aws("development", "list-accounts"), /AccessDeniedException/);
    await assert.rejects(aws("central", "describe-organization"), /AWSOrganizationsNotInUseException/);
  });

  test("a service control policy binds the accounts below it, in every worker at once", { skip: without("aws") }, async () => {
    const aws = (profile: string, ...args: string[]) => run("aws", [...args, "--output", "text"], { env: env(profile) });
    const organizations = async (...args: string[]) => (await aws("default", "organizations", ...args)).trim();
    const root = await organizations("list-roots", "--query", "Roots[0].Id");
    const [unit = ""] = (
      await organizations("list-children", "--parent-id", root, "--child-type", "ORGANIZATIONAL_UNIT", "--query", "Children[].Id")
    ).split("\t");
    await organizations("enable-policy-type", "--root-id", root, "--policy-type", "SERVICE_CONTROL_POLICY");
    const content = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"ecr:CreateRepository","Resource":"*"}]}';
    const about = ["--name", "deny", "--description", "", "--type", "SERVICE_CONTROL_POLICY", "--content", content];
    const policy = await organizations("create-policy", ...about, "--query", "Policy.PolicySummary.Id");
    const client = await clientOf("development");
    const create = (repositoryName: string) => client.send(new CreateRepositoryCommand({ repositoryName }));
    await create("before");
    await organizations("attach-policy", "--policy-id", policy, "--target-id", unit);
    for (let attempt = 0; attempt < 4; attempt++) {
      await assert.rejects(create(`denied-${attempt}`), /with an explicit deny in a service control policy/);
    }
    await organizations("detach-policy", "--policy-id", policy, "--target-id", unit);
    await create("after");
    client.destroy();
    await organizations("delete-policy", "--policy-id", policy);
    await organizations("disable-policy-type", "--root-id", root, "--policy-type", "SERVICE_CONTROL_POLICY");
  });

  test("the managing account comes into an account that it made by a role", { skip: without("aws") }, async () => {
    const aws = async (extra: Record<string, string>, ...args: string[]) =>
      JSON.parse(await run("aws", [...args, "--output", "json"], { env: { ...env("default"), ...extra } }));
    const made = await aws({}, "organizations", "create-account", "--email", "made@example.com", "--account-name", "made");
    const { AccountId } = made.CreateAccountStatus;
    await aws({}, "iam", "create-user", "--user-name", "operator");
    const document = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}]}';
    const about = ["--user-name", "operator", "--policy-name", "assume", "--policy-document", document];
    await run("aws", ["iam", "put-user-policy", ...about], { env: env("default") });
    const { AccessKey } = await aws({}, "iam", "create-access-key", "--user-name", "operator");
    const operator = {
      AWS_PROFILE: "default",
      AWS_ACCESS_KEY_ID: AccessKey.AccessKeyId,
      AWS_SECRET_ACCESS_KEY: AccessKey.SecretAccessKey,
    };
    const role = `arn:aws:iam::${AccountId}:role/OrganizationAccountAccessRole`;
    const assumed = await aws(operator, "sts", "assume-role", "--role-arn", role, "--role-session-name", "operator");
    const session = {
      AWS_PROFILE: "default",
      AWS_ACCESS_KEY_ID: assumed.Credentials.AccessKeyId,
      AWS_SECRET_ACCESS_KEY: assumed.Credentials.SecretAccessKey,
      AWS_SESSION_TOKEN: assumed.Credentials.SessionToken,
    };
    const created = await aws(session, "ecr", "create-repository", "--repository-name", "inside");
    assert.equal(created.repository.registryId, AccountId);
  });

  test("a key that was replaced is over, and the new one works", async () => {
    const old = await clientOf("central");
    await longshore("account", "rotate", "central");
    const renewed = await clientOf("central");
    await renewed.send(new CreateRepositoryCommand({ repositoryName: "again" }));
    const printed = await longshore("account", "rotate", central, "--print");
    assert.match(
      printed,
      /^\[central\]\naws_access_key_id = AKIA[A-Z2-7]{16}\naws_secret_access_key = \S{40}\nregion = us-east-1\n$/,
    );
    old.destroy();
    renewed.destroy();
  });

  for (const python of findPrograms("python3").slice(0, 1)) {
    test("boto3 walks the organisation, and knows its errors", async (it) => {
      await run(python, ["-c", "import boto3"]).catch(() => it.skip("not on this machine: boto3"));
      await run(python, [join(import.meta.dirname, "boto3-organisation.py"), server.url], { env: env("default") });
    });
  }
});
