import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { AccountId, Region } from "../kernel/names.ts";
import { testRegistry } from "../testing/call.ts";
import { openTestEcr } from "../testing/ecr.ts";

const { account, region } = testRegistry;
const START_S = Date.UTC(2026, 0, 1) / 1000;
const secret = (name = "hub-AbCdEf", place = `${region}:${account}`) =>
  `arn:aws:secretsmanager:${place}:secret:ecr-pullthroughcache/${name}`;
const role = (name = "puller") => `arn:aws:iam::${account}:role/${name}`;
const rule = (ecrRepositoryPrefix: string, upstreamRegistryUrl = "public.ecr.aws", more: object = {}) => ({
  ecrRepositoryPrefix,
  upstreamRegistryUrl,
  ...more,
});
const hub = (prefix = "docker-hub", more: object = {}) =>
  rule(prefix, "registry-1.docker.io", { credentialArn: secret(), ...more });

describe("a pull-through cache rule", () => {
  test("comes back with what was given and no more, and its upstream is known by the URL", async () => {
    await using ecr = await openTestEcr();
    const created = await ecr.call("CreatePullThroughCacheRule", rule("ecr-public"));
    assert.deepEqual(created, {
      ecrRepositoryPrefix: "ecr-public",
      registryId: account,
      upstreamRegistryUrl: "public.ecr.aws",
      upstreamRegistry: "ecr-public",
      createdAt: START_S,
    });
    const { pullThroughCacheRules } = await ecr.call("DescribePullThroughCacheRules", { ecrRepositoryPrefixes: ["ecr-public"] });
    assert.deepEqual(pullThroughCacheRules, [{ ...created, updatedAt: START_S }]);
  });

  test("keeps an upstream prefix that was given, be it ROOT", async () => {
    await using ecr = await openTestEcr();
    const url = `${account}.dkr.ecr.eu-west-1.amazonaws.com`;
    const given = rule("team-a", url, { upstreamRepositoryPrefix: "ROOT", customRoleArn: role() });
    const created = await ecr.call("CreatePullThroughCacheRule", given);
    assert.deepEqual(created, { ...given, registryId: account, upstreamRegistry: "ecr", createdAt: START_S });
    const { upstreamRepositoryPrefix } = await ecr.call(
      "CreatePullThroughCacheRule",
      rule("ROOT", url, { upstreamRepositoryPrefix: "ROOT" }),
    );
    assert.equal(upstreamRepositoryPrefix, "ROOT");
  });

  test("that is for ROOT cannot have an upstream prefix", async () => {
    await using ecr = await openTestEcr();
    const given = rule("ROOT", "public.ecr.aws", { upstreamRepositoryPrefix: "docker" });
    assert.equal((await ecr.refusal("CreatePullThroughCacheRule", given)).name, "InvalidParameterException");
  });

  test("is there once for a prefix, with or without its slash", async () => {
    await using ecr = await openTestEcr();
    await ecr.call("CreatePullThroughCacheRule", rule("tools/"));
    for (const prefix of ["tools", "tools/"]) {
      const { name } = await ecr.refusal("CreatePullThroughCacheRule", rule(prefix, "quay.io"));
      assert.equal(name, "PullThroughCacheRuleAlreadyExistsException");
      const { pullThroughCacheRules } = await ecr.call("DescribePullThroughCacheRules", { ecrRepositoryPrefixes: [prefix] });
      assert.deepEqual(
        pullThroughCacheRules.map((it: any) => [it.ecrRepositoryPrefix, it.upstreamRegistry]),
        [["tools/", "ecr-public"]],
      );
    }
    await ecr.call("CreatePullThroughCacheRule", rule("tools/linters", "quay.io"));
  });

  test("of two that are made at once for a prefix, one is", async () => {
    await using ecr = await openTestEcr();
    const both = await Promise.allSettled(["tools", "tools/"].map((it) => ecr.call("CreatePullThroughCacheRule", rule(it))));
    assert.deepEqual(both.map((it) => it.status).sort(), ["fulfilled", "rejected"]);
  });

  test("belongs to its registry", async () => {
    await using ecr = await openTestEcr();
    const elsewhere = { registry: { account, region: "eu-west-1" as Region } };
    await ecr.call("CreatePullThroughCacheRule", rule("tools"));
    await ecr.call("CreatePullThroughCacheRule", rule("tools", "quay.io"), elsewhere);
    const [{ upstreamRegistry }] = (await ecr.call("DescribePullThroughCacheRules", {}, elsewhere)).pullThroughCacheRules;
    assert.equal(upstreamRegistry, "quay");
  });

  test("has at most 49 others beside it", async () => {
    await using ecr = await openTestEcr();
    for (let n = 0; n < 50; n++) await ecr.call("CreatePullThroughCacheRule", rule(`rule-${n}`));
    assert.equal((await ecr.refusal("CreatePullThroughCacheRule", rule("one-more"))).name, "LimitExceededException");
    await ecr.call("DeletePullThroughCacheRule", { ecrRepositoryPrefix: "rule-7" });
    await ecr.call("CreatePullThroughCacheRule", rule("one-more"));
  });
});

