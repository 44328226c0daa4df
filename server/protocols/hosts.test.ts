import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { AccountId, Region, RegistryId } from "../kernel/names.ts";
import { createHosts, type HostsOptions } from "./hosts.ts";

const OWN: RegistryId = { account: "000000000000" as AccountId, region: "us-east-1" as Region };
const OTHER: RegistryId = { account: "111111111111" as AccountId, region: "eu-west-1" as Region };

const hosts = (options: Partial<HostsOptions> = {}) => createHosts({ hostSuffix: "localhost", ...OWN, port: 4510, ...options });

test("a host names a registry, an endpoint, or nothing in particular", () => {
  const cases: readonly (readonly [string, string, string | undefined])[] = [
    ["111111111111.dkr.ecr.eu-west-1.localhost:4510", "registry", "111111111111/eu-west-1"],
    ["111111111111.DKR.ECR.eu-west-1.LocalHost", "registry", "111111111111/eu-west-1"],
    ["111111111111.dkr.ecr-fips.us-gov-west-1.localhost", "registry", "111111111111/us-gov-west-1"],
    ["111111111111.dkr-ecr.eu-west-1.localhost:4510", "registry", "111111111111/eu-west-1"],
    ["111111111111.dkr-ecr.eu-west-1.on.aws", "registry", "111111111111/eu-west-1"],
    ["111111111111.dkr.ecr.eu-west-1.amazonaws.com", "registry", "111111111111/eu-west-1"],
    ["111111111111.dkr.ecr-fips.us-east-2.amazonaws.com:443", "registry", "111111111111/us-east-2"],
    ["111111111111.dkr.ecr.cn-north-1.amazonaws.com.cn", "registry", "111111111111/cn-north-1"],
    ["1234.dkr.ecr.us-east-1.localhost", "invalid", undefined],
    ["myaccount.dkr.ecr.us-east-1.amazonaws.com", "invalid", undefined],
    ["111111111111.dkr.ecr.nowhere.localhost", "invalid", undefined],
    ["a b", "invalid", undefined],
    ["x/../y", "invalid", undefined],
    [`${"a".repeat(300)}.localhost`, "invalid", undefined],
    ["api.ecr.eu-west-1.localhost:4510", "api", "000000000000/eu-west-1"],
    ["ecr.eu-west-1.api.aws", "api", "000000000000/eu-west-1"],
    ["api.ecr.eu-west-1.amazonaws.com", "api", "000000000000/eu-west-1"],
    ["ecr-fips.us-west-2.amazonaws.com", "api", "000000000000/us-west-2"],
    ["sts.eu-central-1.amazonaws.com", "api", "000000000000/eu-central-1"],
    ["public.ecr.aws", "public", undefined],
    ["public.ecr.localhost:4510", "public", undefined],
    ["localhost:4510", "plain", "000000000000/us-east-1"],
    ["127.0.0.1:4510", "plain", "000000000000/us-east-1"],
    ["[::1]:4510", "plain", "000000000000/us-east-1"],
    ["my_registry", "plain", "000000000000/us-east-1"],
    ["registry.example.com", "plain", "000000000000/us-east-1"],
    ["sts.amazonaws.com", "plain", "000000000000/us-east-1"],
    ["", "plain", "000000000000/us-east-1"],
  ];
  for (const [host, kind, registry] of cases) {
    const resolved = hosts().resolve(host, false);
    const named = resolved.registry === undefined ? undefined : `${resolved.registry.account}/${resolved.registry.region}`;
    assert.deepEqual([host, resolved.kind, named], [host, kind, registry]);
  }
});

test("only an endpoint's host says which region a signature must be for", () => {
  assert.equal(hosts().resolve("api.ecr.eu-west-1.localhost", false).region, "eu-west-1");
  assert.equal(hosts().resolve("localhost:4510", false).region, undefined);
});

test("answers name registries as the client's own endpoint is spelled", () => {
  const cases: readonly (readonly [string, Partial<HostsOptions>, string, string])[] = [
    ["localhost:4510", {}, "localhost:4510", "111111111111.dkr.ecr.eu-west-1.localhost:4510"],
    ["127.0.0.1:9999", {}, "127.0.0.1:9999", "111111111111.dkr.ecr.eu-west-1.localhost:9999"],
    ["registry.corp", { hostSuffix: "corp" }, "registry.corp", "111111111111.dkr.ecr.eu-west-1.corp"],
    ["", {}, "localhost:4510", "111111111111.dkr.ecr.eu-west-1.localhost:4510"],
    ["a b", {}, "localhost:4510", "111111111111.dkr.ecr.eu-west-1.localhost:4510"],
    [
      "api.ecr.us-east-1.localhost:4510",
      {},
      "000000000000.dkr.ecr.us-east-1.localhost:4510",
      "111111111111.dkr.ecr.eu-west-1.localhost:4510",
    ],
    [
      "api.ecr.us-east-1.amazonaws.com",
      {},
      "000000000000.dkr.ecr.us-east-1.amazonaws.com",
      "111111111111.dkr.ecr.eu-west-1.amazonaws.com",
    ],
    ["ecr.us-east-1.api.aws", {}, "000000000000.dkr-ecr.us-east-1.on.aws", "111111111111.dkr-ecr.eu-west-1.on.aws"],
    [
      "000000000000.dkr.ecr-fips.us-east-1.amazonaws.com",
      {},
      "000000000000.dkr.ecr-fips.us-east-1.amazonaws.com",
      "111111111111.dkr.ecr-fips.eu-west-1.amazonaws.com",
    ],
    [
      "10.0.0.7:4510",
      { publicUrl: new URL("https://ecr.example"), hostSuffix: "ecr.example" },
      "ecr.example",
      "111111111111.dkr.ecr.eu-west-1.ecr.example",
    ],
    [
      "10.0.0.7",
      { publicUrl: new URL("http://ecr.example:8080"), hostSuffix: "ecr.example" },
      "ecr.example:8080",
      "111111111111.dkr.ecr.eu-west-1.ecr.example:8080",
    ],
  ];
  for (const [host, options, own, other] of cases) {
    const { naming } = hosts(options).resolve(host, false);
    assert.deepEqual([host, naming.registryHost(OWN), naming.registryHost(OTHER)], [host, own, other]);
  }
});

test("the scheme is https when the client came by TLS, or when the public URL says so", () => {
  const urlOf = (options: Partial<HostsOptions>, secure: boolean): string =>
    hosts(options).resolve("localhost:4510", secure).naming.registryUrl(OWN);
  assert.equal(urlOf({}, false), "http://localhost:4510");
  assert.equal(urlOf({}, true), "https://localhost:4510");
  assert.equal(urlOf({ publicUrl: new URL("https://ecr.example") }, false), "https://ecr.example");
});

test("a registry's own name resolves to the same registry again", () => {
  for (const from of ["api.ecr.us-east-1.amazonaws.com", "ecr.us-east-1.api.aws", "api.ecr.us-east-1.localhost:4510"]) {
    const name = hosts().resolve(from, false).naming.registryHost(OTHER);
    assert.deepEqual(hosts().resolve(name, false).registry, OTHER);
  }
});

test("no text breaks it, and no text that is not a host is ever repeated", () => {
  const all = hosts();
  fc.assert(
    fc.property(fc.oneof(fc.string({ maxLength: 300 }), fc.string({ unit: "binary" })), (text) => {
      const resolved = all.resolve(text, false);
      assert.match(resolved.host, /^[a-z0-9._:[\]-]*$/);
      assert.match(resolved.naming.registryHost(OWN), /^[a-z0-9._:[\]-]+$/);
    }),
  );
});
