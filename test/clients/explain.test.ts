import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { after, before, describe, test } from "node:test";
import { type Installation, install, runLongshore } from "../installation.ts";
import { type RunningLongshore, startLongshore } from "../longshore.ts";
import { findPrograms, run, without } from "../programs.ts";
import { awsEnvironment } from "./scene.ts";

const ATTEMPTS = 50;
const python = findPrograms("python3").find((it) => spawnSync(it, ["-c", "import boto3"]).status === 0);

describe("why", { skip: python === undefined ? "not on this machine: a python3 with boto3" : false }, () => {
  let installation: Installation;
  let server: RunningLongshore;
  let requestId = "";

  before(async () => {
    installation = await install();
    server = await startLongshore(installation, { workers: 2 });
  });
  after(async () => {
    await server.stop();
    await installation[Symbol.asyncDispose]();
  });

  const longshore = (...args: string[]) => runLongshore(installation, args);

  test("boto3 simulates policies, and a denial carries the id of its request", async () => {
    const script = [join(import.meta.dirname, "boto3-simulation.py"), server.url];
    const output = await run(python ?? "", script, { env: awsEnvironment(installation) });
    requestId = output.trim();
    assert.match(requestId, /^[0-9a-f-]{36}$/);
  });

  test("longshore explain tells which value it was", async () => {
    let text = "";
    // Denials are written down a moment after they were answered.
    for (let attempt = 0; text === "" && attempt < ATTEMPTS; attempt++) {
      text = await longshore("explain", requestId).catch(() => setTimeout(100, ""));
    }
    assert.match(text, /^Denied, because nothing allows it\.$/m);
    assert.match(text, /IpAddress aws:sourceip \[192\.0\.2\.0\/24\] does not hold: the request has (127\.0\.0\.1|::1)/);
    assert.match(await longshore("explain", "--recent"), new RegExp(`^${requestId} .*ecr:DescribeRepositories`, "m"));
    const [principal, resource] = ["arn:aws:iam::000000000000:user/ann", "arn:aws:ecr:us-east-1:000000000000:repository/app"];
    const asked = ["--principal", principal, "--action", "ecr:DescribeRepositories", "--resource", resource];
    assert.match(await longshore("explain", ...asked, "--context", "aws:SourceIp=192.0.2.1"), /^Allowed\.$/m);
  });

  test("the AWS CLI decodes the id, as it does what AWS encodes", { skip: without("aws") }, async () => {
    const decode = ["sts", "decode-authorization-message", "--encoded-message", requestId];
    const output = ["--query", "DecodedMessage", "--output", "text", "--endpoint-url", server.url];
    const { allowed, explicitDeny, context } = JSON.parse(
      await run("aws", [...decode, ...output], { env: awsEnvironment(installation) }),
    );
    assert.deepEqual([allowed, explicitDeny], [false, false]);
    assert.equal(context.action, "ecr:DescribeRepositories");
    assert.equal(context.conditions.items[0].key, "aws:sourceip");
  });

  test("longshore policy tells who can do something, and what somebody can", async () => {
    const who = await longshore("policy", "who-can", "ecr:DescribeRepositories", "app");
    assert.match(who, /:root +yes$/m);
    assert.match(who, /:user\/ann +depends on aws:sourceip$/m);
    const what = await longshore("policy", "what-can", "arn:aws:iam::000000000000:user/ann", "app");
    assert.match(what, /^ {2}yes: .*ecr:BatchGetImage/m);
    assert.doesNotMatch(what, /ecr:PutImage/);
  });

  test("longshore policy check names line and column, and whom there is not", async () => {
    const file = join(installation.data, "policy.json");
    const statement = { Effect: "Allow", Principal: { AWS: "arn:aws:iam::000000000000:user/bob" }, Action: "ecr:PutImges" };
    await writeFile(file, JSON.stringify({ Version: "2012-10-17", Statement: [statement] }, undefined, 2));
    const found = await longshore("policy", "check", file);
    assert.match(found, /policy\.json:9:17: warning: There is no action ecr:PutImges; did you mean ecr:PutImage\?/);
    assert.match(found, /There is no user arn:aws:iam::000000000000:user\/bob here\./);
    await assert.rejects(longshore("policy", "check", file, "--as", "scp"), /has no Principal/);
  });
});
