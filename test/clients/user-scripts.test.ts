import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { run, without } from "../programs.ts";
import { findCli } from "./aws-cli.ts";
import { makeLayout } from "./image-layout.ts";
import { pushLayout } from "./push-layout.ts";
import { awsEnvironment, type Scene, setScene } from "./scene.ts";

// The lines of scripts that people run against ECR today: those that are right work here as they stand, and those that are
// wrong get what ECR or its CLI would tell them.

const cli = findCli(1) ?? findCli(2);
const absent = cli === undefined ? "not on this machine: the AWS CLI" : false;
const EVERYTHING = [{ filter: "*", filterType: "WILDCARD" }];
/** With descriptions in Chinese, and one rule for whatever the others leave. */
const PRODUCTION_POLICY = {
  rules: [
    rule(1, "清理未标记的镜像", { tagStatus: "untagged", countType: "sinceImagePushed", countUnit: "days", countNumber: 7 }),
    rule(2, "保留最新的生产镜像", {
      tagStatus: "tagged",
      tagPrefixList: ["prod-", "release-"],
      countType: "imageCountMoreThan",
      countNumber: 50,
    }),
    rule(3, "清理开发环境旧镜像", {
      tagStatus: "tagged",
      tagPrefixList: ["dev-", "feature-"],
      countType: "sinceImagePushed",
      countUnit: "days",
      countNumber: 30,
    }),
    rule(4, "基于镜像大小的清理策略", { tagStatus: "any", countType: "imageCountMoreThan", countNumber: 1000 }),
  ],
};

function rule(rulePriority: number, description: string, selection: object): object {
  return { rulePriority, description, selection, action: { type: "expire" } };
}

