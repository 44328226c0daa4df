import assert from "node:assert/strict";
import { test } from "node:test";
import { openTestEcr, pushImage } from "../testing/ecr.ts";
import { image, index } from "../testing/image.ts";

const everything = [{ filter: "*", filterType: "WILDCARD" }];
const onPush = { scanFrequency: "SCAN_ON_PUSH", repositoryFilters: everything };
const continuous = { scanFrequency: "CONTINUOUS_SCAN", repositoryFilters: everything };

test("a registry that nobody has configured has basic scanning without rules", async () => {
  await using ecr = await openTestEcr();
  assert.deepEqual(await ecr.call("GetRegistryScanningConfiguration"), {
    registryId: "000000000000",
    scanningConfiguration: { scanType: "BASIC", rules: [] },
  });
});

test("what is put comes back as it was, replaces what was there, and an empty one is the default again", async () => {
  await using ecr = await openTestEcr();
  const enhanced = { scanType: "ENHANCED", rules: [continuous, onPush] };
  assert.deepEqual(await ecr.call("PutRegistryScanningConfiguration", enhanced), { registryScanningConfiguration: enhanced });
  assert.deepEqual((await ecr.call("GetRegistryScanningConfiguration")).scanningConfiguration, enhanced);
  const basic = { scanType: "BASIC", rules: [{ ...onPush, repositoryFilters: [] }] };
  await ecr.call("PutRegistryScanningConfiguration", basic);
  assert.deepEqual((await ecr.call("GetRegistryScanningConfiguration")).scanningConfiguration, basic);
  const none = { scanType: "BASIC", rules: [] };
  assert.deepEqual(await ecr.call("PutRegistryScanningConfiguration"), { registryScanningConfiguration: none });
  assert.deepEqual((await ecr.call("GetRegistryScanningConfiguration")).scanningConfiguration, none);
});

test("a configuration that cannot be is refused, and the one before stays", async () => {
  await using ecr = await openTestEcr();
  const enhanced = { scanType: "ENHANCED", rules: [continuous] };
  await ecr.call("PutRegistryScanningConfiguration", enhanced);
  const refused = async (input: object) => (await ecr.refusal("PutRegistryScanningConfiguration", { ...input })).name;
  const manual = { ...onPush, scanFrequency: "MANUAL" };
  for (const [input, text] of [
    [{ scanType: "BASIC", rules: [continuous] }, "Invalid scan frequency for scanType BASIC: CONTINUOUS_SCAN"],
    [{ rules: [continuous] }, "Invalid scan frequency for scanType BASIC: CONTINUOUS_SCAN"],
    [{ scanType: "BASIC", rules: [manual] }, "Invalid scan frequency for scanType BASIC: MANUAL"],
    [{ scanType: "ENHANCED", rules: [manual] }, "Invalid scan frequency for scanType ENHANCED: MANUAL"],
    [{ scanType: "ENHANCED", rules: [onPush, onPush] }, "Invalid input. Contains duplicate scan frequencies: [SCAN_ON_PUSH]"],
  ] as const) {
    assert.deepEqual(await ecr.refusal("PutRegistryScanningConfiguration", { ...input }), {
      name: "InvalidParameterException",
      message: `Invalid parameter failed to satisfy constraint: '${text}'`,
    });
  }
  const filters = (...filter: unknown[]) => ({
    rules: [{ ...onPush, repositoryFilters: filter.map((it) => ({ filter: it, filterType: "WILDCARD" })) }],
  });
  for (const input of [
    { scanType: "CLAIR" },
    { scanType: "ENHANCED", rules: [onPush, continuous, onPush] },
    { rules: [{ scanFrequency: "SCAN_ON_PUSH" }] },
    { rules: [{ repositoryFilters: [] }] },
    { rules: [{ ...onPush, repositoryFilters: [{ filter: "*", filterType: "PREFIX_MATCH" }] }] },
    filters(...Array.from({ length: 101 }, () => "*")),
    ...["", "App", "-app", "app-", "a--b", "a/-b", "a b", "a".repeat(256)].map((it) => filters(it)),
  ]) {
    assert.equal(await refused(input), "InvalidParameterException", JSON.stringify(input));
  }
  assert.deepEqual((await ecr.call("GetRegistryScanningConfiguration")).scanningConfiguration, enhanced);
  await ecr.call("PutRegistryScanningConfiguration", filters("*", "a", "team/*-app.v1_x", "a".repeat(255)));
});

