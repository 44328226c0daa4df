import assert from "node:assert/strict";
import { test } from "node:test";
import { openTestIam } from "../../testing/iam.ts";

const ISSUER = "token.actions.example.com";
const ARN = `arn:aws:iam::000000000000:oidc-provider/${ISSUER}`;
const THUMBPRINT = "a".repeat(40);

test("a provider is made, told, listed and taken away", async () => {
  await using iam = await openTestIam();
  const created = await iam.call("CreateOpenIDConnectProvider", {
    Url: `https://${ISSUER}`,
    ClientIDList: ["sts.amazonaws.com"],
    ThumbprintList: [THUMBPRINT.toUpperCase()],
    Tags: [{ Key: "for", Value: "ci" }],
  });
  assert.deepEqual(created, { OpenIDConnectProviderArn: ARN, Tags: [{ Key: "for", Value: "ci" }] });
  assert.deepEqual(await iam.call("GetOpenIDConnectProvider", { OpenIDConnectProviderArn: ARN }), {
    Url: ISSUER,
    ClientIDList: ["sts.amazonaws.com"],
    ThumbprintList: [THUMBPRINT],
    CreateDate: new Date(iam.clock.now()),
    Tags: [{ Key: "for", Value: "ci" }],
  });
  assert.deepEqual(await iam.call("ListOpenIDConnectProviders"), { OpenIDConnectProviderList: [{ Arn: ARN }] });
  await iam.call("DeleteOpenIDConnectProvider", { OpenIDConnectProviderArn: ARN });
  assert.deepEqual(await iam.refusal("GetOpenIDConnectProvider", { OpenIDConnectProviderArn: ARN }), {
    name: "NoSuchEntity",
    message: `OpenIDConnect Provider not found for arn ${ARN}`,
  });
  assert.deepEqual(await iam.refusal("DeleteOpenIDConnectProvider", { OpenIDConnectProviderArn: ARN }), {
    name: "NoSuchEntity",
    message: `OpenId connect Provider ${ARN} cannot be found.`,
  });
});

test("there is one provider for an issuer", async () => {
  await using iam = await openTestIam();
  const Url = `https://${ISSUER}`;
  await iam.call("CreateOpenIDConnectProvider", { Url });
  assert.deepEqual(await iam.refusal("CreateOpenIDConnectProvider", { Url }), {
    name: "EntityAlreadyExists",
    message: `Provider with url ${Url} already exists.`,
  });
  await iam.call("CreateOpenIDConnectProvider", { Url: `${Url}/id/ABC` });
});

test("clients and thumbprints can be changed, within their limits", async () => {
  await using iam = await openTestIam();
  await iam.call("CreateOpenIDConnectProvider", { Url: `https://${ISSUER}`, ClientIDList: ["a"] });
  const on = { OpenIDConnectProviderArn: ARN };
  await iam.call("AddClientIDToOpenIDConnectProvider", { ...on, ClientID: "b" });
  await iam.call("AddClientIDToOpenIDConnectProvider", { ...on, ClientID: "b" });
  await iam.call("RemoveClientIDFromOpenIDConnectProvider", { ...on, ClientID: "a" });
  await iam.call("RemoveClientIDFromOpenIDConnectProvider", { ...on, ClientID: "a" });
  await iam.call("UpdateOpenIDConnectProviderThumbprint", { ...on, ThumbprintList: [THUMBPRINT] });
  const { ClientIDList, ThumbprintList } = await iam.call("GetOpenIDConnectProvider", on);
  assert.deepEqual([ClientIDList, ThumbprintList], [["b"], [THUMBPRINT]]);
  const six = Array.from({ length: 6 }, () => THUMBPRINT);
  assert.deepEqual(await iam.refusal("UpdateOpenIDConnectProviderThumbprint", { ...on, ThumbprintList: six }), {
    name: "InvalidInput",
    message: "Thumbprint list must contain fewer than 5 entries.",
  });
  const many = Array.from({ length: 101 }, (_, index) => `client-${index}`);
  assert.deepEqual(await iam.refusal("CreateOpenIDConnectProvider", { Url: "https://other.example.com", ClientIDList: many }), {
    name: "LimitExceeded",
    message: "Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100",
  });
});

test("an issuer is reached by TLS and has nothing but a host, a port and a path", async () => {
  await using iam = await openTestIam();
  const bad = [
    "http://a.example.com",
    "a.example.com",
    "https://u:p@a.example.com",
    "https://a.example.com?b=c",
    "https://A.example.com",
  ];
  for (const Url of [...bad, "https://a.example.com/#b", "https:a.example.com", "https://a.example.com/b c"]) {
    // The same is said when the permission is asked for.
    const refusal = await iam.refusal("CreateOpenIDConnectProvider", { Url });
    assert.deepEqual(refusal, { name: "ValidationException", message: "Invalid Open ID Connect Provider URL" });
  }
  await iam.call("CreateOpenIDConnectProvider", { Url: "https://kubernetes.default.svc:6443/" });
  const arn = "arn:aws:iam::000000000000:oidc-provider/kubernetes.default.svc:6443/";
  assert.equal(
    (await iam.call("GetOpenIDConnectProvider", { OpenIDConnectProviderArn: arn })).Url,
    "kubernetes.default.svc:6443/",
  );
});

test("providers have tags, and another account's are not there", async () => {
  await using iam = await openTestIam();
  await iam.call("CreateOpenIDConnectProvider", { Url: `https://${ISSUER}` });
  const on = { OpenIDConnectProviderArn: ARN };
  await iam.call("TagOpenIDConnectProvider", {
    ...on,
    Tags: [
      { Key: "a", Value: "1" },
      { Key: "b", Value: "2" },
    ],
  });
  await iam.call("UntagOpenIDConnectProvider", { ...on, TagKeys: ["a"] });
  assert.deepEqual((await iam.call("ListOpenIDConnectProviderTags", on)).Tags, [{ Key: "b", Value: "2" }]);
  const foreign = { OpenIDConnectProviderArn: ARN.replace("000000000000", "111111111111") };
  assert.equal((await iam.refusal("GetOpenIDConnectProvider", foreign)).name, "NoSuchEntity");
  const role = { OpenIDConnectProviderArn: "arn:aws:iam::000000000000:role/a" };
  assert.equal((await iam.refusal("GetOpenIDConnectProvider", role)).name, "InvalidInput");
});