describe("an upstream", () => {
  test("is named by its host and nothing around it", async () => {
    await using ecr = await openTestEcr();
    const wrong = [
      "https://public.ecr.aws",
      "public.ecr.aws/",
      "Public.ecr.aws",
      "docker.io",
      "registry.example.com",
      ".azurecr.io",
      "",
    ];
    const start = `${account}.dkr.ecr.eu-west-1`;
    for (const url of [...wrong, `${start}.example.com`, `${start}.amazonaws.com.cn`, `1${start}.amazonaws.com`]) {
      assert.deepEqual(await ecr.refusal("CreatePullThroughCacheRule", rule("tools", url)), {
        name: "UnsupportedUpstreamRegistryException",
        message: `The upstream registry URL ${url} is invalid. Specify a valid upstream registry URL and try again`,
      });
    }
  });

  test("is one of those that ECR has", async () => {
    await using ecr = await openTestEcr();
    const known = {
      "registry.k8s.io": "k8s",
      "quay.io": "quay",
      "ghcr.io": "github-container-registry",
      "registry.gitlab.com": "gitlab-container-registry",
      "cgr.dev": "chainguard",
      "team1.azurecr.io": "azure-container-registry",
      "111111111111.dkr.ecr.us-east-1.amazonaws.com": "ecr",
    };
    for (const [url, upstream] of Object.entries(known)) {
      const credentials = ["k8s", "quay", "ecr"].includes(upstream) ? {} : { credentialArn: secret() };
      const input = rule(upstream.slice(0, 30), url, { upstreamRegistry: upstream, ...credentials });
      assert.equal((await ecr.call("CreatePullThroughCacheRule", input)).upstreamRegistry, upstream);
    }
  });

  test("can be a registry of this server, by the host that clients use, but not the one that caches", async () => {
    await using ecr = await openTestEcr();
    const registryHost = (it: { account: string; region: string }) => `${it.account}.dkr.ecr.${it.region}.registry.example:4510`;
    const naming = { registryHost, registryUrl: () => "" };
    const other = registryHost({ account, region: "eu-west-1" });
    const { upstreamRegistry } = await ecr.call("CreatePullThroughCacheRule", rule("tools", other), { naming });
    assert.equal(upstreamRegistry, "ecr");
    for (const url of [registryHost(testRegistry), `${account}.dkr.ecr.${region}.amazonaws.com`]) {
      const { message } = await ecr.refusal("CreatePullThroughCacheRule", rule("self", url), { naming });
      assert.match(message, /Upstream registry URL cannot be the same as the cache registry/);
    }
  });

  test("that wants a secret gets one, and no other does", async () => {
    await using ecr = await openTestEcr();
    assert.deepEqual(await ecr.refusal("CreatePullThroughCacheRule", rule("docker-hub", "registry-1.docker.io")), {
      name: "UnsupportedUpstreamRegistryException",
      message:
        "The specified upstream registry requires authentication. Specify a valid Secrets Manager ARN containing the upstream registry credentials and try again.",
    });
    const { name, message } = await ecr.refusal(
      "CreatePullThroughCacheRule",
      rule("quay", "quay.io", { credentialArn: secret() }),
    );
    assert.equal(name, "UnsupportedUpstreamRegistryException");
    assert.match(message, /^The specified upstream registry doesn't require authentication/);
    await ecr.call("CreatePullThroughCacheRule", hub());
  });

  test("gets a role only where roles are known, and a secret only where they are not", async () => {
    await using ecr = await openTestEcr();
    const text =
      "Invalid input: Upstream registry URL and provided credential type do not match. Please verify input and try again.";
    const ours = "111111111111.dkr.ecr.us-east-1.amazonaws.com";
    for (const input of [
      hub("a1", { customRoleArn: role() }),
      rule("a2", "quay.io", { customRoleArn: role() }),
      rule("a3", ours, { credentialArn: secret() }),
    ])
      assert.deepEqual(await ecr.refusal("CreatePullThroughCacheRule", input), {
        name: "InvalidParameterException",
        message: text,
      });
    const { message } = await ecr.refusal("CreatePullThroughCacheRule", rule("a4", ours, { customRoleArn: "puller" }));
    assert.equal(message, "Invalid parameter at 'customRoleArn' failed to satisfy constraint: 'Invalid ARN'");
  });

  test("must be the one that is named beside its URL, where it wants a secret", async () => {
    await using ecr = await openTestEcr();
    const { name, message } = await ecr.refusal("CreatePullThroughCacheRule", hub("hub", { upstreamRegistry: "chainguard" }));
    assert.equal(name, "InvalidParameterException");
    assert.equal(
      message,
      "Invalid input: Upstream registry URL and entered upstream registry do not match. Please verify input and try again.",
    );
    const { upstreamRegistry } = await ecr.call("CreatePullThroughCacheRule", rule("q1", "quay.io", { upstreamRegistry: "k8s" }));
    assert.equal(upstreamRegistry, "quay");
  });
});

test("a secret stands in the account and the region of the rule", async () => {
  await using ecr = await openTestEcr();
  for (const place of [`eu-west-1:${account}`, `${region}:111111111111`, `${region}:${account}:x`]) {
    const { name, message } = await ecr.refusal(
      "CreatePullThroughCacheRule",
      hub("hub", { credentialArn: secret("hub", place) }),
    );
    assert.equal(name, "SecretNotFoundException");
    assert.match(message, /was not found\. Please verify the secret exists in the same region and account/);
  }
  const wrong = [
    secret("hub!"),
    secret().replace("ecr-pullthroughcache", "pullthroughcache"),
    secret().replace("aws", "aws-"),
    `x${secret()}`,
  ];
  for (const credentialArn of wrong) {
    const { message } = await ecr.refusal("CreatePullThroughCacheRule", hub("hub", { credentialArn }));
    assert.match(
      message,
      /^Invalid parameter at 'credentialArn' failed to satisfy constraint: 'Member must satisfy regular expression pattern: \^arn:aws/,
    );
  }
});

describe("UpdatePullThroughCacheRule", () => {
  test("changes credentials and nothing else, and says when", async () => {
    await using ecr = await openTestEcr();
    const created = await ecr.call("CreatePullThroughCacheRule", hub());
    ecr.clock.advance(1500);
    const credentialArn = secret("other-AbCdEf");
    assert.deepEqual(await ecr.call("UpdatePullThroughCacheRule", { ecrRepositoryPrefix: "docker-hub", credentialArn }), {
      ecrRepositoryPrefix: "docker-hub",
      registryId: account,
      credentialArn,
      updatedAt: START_S + 1.5,
    });
    assert.deepEqual((await ecr.call("DescribePullThroughCacheRules")).pullThroughCacheRules, [
      { ...created, credentialArn, updatedAt: START_S + 1.5 },
    ]);
  });

  test("wants something to change, also where the upstream takes nothing", async () => {
    await using ecr = await openTestEcr();
    await ecr.call("CreatePullThroughCacheRule", hub());
    await ecr.call("CreatePullThroughCacheRule", rule("quay", "quay.io"));
    for (const ecrRepositoryPrefix of ["docker-hub", "quay"])
      assert.deepEqual(await ecr.refusal("UpdatePullThroughCacheRule", { ecrRepositoryPrefix }), {
        name: "InvalidParameterException",
        message: "Invalid input: Please set either credential arn or role arn to update the credentials",
      });
  });

  test("refuses credentials that the upstream does not take, and changes nothing", async () => {
    await using ecr = await openTestEcr();
    await ecr.call("CreatePullThroughCacheRule", hub());
    await ecr.call("CreatePullThroughCacheRule", rule("quay", "quay.io"));
    const before = await ecr.call("DescribePullThroughCacheRules");
    ecr.clock.advance(1000);
    const wrong = [
      { ecrRepositoryPrefix: "quay", credentialArn: secret() },
      { ecrRepositoryPrefix: "docker-hub", customRoleArn: role() },
    ];
    for (const input of wrong)
      assert.equal((await ecr.refusal("UpdatePullThroughCacheRule", input)).name, "InvalidParameterException");
    const elsewhere = { ecrRepositoryPrefix: "docker-hub", credentialArn: secret("hub-AbCdEf", `eu-west-1:${account}`) };
    assert.equal((await ecr.refusal("UpdatePullThroughCacheRule", elsewhere)).name, "SecretNotFoundException");
    assert.deepEqual(await ecr.call("DescribePullThroughCacheRules"), before);
  });
});

describe("DescribePullThroughCacheRules", () => {
  test("pages by prefix, over all rules and over some", async () => {
    await using ecr = await openTestEcr();
    for (const prefix of ["c1", "a1", "d1", "b1", "b1/x"]) await ecr.call("CreatePullThroughCacheRule", rule(prefix));
    const walk = async (input: object) => {
      const pages: string[][] = [];
      for (let nextToken: string | undefined; ; ) {
        const page = await ecr.call("DescribePullThroughCacheRules", {
          ...input,
          maxResults: 2,
          ...(nextToken && { nextToken }),
        });
        pages.push(page.pullThroughCacheRules.map((it: any) => it.ecrRepositoryPrefix));
        nextToken = page.nextToken;
        if (nextToken === undefined) return pages;
      }
    };
    assert.deepEqual(await walk({}), [["a1", "b1"], ["b1/x", "c1"], ["d1"]]);
    assert.deepEqual(await walk({ ecrRepositoryPrefixes: ["d1", "a1", "c1", "a1/"] }), [["a1", "c1"], ["d1"]]);
    const { nextToken } = await ecr.call("DescribePullThroughCacheRules", { maxResults: 2 });
    const other = await ecr.refusal("DescribePullThroughCacheRules", { ecrRepositoryPrefixes: ["a1"], nextToken });
    assert.equal(other.name, "InvalidParameterException");
  });

  test("has an empty list before there is a rule", async () => {
    await using ecr = await openTestEcr();
    assert.deepEqual(await ecr.call("DescribePullThroughCacheRules"), { pullThroughCacheRules: [] });
  });
});

test("a rule that is deleted is shown once more, and then gone for every operation", async () => {
  await using ecr = await openTestEcr();
  const { upstreamRegistry: _, ...created } = await ecr.call("CreatePullThroughCacheRule", hub());
  assert.deepEqual(await ecr.call("DeletePullThroughCacheRule", { ecrRepositoryPrefix: "docker-hub" }), created);
  for (const operation of ["Delete", "Update", "Validate"]) {
    assert.deepEqual(await ecr.refusal(`${operation}PullThroughCacheRule`, { ecrRepositoryPrefix: "docker-hub" }), {
      name: "PullThroughCacheRuleNotFoundException",
      message: `The pull through cache rule with prefix 'docker-hub' does not exist in the registry with id '${account}'`,
    });
  }
  const named = await ecr.refusal("DescribePullThroughCacheRules", { ecrRepositoryPrefixes: ["docker-hub"] });
  assert.equal(named.name, "PullThroughCacheRuleNotFoundException");
});

test("a rule cannot be validated yet, and the answer says so", async () => {
  await using ecr = await openTestEcr();
  await ecr.call("CreatePullThroughCacheRule", hub());
  const { isValid, failure, ...rest } = await ecr.call("ValidatePullThroughCacheRule", { ecrRepositoryPrefix: "docker-hub" });
  assert.equal(isValid, false);
  assert.match(failure, /does not contact upstream registries yet/);
  assert.deepEqual(rest, { ...hub(), registryId: account });
});

test("prefixes have ECR's form", async () => {
  await using ecr = await openTestEcr();
  for (const prefix of ["a", "A1", "a//b", "/a1", "root/ROOT", "a".repeat(31)]) {
    const { message } = await ecr.refusal("CreatePullThroughCacheRule", rule(prefix));
    assert.match(message, /^Invalid parameter at 'ecrRepositoryPrefix' failed to satisfy constraint/, prefix);
  }
});

test("the rules of another account are not for its neighbours", async () => {
  await using ecr = await openTestEcr();
  const principal = { type: "root", account: "111111111111" as AccountId, arn: "arn:aws:iam::111111111111:root", userId: "1" };
  const changes = { principal: principal as never };
  assert.equal(
    (await ecr.refusal("DescribePullThroughCacheRules", { registryId: account }, changes)).name,
    "AccessDeniedException",
  );
});