test("how repositories are scanned follows the rules; those that are not there are failures", async () => {
  await using ecr = await openTestEcr();
  for (const repositoryName of ["app", "prod/app"]) await ecr.call("CreateRepository", { repositoryName });
  const filter = { filter: "prod", filterType: "WILDCARD" };
  await ecr.call("PutRegistryScanningConfiguration", { rules: [{ ...onPush, repositoryFilters: [filter] }] });
  const repositoryNames = ["prod/app", "gone", "app", "app"];
  assert.deepEqual(await ecr.call("BatchGetRepositoryScanningConfiguration", { repositoryNames }), {
    scanningConfigurations: [
      {
        repositoryArn: "arn:aws:ecr:us-east-1:000000000000:repository/prod/app",
        repositoryName: "prod/app",
        scanOnPush: true,
        scanFrequency: "SCAN_ON_PUSH",
        appliedScanFilters: [filter],
      },
      {
        repositoryArn: "arn:aws:ecr:us-east-1:000000000000:repository/app",
        repositoryName: "app",
        scanOnPush: false,
        scanFrequency: "MANUAL",
        appliedScanFilters: [],
      },
    ],
    failures: [
      {
        repositoryName: "gone",
        failureCode: "REPOSITORY_NOT_FOUND",
        failureReason: "The repository with name 'gone' does not exist in the registry with id '000000000000'",
      },
    ],
  });
});

test("a repository's own setting is turned on, and off by leaving it out", async () => {
  await using ecr = await openTestEcr();
  await ecr.call("CreateRepository", { repositoryName: "app" });
  const put = (imageScanningConfiguration: object) =>
    ecr.call("PutImageScanningConfiguration", { repositoryName: "app", imageScanningConfiguration });
  const described = async () => (await ecr.call("DescribeRepositories")).repositories[0].imageScanningConfiguration;
  assert.deepEqual(await put({ scanOnPush: true }), {
    registryId: "000000000000",
    repositoryName: "app",
    imageScanningConfiguration: { scanOnPush: true },
  });
  assert.deepEqual(await described(), { scanOnPush: true });
  const { scanningConfigurations } = await ecr.call("BatchGetRepositoryScanningConfiguration", { repositoryNames: ["app"] });
  assert.equal(scanningConfigurations[0].scanFrequency, "SCAN_ON_PUSH");
  assert.deepEqual((await put({})).imageScanningConfiguration, { scanOnPush: false });
  assert.deepEqual(await described(), { scanOnPush: false });
  const gone = { repositoryName: "gone", imageScanningConfiguration: {} };
  assert.equal((await ecr.refusal("PutImageScanningConfiguration", gone)).name, "RepositoryNotFoundException");
});

test("a scan needs an image, and until there is a scanner nothing has been scanned", async () => {
  await using ecr = await openTestEcr();
  await ecr.call("CreateRepository", { repositoryName: "app" });
  const pushed = image();
  await pushImage(ecr, "app", pushed, "v1");
  const findings = (input: object) => ecr.refusal("DescribeImageScanFindings", { repositoryName: "app", ...input });
  assert.deepEqual(await findings({ imageId: { imageTag: "v2" } }), {
    name: "ImageNotFoundException",
    message:
      "The image with imageId {imageDigest:'null', imageTag:'v2'} does not exist within the repository with name 'app' in the registry with id '000000000000'",
  });
  assert.deepEqual(await findings({ imageId: { imageTag: "v1" } }), {
    name: "ScanNotFoundException",
    message:
      "Image scan does not exist for the image with '{imageDigest:'null', imageTag:'v1'}' in the repository with name 'app' in the registry with id '000000000000'",
  });
  assert.equal((await findings({ imageId: { imageDigest: pushed.digest } })).name, "ScanNotFoundException");
  assert.equal((await findings({ imageId: {} })).name, "InvalidParameterException");
  assert.equal((await findings({ imageId: { imageTag: "v1" }, nextToken: "made up" })).name, "InvalidParameterException");
  assert.equal((await findings({ imageId: { imageTag: "v1" }, repositoryName: "gone" })).name, "RepositoryNotFoundException");
});

test("a scan cannot be started: not by hand with enhanced scanning, not of what is no image, not without a scanner", async () => {
  await using ecr = await openTestEcr();
  await ecr.call("CreateRepository", { repositoryName: "app" });
  const pushed = image();
  await pushImage(ecr, "app", pushed, "v1");
  await pushImage(ecr, "app", index([pushed]), "all");
  await pushImage(ecr, "app", image({ extra: { artifactType: "application/vnd.example" } }), "artifact");
  const start = (imageTag: string, repositoryName = "app") =>
    ecr.refusal("StartImageScan", { repositoryName, imageId: { imageTag } });
  assert.deepEqual(await start("v1"), {
    name: "ValidationException",
    message: "This feature is disabled: this server has no image scanner yet.",
  });
  const unsupported = (mediaType: string) => ({
    name: "UnsupportedImageTypeException",
    message: `An artifact with media type '${mediaType}' cannot be scanned. For more information, see the Amazon ECR documentation.`,
  });
  assert.deepEqual(await start("all"), unsupported("application/vnd.oci.image.index.v1+json"));
  assert.deepEqual(await start("artifact"), unsupported("application/vnd.example"));
  assert.equal((await start("v2")).name, "ImageNotFoundException");
  assert.equal((await start("v1", "gone")).name, "RepositoryNotFoundException");
  await ecr.call("PutRegistryScanningConfiguration", { scanType: "ENHANCED" });
  assert.deepEqual(await start("v1"), { name: "ValidationException", message: "This feature is disabled" });
});
