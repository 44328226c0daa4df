import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Region } from "../kernel/names.ts";
import { testRegistry } from "../testing/call.ts";
import { openTestEcr, pushImage } from "../testing/ecr.ts";
import { image } from "../testing/image.ts";

const { account, region } = testRegistry;
const profile = (name = "release", place = `${region}:${account}`) => `arn:aws:signer:${place}:/signing-profiles/${name}`;
const wildcard = (filter: string) => ({ filter, filterType: "WILDCARD_MATCH" });
const put = (...rules: object[]) => ({ signingConfiguration: { rules } });
const notFound = {
  name: "SigningConfigurationNotFoundException",
  message: `Signing configuration does not exist in the registry with id '${account}'`,
};

describe("the signing configuration", () => {
  test("is not there before somebody sets it", async () => {
    await using ecr = await openTestEcr();
    assert.deepEqual(await ecr.refusal("GetSigningConfiguration"), notFound);
    assert.deepEqual(await ecr.refusal("DeleteSigningConfiguration"), notFound);
  });

  test("comes back as it was put, in its order, and without what was not there", async () => {
    await using ecr = await openTestEcr();
    const input = put(
      { signingProfileArn: profile("b1"), repositoryFilters: [wildcard("prod/*"), wildcard("*")] },
      { signingProfileArn: profile("a1", `${region}:111111111111`) },
    );
    assert.deepEqual(await ecr.call("PutSigningConfiguration", input), input);
    assert.deepEqual(await ecr.call("GetSigningConfiguration"), { registryId: account, ...input });
  });

  test("is replaced as a whole; one without rules is one too", async () => {
    await using ecr = await openTestEcr();
    await ecr.call("PutSigningConfiguration", put({ signingProfileArn: profile() }, { signingProfileArn: profile("other") }));
    await ecr.call("PutSigningConfiguration", put());
    assert.deepEqual(await ecr.call("GetSigningConfiguration"), { registryId: account, ...put() });
  });

  test("that is deleted is shown once more and then gone", async () => {
    await using ecr = await openTestEcr();
    const input = put({ signingProfileArn: profile() });
    await ecr.call("PutSigningConfiguration", input);
    assert.deepEqual(await ecr.call("DeleteSigningConfiguration"), { registryId: account, ...input });
    assert.deepEqual(await ecr.refusal("GetSigningConfiguration"), notFound);
  });

  test("names profiles of its own region, and what was set before stays", async () => {
    await using ecr = await openTestEcr();
    await ecr.call("PutSigningConfiguration", put());
    const arn = profile("release", `us-west-2:${account}`);
    assert.deepEqual(
      await ecr.refusal("PutSigningConfiguration", put({ signingProfileArn: profile() }, { signingProfileArn: arn })),
      {
        name: "InvalidParameterException",
        message:
          "Invalid parameter at 'signingProfileArn' failed to satisfy constraint: " +
          `'The region of signing profile ARN '${arn}' is 'us-west-2' but must be '${region}' (the current region)'`,
      },
    );
    assert.deepEqual(await ecr.call("GetSigningConfiguration"), { registryId: account, ...put() });
    await ecr.call("PutSigningConfiguration", put({ signingProfileArn: arn }), {
      registry: { account, region: "us-west-2" as Region },
    });
  });

  test("has ARNs and filters of ECR's form", async () => {
    await using ecr = await openTestEcr();
    const refused = async (rule: object) => (await ecr.refusal("PutSigningConfiguration", put(rule))).message;
    const member = "signingConfiguration.rules.1.member";
    for (const arn of [
      profile("x"),
      profile("a-b"),
      `${profile()}/v1`,
      profile().replace("aws", "aws-"),
      "",
      profile("n".repeat(200)),
    ])
      assert.ok(
        (await refused({ signingProfileArn: arn })).startsWith(`Invalid parameter at '${member}.signingProfileArn'`),
        arn,
      );
    for (const filter of ["", "A", "a//b", "a..b", "/a", "a b", "*".repeat(257)]) {
      const message = await refused({ signingProfileArn: profile(), repositoryFilters: [wildcard(filter)] });
      assert.ok(message.startsWith(`Invalid parameter at '${member}.repositoryFilters.1.member.filter'`), filter);
    }
    const type = await refused({ signingProfileArn: profile(), repositoryFilters: [{ filter: "a", filterType: "WILDCARD" }] });
    assert.match(type, /Member must satisfy enum value set: \[WILDCARD_MATCH\]/);
  });

  test("has at most 10 rules with 100 filters each, and that many fit", async () => {
    await using ecr = await openTestEcr();
    const filters = Array.from({ length: 101 }, (_, n) => wildcard(`*${n}`));
    const rule = { signingProfileArn: profile(), repositoryFilters: filters.slice(0, 100) };
    await ecr.call("PutSigningConfiguration", put(...Array.from({ length: 10 }, () => rule)));
    for (const rules of [
      Array.from({ length: 11 }, () => rule),
      [{ ...rule, repositoryFilters: filters }],
      [{ ...rule, repositoryFilters: [] }],
    ])
      assert.equal((await ecr.refusal("PutSigningConfiguration", put(...rules))).name, "InvalidParameterException");
  });
});

describe("DescribeImageSigningStatus", () => {
  test("has no status, since nothing has been signed", async () => {
    await using ecr = await openTestEcr();
    await ecr.call("CreateRepository", { repositoryName: "app" });
    await ecr.call("PutSigningConfiguration", put({ signingProfileArn: profile() }));
    const pushed = image();
    await pushImage(ecr, "app", pushed, "v1");
    assert.deepEqual(await ecr.call("DescribeImageSigningStatus", { repositoryName: "app", imageId: { imageTag: "v1" } }), {
      repositoryName: "app",
      imageId: { imageTag: "v1", imageDigest: pushed.digest },
      registryId: account,
      signingStatuses: [],
    });
  });

  test("is about an image that is there", async () => {
    await using ecr = await openTestEcr();
    const refused = async (input: object) =>
      (await ecr.refusal("DescribeImageSigningStatus", { repositoryName: "app", ...input })).name;
    assert.equal(await refused({ imageId: { imageTag: "v1" } }), "RepositoryNotFoundException");
    await ecr.call("CreateRepository", { repositoryName: "app" });
    assert.equal(await refused({ imageId: { imageTag: "v1" } }), "ImageNotFoundException");
    assert.equal(await refused({ imageId: {} }), "InvalidParameterException");
  });
});
