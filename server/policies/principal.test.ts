import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePrincipal } from "./principal.ts";

const account = "123456789012";

test("an account is the same principal by its number and by its root user", () => {
  for (const name of [account, `arn:aws:iam::${account}:root`, `arn:aws-cn:iam::${account}:root`]) {
    assert.deepEqual(parsePrincipal("AWS", name), { kind: "account", account }, name);
  }
  assert.deepEqual(parsePrincipal("AWS", "*"), { kind: "everyone" });
});

test("users, roles and sessions are told apart by their ARNs", () => {
  const kinds = {
    [`arn:aws:iam::${account}:user/anna`]: "user",
    [`arn:aws:iam::${account}:user/a/b:c/anna.b@example,+=_-1`]: "user",
    [`arn:aws:iam::${account}:role/push`]: "role",
    [`arn:aws:iam::${account}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS`]: "role",
    [`arn:aws:sts::${account}:assumed-role/push/build-1@ci`]: "session",
    [`arn:aws:sts::${account}:federated-user/bob`]: "federated-user",
  };
  for (const [arn, kind] of Object.entries(kinds)) {
    assert.deepEqual(parsePrincipal("AWS", arn), { kind, account, arn });
  }
});

test("services, providers and canonical users are known by their form", () => {
  for (const [type, name, kind] of [
    ["Service", "codebuild.amazonaws.com", "service"],
    ["Service", "ec2.amazonaws.com.cn", "service"],
    ["Federated", "accounts.google.com", "federated"],
    ["Federated", `arn:aws:iam::${account}:oidc-provider/token.actions.githubusercontent.com`, "federated"],
    ["Federated", `arn:aws:iam::${account}:saml-provider/corp`, "federated"],
    ["CanonicalUser", "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be", "canonical-user"],
  ] as const) {
    assert.deepEqual(parsePrincipal(type, name), { kind, name });
  }
});

test("what has the form of no principal is unknown, and a part of one is never a wildcard", () => {
  const users = ["", "*", "a*b/anna", "bär", "x\n", "/", "x".repeat(65)].map((it) => `arn:aws:iam::${account}:user/${it}`);
  const others = ["*", "root/x", "role/team-*", "group/admins", "user", "policy/x", "assumed-role/push/x", "federated-user/bob"];
  const names = [...users, ...others.map((it) => `arn:aws:iam::${account}:${it}`)].map((it) => ["AWS", it] as const);
  const rest: readonly (readonly [string, string])[] = [
    ["AWS", ""],
    ["AWS", "root"],
    ["AWS", "12345678901"],
    ["AWS", "1234567890123"],
    ["AWS", " 123456789012"],
    ["AWS", "arn:aws:iam::123:user/x"],
    ["AWS", `arn:aws:iam:us-east-1:${account}:user/x`],
    ["AWS", `arn:*:iam::${account}:user/x`],
    ["AWS", "arn:aws:iam::*:root"],
    ["AWS", "arn:aws:iam::aws:policy/ReadOnlyAccess"],
    ["AWS", `arn:aws:sts::${account}:assumed-role/push`],
    ["AWS", `arn:aws:sts::${account}:assumed-role/push/*`],
    ["AWS", `arn:aws:sts::${account}:assumed-role/path/push/session`],
    ["AWS", `arn:aws:sts::${account}:user/x`],
    ["AWS", `arn:aws:sts::${account}:federated-user/a/b`],
    ["AWS", `arn:aws:ecr::${account}:role/x`],
    ["AWS", `arn:aws:ecr::${account}:assumed-role/push/session`],
    // The id that AWS shows in place of a user that is gone.
    ["AWS", "AIDACKCEVSQ6C2EXAMPLE"],
    ["Service", "*"],
    ["Service", "codebuild"],
    ["Service", "code build.amazonaws.com"],
    ["Service", ".amazonaws.com"],
    ["Federated", "*"],
    ["Federated", `arn:aws:iam::${account}:oidc-provider/`],
    ["Federated", `arn:aws:iam::${account}:role/x`],
    ["Federated", `arn:aws:iam::${account}:saml-provider/*`],
    ["Federated", `arn:aws:sts::${account}:saml-provider/corp`],
    ["CanonicalUser", "79a59df9"],
    ["toString", account],
  ];
  for (const [type, name] of [...names, ...rest]) {
    assert.deepEqual(parsePrincipal(type, name), { kind: "unknown", name }, `${type} ${JSON.stringify(name)}`);
  }
});
