import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseImageReference } from "./parse-image-reference.ts";

const digest = `sha256:${"0".repeat(64)}`;
const at = (name: string) => {
  const reference = parseImageReference(`${name}@${digest}`);
  assert.equal(reference?.imageDigest ?? digest, digest);
  const { account, region } = reference?.registry ?? {};
  return reference && [...(account === undefined ? [] : [account, region]), reference.repositoryName];
};

describe("the reference of an image in use", () => {
  test("is a host, a repository and a digest", () => {
    assert.deepEqual(at("registry.internal/team/app"), ["team/app"]);
    assert.deepEqual(at("localhost:4510/app"), ["app"]);
    assert.deepEqual(at("localhost/app"), ["app"]);
    assert.deepEqual(at("[::1]:4510/app"), ["app"]);
  });

  test("names its registry where its host is one of ECR's form", () => {
    const [account, region] = ["123456789012", "eu-central-1"];
    assert.deepEqual(at(`${account}.dkr.ecr.${region}.amazonaws.com/app`), [account, region, "app"]);
    assert.deepEqual(at(`${account}.dkr.ecr-fips.${region}.amazonaws.com/app`), [account, region, "app"]);
    assert.deepEqual(at(`${account}.dkr-ecr.${region}.on.aws/app`), [account, region, "app"]);
    assert.deepEqual(at(`${account}.dkr.ecr.${region}.ecr.example.com:8443/team/app`), [account, region, "team/app"]);
  });

  test("may have a scheme before it, and a tag behind the repository", () => {
    assert.deepEqual(at("docker-pullable://docker.io/library/nginx"), ["library/nginx"]);
    assert.deepEqual(at("registry.internal:5000/app:v1"), ["app"]);
  });

  test("has no host where its first part is no name of one", () => {
    assert.deepEqual(at("team/app"), ["team/app"]);
    assert.deepEqual(at("app"), ["app"]);
  });

  test("is none without a repository and a whole digest", () => {
    for (const text of [
      digest,
      `docker://${digest}`,
      "registry.internal/app:v1",
      "registry.internal/app@sha256:12",
      "",
      "@",
      "://",
    ])
      assert.equal(parseImageReference(text), undefined, text);
    for (const name of ["registry.internal/App", "registry.internal/", "registry.internal/a//b", ":v1"])
      assert.equal(at(name), undefined, name);
  });
});