describe("scripts as people have them", { skip: absent || without("tar") }, () => {
  let scene: Scene;
  let env: Record<string, string>;
  let folder: string;
  let digest: string;

  before(async () => {
    scene = await setScene();
    folder = await scene.folder("documents");
    env = { ...awsEnvironment(scene), AWS_ENDPOINT_URL: scene.server.url };
    await scene.createRepository("my-app");
    const layout = await makeLayout(await scene.folder("image"), ["amd64"]);
    await pushLayout(scene.server.ecr, "my-app", { layout, imageTag: "v1" });
    digest = layout.root.digest;
  });
  after(() => scene[Symbol.asyncDispose]());

  const aws = async (...args: string[]) =>
    (await run(cli ?? "aws", ["--endpoint-url", scene.server.url, ...args], { env })).trim();
  const ask = async (...args: string[]) => JSON.parse(await aws(...args, "--output", "json"));

  async function document(name: string, text: string): Promise<string> {
    await writeFile(join(folder, name), text);
    return `file://${join(folder, name)}`;
  }

  test("the account of the caller, as text", async () => {
    assert.equal(await aws("sts", "get-caller-identity", "--query", "Account", "--output", "text"), "000000000000");
  });

  test("repositories and their digests, as a loop reads them", async () => {
    const names = await aws("ecr", "describe-repositories", "--query", "repositories[].repositoryName", "--output", "text");
    assert.ok(names.split(/\s+/).includes("my-app"));
    const about = ["--repository-name", "my-app", "--query", "imageDetails[].imageDigest", "--output", "text"];
    assert.equal(await aws("ecr", "describe-images", ...about), digest);
  });

  test("a repository with a key that AWS manages, scanned on push, and the same in the regions of its replicas", async () => {
    const about = ["--repository-name", "replicated", "--image-scanning-configuration", "scanOnPush=true"];
    const sealed = ["--encryption-configuration", "encryptionType=KMS", "--image-tag-mutability", "MUTABLE"];
    const { repository } = await ask("ecr", "create-repository", ...about, ...sealed);
    assert.equal(repository.encryptionConfiguration.encryptionType, "KMS");
    assert.match(repository.encryptionConfiguration.kmsKey, /^arn:aws:kms:us-east-1:000000000000:/);
    for (const region of ["us-west-2", "eu-west-1"]) {
      const replica = (await ask("ecr", "create-repository", ...about, "--region", region)).repository;
      assert.equal(replica.repositoryArn, `arn:aws:ecr:${region}:000000000000:repository/replicated`);
    }
  });

  test("a repository whose tags do not move", async () => {
    const about = ["--repository-name", "fixed", "--image-scanning-configuration", "scanOnPush=true"];
    const { repository } = await ask("ecr", "create-repository", ...about, "--image-tag-mutability", "IMMUTABLE");
    assert.equal(repository.imageTagMutability, "IMMUTABLE");
  });

  test("replication that is put region by region in a loop keeps the last one only", async () => {
    for (const region of ["us-west-2", "eu-west-1"]) {
      const text = JSON.stringify({ rules: [{ destinations: [{ region, registryId: "000000000000" }] }] });
      const file = await document("replication.json", text);
      await ask("ecr", "put-replication-configuration", "--replication-configuration", file);
    }
    const { replicationConfiguration } = await ask("ecr", "describe-registry");
    assert.deepEqual(replicationConfiguration.rules, [{ destinations: [{ region: "eu-west-1", registryId: "000000000000" }] }]);
  });

  test("enhanced scanning of everything, in the shorthand of the CLI", async () => {
    const rules = "scanFrequency=CONTINUOUS_SCAN,repositoryFilters=[{filter=*,filterType=WILDCARD}]";
    await ask("ecr", "put-registry-scanning-configuration", "--scan-type", "ENHANCED", "--rules", rules);
    const { scanningConfiguration } = await ask("ecr", "get-registry-scanning-configuration");
    assert.deepEqual(scanningConfiguration, {
      scanType: "ENHANCED",
      rules: [{ scanFrequency: "CONTINUOUS_SCAN", repositoryFilters: EVERYTHING }],
    });
    const scan = aws("ecr", "start-image-scan", "--repository-name", "my-app", "--image-id", `imageDigest=${digest}`);
    await assert.rejects(scan, /ValidationException.*This feature is disabled/);
  });

  test("lifecycle policies with Chinese descriptions come back as they were", async () => {
    const text = JSON.stringify(PRODUCTION_POLICY, undefined, 2);
    const file = await document("lifecycle.json", text);
    await ask("ecr", "put-lifecycle-policy", "--repository-name", "my-app", "--lifecycle-policy-text", file);
    const found = await ask("ecr", "get-lifecycle-policy", "--repository-name", "my-app");
    assert.equal(found.lifecyclePolicyText, text);
  });

  test("a lifecycle policy that begins with a comment is refused, and the one before it stays", async () => {
    const file = await document("comment.json", `// Lifecycle policy\n${JSON.stringify(PRODUCTION_POLICY)}`);
    const put = aws("ecr", "put-lifecycle-policy", "--repository-name", "my-app", "--lifecycle-policy-text", file);
    await assert.rejects(put, /InvalidParameterException.*Invalid parameter at 'LifecyclePolicyText'/);
    const found = await ask("ecr", "get-lifecycle-policy", "--repository-name", "my-app");
    assert.deepEqual(JSON.parse(found.lifecyclePolicyText), PRODUCTION_POLICY);
  });

  test("a policy with principals and resources is no repository policy, and is a registry policy", async () => {
    const statement = {
      Sid: "AllowCrossAccountPull",
      Effect: "Allow",
      Principal: { AWS: ["arn:aws:iam::234567890123:root"] },
      Action: ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
      Resource: "arn:aws:ecr:us-east-1:000000000000:repository/my-app",
    };
    const file = await document("policy.json", JSON.stringify({ Version: "2012-10-17", Statement: [statement] }));
    const set = aws("ecr", "set-repository-policy", "--repository-name", "my-app", "--policy-text", file);
    await assert.rejects(set, /InvalidParameterException.*Invalid repository policy provided/);
    await ask("ecr", "put-registry-policy", "--policy-text", file);
  });

  test("Docker Hub wants credentials for a pull-through cache", async () => {
    const rule_ = ["--ecr-repository-prefix", "docker-hub", "--upstream-registry-url", "registry-1.docker.io"];
    const create = aws("ecr", "create-pull-through-cache-rule", ...rule_);
    await assert.rejects(create, /UnsupportedUpstreamRegistryException.*requires authentication/);
  });

  test("findings of an image that nobody scanned", async () => {
    const about = ["--repository-name", "my-app", "--image-id", "imageTag=v1"];
    const counts = ["--query", "imageScanFindings.findingSeverityCounts.CRITICAL", "--output", "text"];
    await assert.rejects(aws("ecr", "describe-image-scan-findings", ...about, ...counts), /ScanNotFoundException/);
    await assert.rejects(aws("ecr", "wait", "image-scan-complete", ...about), /ScanNotFound/);
    const missing = ["--repository-name", "my-app", "--image-id", "imageTag=v9"];
    const text = /ImageNotFoundException.*imageId \{imageDigest:'null', imageTag:'v9'\} does not exist within the repository/;
    await assert.rejects(aws("ecr", "describe-image-scan-findings", ...missing), text);
  });

  describe("what is wrong", () => {
    test("a rule whose member is misspelt never leaves the CLI", async () => {
      const rules = JSON.stringify([{ repositoryFilter: EVERYTHING[0], scanFrequency: "CONTINUOUS_SCAN" }]);
      const put = aws("ecr", "put-registry-scanning-configuration", "--scan-type", "ENHANCED", "--rules", rules);
      await assert.rejects(put, /Unknown parameter in rules\[0\]: "repositoryFilter"/);
    });

    test("describe-registries is no command of ecr", async () => {
      await assert.rejects(aws("ecr", "describe-registries"), /Invalid choice/);
    });

    test("replication status wants to know of which image", async () => {
      const status = aws("ecr", "describe-image-replication-status", "--repository-name", "my-app");
      await assert.rejects(status, /the following arguments are required: --image-id/);
    });

    test("a service that is not here says so, and is no reason to try again", async () => {
      const route53 = aws("route53", "list-hosted-zones");
      await assert.rejects(route53, /\(UnknownOperationException\).*The service 'route53' is not here/);
      await assert.rejects(aws("codebuild", "list-projects"), /UnknownOperationException/);
      await assert.rejects(aws("eks", "list-clusters"), /\(UnknownOperationException\).*The service 'eks' is not here/);
    });
  });
});
