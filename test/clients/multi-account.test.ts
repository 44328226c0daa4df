import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type Installation, install, runLongshore } from "../installation.ts";
import { type RunningLongshore, startLongshore } from "../longshore.ts";
import { stopProcess } from "../processes.ts";
import { run, without, withoutRoot } from "../programs.ts";
import { findCli } from "./aws-cli.ts";
import { startDockerd } from "./dockerd.ts";
import { makeLayout, makeRootfs } from "./image-layout.ts";
import { awsEnvironment } from "./scene.ts";

const CENTRAL = "123456789012";
const MEMBERS = [
  ["234567890123", "development", "/Workloads/Development"],
  ["345678901234", "staging", "/Workloads/Staging"],
  ["456789012345", "production", "/Workloads/Production"],
] as const;
const OUTSIDER = "999999999999";
/** Requests on connections of their own, so many that each of two workers gets some. */
const REQUESTS = 12;
const BELIEVED_MS_MAX = 1_500;
const cli = findCli(2) ?? findCli(1);
const boto3 = await run("python3", ["-c", "import boto3"]).then(
  () => false as const,
  () => "not on this machine: a python3 with boto3",
);
const missing = boto3 || (cli === undefined && "not on this machine: aws") || without("skopeo", "tar");

function onlyHas(seen: ReadonlySet<number>, status: number): boolean {
  return seen.size === 1 && seen.has(status);
}

interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

describe("a company of four accounts", { skip: missing }, () => {
  let installation: Installation;
  let server: RunningLongshore;
  let scratch: string;
  let people: Readonly<Record<string, Keys>>;

  const folder = async (name: string) => {
    const path = join(scratch, name);
    await mkdir(path, { recursive: true });
    return path;
  };
  const longshore = (...args: string[]) => runLongshore(installation, [...args, "--account", CENTRAL]);
  const root = (profile: string) => awsEnvironment(installation, profile);
  const envOf = ({ accessKeyId, secretAccessKey, sessionToken = "" }: Keys) => ({
    ...root("default"),
    // Keys in the environment go before a profile.
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  });
  const of = (name: string): Keys => people[name] ?? assert.fail(`there is nobody called ${name}`);
  const aws = async (env: Readonly<Record<string, string>>, ...args: string[]) =>
    (await run(cli ?? "aws", [...args, "--endpoint-url", server.url, "--output", "json"], { env })).trim();
  const passwordOf = async (keys: Keys) => {
    const answer = await run(cli ?? "aws", ["ecr", "get-login-password", "--endpoint-url", server.url], { env: envOf(keys) });
    return answer.trim();
  };

  before(async () => {
    installation = await install();
    scratch = await mkdtemp(join(tmpdir(), "longshore-accounts-"));
    server = await startLongshore(installation, { workers: 2, flags: ["--account", CENTRAL] });
    await longshore("account", "create", "--id", OUTSIDER, "--alias", "outsider");
    for (const [id, alias, unit] of MEMBERS) await longshore("account", "create", "--id", id, "--alias", alias, "--unit", unit);
    const described = JSON.parse(await aws(root("default"), "organizations", "describe-organization"));
    assert.equal(described.Organization.MasterAccountId, CENTRAL);
    const script = join(import.meta.dirname, "boto3-accounts.py");
    people = JSON.parse(await run("python3", [script, server.url, described.Organization.Id], { env: root("default") }));
  });
  after(async () => {
    await server?.stop();
    await rm(scratch, { recursive: true, force: true });
    await installation?.[Symbol.asyncDispose]();
  });

  /** skopeo as somebody: a login of its own. */
  async function skopeoOf(name: string, keys: Keys) {
    const authfile = join(await folder(`auth-${name}`), "auth.json");
    const tls = "--tls-verify=false";
    const input = await passwordOf(keys);
    await run("skopeo", ["login", tls, "--authfile", authfile, "--username", "AWS", "--password-stdin", server.host], { input });
    const flags = ["--authfile", authfile, "--src-tls-verify=false", "--dest-tls-verify=false", "--preserve-digests"];
    let pulls = 0;
    return {
      push: (layout: string, to: string) =>
        run("skopeo", ["copy", ...flags, `oci:${layout}:v1`, `docker://${server.host}/${to}`]),
      pull: async (from: string) => {
        const to = await folder(`pulled-${name}-${pulls++}`);
        return run("skopeo", ["copy", ...flags, `docker://${server.host}/${from}`, `oci:${to}:v1`]);
      },
    };
  }

  /** The statuses of a HEAD of a manifest on new connections. */
  async function heads(password: string, path: string): Promise<ReadonlySet<number>> {
    const authorization = `Basic ${Buffer.from(`AWS:${password}`).toString("base64")}`;
    const head = () =>
      new Promise<number>((resolve, reject) => {
        const options = { host: "127.0.0.1", port: server.port, method: "HEAD", path, headers: { authorization }, agent: false };
        request(options, (answer) => resolve(answer.resume().statusCode ?? 0))
          .on("error", reject)
          .end();
      });
    return new Set(await Promise.all(Array.from({ length: REQUESTS }, head)));
  }

  /** What every worker answers from now on; where they share a PostgreSQL, the others may take a second. */
  async function answers(password: string, path: string, status: number): Promise<void> {
    const begun = performance.now();
    let seen = await heads(password, path);
    while (installation.metadata !== undefined && !onlyHas(seen, status) && performance.now() - begun < BELIEVED_MS_MAX) {
      seen = await heads(password, path);
    }
    assert.deepEqual(seen, new Set([status]));
  }

  const said = (name: string, action: string, repository: string, why: string) =>
    new RegExp(
      `User: arn:aws:\\w+::\\d+:${name} is not authorized to perform: ecr:${action} on resource: ` +
        `arn:aws:ecr:us-east-1:${CENTRAL}:repository/${repository} because no ${why} policy allows the ecr:${action} action`,
    );

  test("who publishes pushes to the central account, every account of the organization pulls, and nobody else", async () => {
    const layout = await makeLayout(await folder("base"), ["amd64"]);
    const paula = await skopeoOf("paula", of("paula"));
    await paula.push(layout.folder, "shared/base-images:v1");
    for (const name of ["dana", "sam", "pat"]) await (await skopeoOf(name, of(name))).pull("shared/base-images:v1");

    const otto = await skopeoOf("otto", of("otto"));
    await assert.rejects(
      otto.pull("shared/base-images:v1"),
      said("user/otto", "BatchGetImage", "shared/base-images", "resource-based"),
    );
    // The repository's policy names everybody of the organization, also those of its own account who have no right of their own.
    const mia = await skopeoOf("mia", of("mia"));
    await mia.pull("shared/base-images:v1");
    await assert.rejects(mia.push(layout.folder, "shared/base-images:v1"), /because no identity-based policy allows the ecr:/);
  });

  test("development pushes by the role that the repository names; its users pull, production does neither", async () => {
    const layout = await makeLayout(await folder("service"), ["amd64"]);
    const RoleArn = "arn:aws:iam::234567890123:role/ECR-Push-Role";
    const assume = ["sts", "assume-role", "--role-arn", RoleArn, "--role-session-name", "build-7"];
    await assert.rejects(aws(envOf(of("dana")), ...assume), /AccessDenied.* is not authorized to perform: sts:AssumeRole/);
    const { Credentials } = JSON.parse(await aws(envOf(of("bob")), ...assume));
    const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, SessionToken: sessionToken } = Credentials;
    const builder = await skopeoOf("builder", { accessKeyId, secretAccessKey, sessionToken });
    await builder.push(layout.folder, "team-a/service:v1");
    await assert.rejects(builder.push(layout.folder, "shared/base-images:v2"), /resource-based policy/);

    const dana = await skopeoOf("dana", of("dana"));
    await dana.pull("team-a/service:v1");
    await assert.rejects(dana.push(layout.folder, "team-a/service:v2"), /is not authorized to perform: ecr:/);
    const pat = await skopeoOf("pat", of("pat"));
    await assert.rejects(pat.pull("team-a/service:v1"), said("user/pat", "BatchGetImage", "team-a/service", "resource-based"));
  });

  for (const major of [1, 2]) {
    const program = findCli(major) ?? "";
    test(`the AWS CLI ${major} reads another account's registry by its id, as far as it may`, {
      skip: program === "",
    }, async () => {
      const ask = (name: string, repository: string) =>
        run(
          program,
          [
            "ecr",
            "batch-get-image",
            "--registry-id",
            CENTRAL,
            "--repository-name",
            repository,
            "--image-ids",
            "imageTag=v1",
          ].concat(["--endpoint-url", server.url]),
          { env: envOf(of(name)) },
        );
      assert.equal(JSON.parse(await ask("sam", "team-a/service")).images.length, 1);
      await assert.rejects(
        ask("pat", "team-a/service"),
        /AccessDeniedException.*no resource-based policy allows the ecr:BatchGetImage/s,
      );
    });
  }

  describe("docker and podman", { skip: withoutRoot("docker", "dockerd", "containerd", "podman") }, () => {
    let dockerd: ChildProcess;
    let daemon: Record<string, string>;
    before(async () => {
      const socket = join(await folder("run"), "docker.sock");
      daemon = { DOCKER_HOST: `unix://${socket}`, DOCKER_CONFIG: await folder("docker-config") };
      dockerd = await startDockerd(folder, socket, daemon);
    });
    after(() => stopProcess(dockerd));

    test("docker says why it may not push, in IAM's words", async () => {
      const login = async (name: string) => {
        const env = { ...daemon, DOCKER_CONFIG: await folder(`docker-${name}`) };
        const input = await passwordOf(of(name));
        await run("docker", ["login", "--username", "AWS", "--password-stdin", server.host], { env, input });
        return env;
      };
      const { tar } = await makeRootfs(await folder("docker-image"));
      const image = `${server.host}/shared/base-images:docker`;
      await run("docker", ["import", tar, image], { env: daemon });
      await assert.rejects(
        run("docker", ["push", image], { env: await login("dana") }),
        /denied: User: arn:aws:iam::234567890123:user\/dana is not authorized to perform: ecr:InitiateLayerUpload on resource: arn:aws:ecr:us-east-1:123456789012:repository\/shared\/base-images because no identity-based policy allows/,
      );
      await run("docker", ["push", image], { env: await login("paula") });
    });

    test("podman pulls as somebody of the organization", async () => {
      const flags = ["--root", await folder("podman"), "--runroot", await folder("podman-run"), "--storage-driver", "vfs"];
      const env = { REGISTRY_AUTH_FILE: join(await folder("podman-auth"), "auth.json") };
      const podman = (...args: string[]) => run("podman", [...flags, ...args, "--tls-verify=false"], { env });
      const input = await passwordOf(of("sam"));
      await run("podman", [...flags, "login", "--tls-verify=false", "-u", "AWS", "--password-stdin", server.host], {
        env,
        input,
      });
      await podman("pull", "--quiet", `${server.host}/team-a/service:v1`);
    });
  });

  describe("what is taken away is gone at once, for tokens too and on every worker:", () => {
    const base = "/v2/shared/base-images/manifests/v1";
    const service = "/v2/team-a/service/manifests/v1";
    const central = (...args: string[]) => aws(root("default"), "iam", ...args);

    test("an access key that is made inactive", async () => {
      const password = await passwordOf(of("paula"));
      const update = ["update-access-key", "--user-name", "paula", "--access-key-id", of("paula").accessKeyId, "--status"];
      await answers(password, base, 200);
      await central(...update, "Inactive");
      await answers(password, base, 401);
      await central(...update, "Active");
      await answers(password, base, 200);
    });

    test("a group that is left", async () => {
      const password = await passwordOf(of("paula"));
      const member = ["--group-name", "publishers", "--user-name", "paula"];
      await answers(password, service, 200);
      await central("remove-user-from-group", ...member);
      await answers(password, service, 403);
      await central("add-user-to-group", ...member);
      await answers(password, service, 200);
    });

    test("a policy that is detached, in the account of who pulls", async () => {
      const password = await passwordOf(of("sam"));
      const policy = ["--policy-arn", "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly", "--user-name", "sam"];
      await answers(password, base, 200);
      await aws(root("staging"), "iam", "detach-user-policy", ...policy);
      await answers(password, base, 403);
      await aws(root("staging"), "iam", "attach-user-policy", ...policy);
      await answers(password, base, 200);
    });

    test("the policy of the repository, and the place of an account in the organization", async () => {
      const password = await passwordOf(of("pat"));
      await answers(password, base, 200);
      const remove = ["organizations", "remove-account-from-organization", "--account-id", "456789012345"];
      await aws(root("default"), ...remove);
      await answers(password, base, 403);
      await longshore("account", "move", "456789012345", "--unit", "/Workloads/Production");
      await answers(password, base, 200);
      await aws(root("default"), "ecr", "delete-repository-policy", "--repository-name", "shared/base-images");
      await answers(password, base, 403);
    });

    test("a role that is deleted and made again is not who the repository's policy meant", async () => {
      const RoleArn = "arn:aws:iam::234567890123:role/ECR-Push-Role";
      const trust = JSON.parse(await aws(root("development"), "iam", "get-role", "--role-name", "ECR-Push-Role"));
      const password = async () => {
        const assume = ["sts", "assume-role", "--role-arn", RoleArn, "--role-session-name", "again"];
        const { Credentials: it } = JSON.parse(await aws(envOf(of("bob")), ...assume));
        return passwordOf({ accessKeyId: it.AccessKeyId, secretAccessKey: it.SecretAccessKey, sessionToken: it.SessionToken });
      };
      const policy = [
        "--policy-arn",
        "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPowerUser",
        "--role-name",
        "ECR-Push-Role",
      ];
      const first = await password();
      await answers(first, service, 200);
      const text = JSON.parse(await aws(root("default"), "ecr", "get-repository-policy", "--repository-name", "team-a/service"));
      const narrow = JSON.parse(text.policyText);
      narrow.Statement = [narrow.Statement[1]];
      const set = [
        "ecr",
        "set-repository-policy",
        "--repository-name",
        "team-a/service",
        "--policy-text",
        JSON.stringify(narrow),
      ];
      await aws(root("default"), ...set);
      await answers(first, service, 200);

      const iam = (...args: string[]) => aws(root("development"), "iam", ...args);
      await iam("detach-role-policy", ...policy);
      await iam("delete-role", "--role-name", "ECR-Push-Role");
      await answers(first, service, 401);
      const document = JSON.stringify(trust.Role.AssumeRolePolicyDocument);
      await iam("create-role", "--role-name", "ECR-Push-Role", "--assume-role-policy-document", document);
      await iam("attach-role-policy", ...policy);
      const second = await password();
      await answers(second, service, 403);
      await aws(root("default"), ...set);
      await answers(second, service, 200);
    });
  });
});
