import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";
import { AssumeRootCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { formatAmzDate } from "../identity/sigv4/amz-date.ts";
import { canonicalRequest } from "../identity/sigv4/canonical-request.ts";
import { groupHeaders } from "../identity/sigv4/signed-headers.ts";
import { deriveSigningKey, sign } from "../identity/sigv4/signing-key.ts";
import { type Answer, type AwsServer, startAwsServer } from "../testing/aws-server.ts";
import { exampleKey } from "../testing/identity.ts";

let server: AwsServer;
let client: STSClient;
before(async () => {
  server = await startAwsServer();
  client = new STSClient({ endpoint: server.endpoint, region: "us-east-1", credentials: exampleKey });
});
after(async () => {
  client.destroy();
  await server[Symbol.asyncDispose]();
});

const FORM = { "Content-Type": "application/x-www-form-urlencoded; charset=utf-8" };
const post = (body: string, service = "sts"): Promise<Answer> => server.sendSigned({ headers: FORM, body, service });

function failure({ status, text }: Answer): readonly [number, string | undefined, string | undefined] {
  return [status, /<Code>(.*)<\/Code>/.exec(text)?.[1], /<Message>(.*)<\/Message>/.exec(text)?.[1]];
}

test("the AWS SDK learns who it is", async () => {
  const { Account, Arn, UserId, $metadata } = await client.send(new GetCallerIdentityCommand({}));
  assert.deepEqual([Account, Arn, UserId], ["000000000000", "arn:aws:iam::000000000000:root", "000000000000"]);
  assert.match($metadata.requestId ?? "", /^[0-9a-f-]{36}$/);
});

test("the AWS SDK understands errors by name", async () => {
  await assert.rejects(client.send(new AssumeRootCommand({ TargetPrincipal: "000000000000", TaskPolicyArn: {} })), {
    name: "InvalidAction",
    message: "Could not find operation AssumeRoot for version 2011-06-15",
  });
});

test("an answer is in STS's envelope", async () => {
  const { status, text, headers } = await post("Action=GetCallerIdentity&Version=2011-06-15");
  assert.equal(status, 200);
  assert.equal(headers["content-type"], "text/xml");
  assert.equal(
    text,
    '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>' +
      "<UserId>000000000000</UserId><Account>000000000000</Account><Arn>arn:aws:iam::000000000000:root</Arn>" +
      "</GetCallerIdentityResult><ResponseMetadata>" +
      `<RequestId>${headers["x-amzn-requestid"]}</RequestId></ResponseMetadata></GetCallerIdentityResponse>\n`,
  );
});

test("a GET with the action in its query is answered too", async () => {
  const answer = await server.sendSigned({ method: "GET", query: "Action=GetCallerIdentity&Version=2011-06-15", service: "sts" });
  assert.match(answer.text, /<Account>000000000000<\/Account>/);
});

test("a presigned URL is answered without any header of AWS's, as EKS and Vault send it", async () => {
  const timestamp = formatAmzDate(Date.now());
  const scope = { date: timestamp.slice(0, 8), region: "us-east-1", service: "sts" };
  const credential = encodeURIComponent(`${exampleKey.accessKeyId}/${scope.date}/us-east-1/sts/aws4_request`);
  const query =
    `Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${credential}` +
    `&X-Amz-Date=${timestamp}&X-Amz-Expires=60&X-Amz-SignedHeaders=host`;
  const payloadHash = createHash("sha256").digest("hex");
  const headers = groupHeaders(["Host", "sts.example"]);
  const canonical = canonicalRequest({ method: "GET", path: "/", query, headers, signedHeaders: ["host"], payloadHash }) ?? "";
  const signature = sign(deriveSigningKey(exampleKey.secretAccessKey, scope), timestamp, scope, canonical).toString("hex");
  const path = `/?${query}&X-Amz-Signature=${signature}`;
  const { text } = await server.send({ method: "GET", path, rawHeaders: ["Host", "sts.example"] });
  assert.match(text, /<Account>000000000000<\/Account>/);
  assert.ok(!JSON.stringify(server.lines).includes(signature));
});

test("errors have the names and statuses of the query services", async () => {
  const known = "Action=GetCallerIdentity&Version=2011-06-15";
  const rawHeaders = Object.entries(FORM).flat();
  const unsigned = await server.send({ method: "POST", path: "/", rawHeaders, body: known });
  assert.deepEqual(failure(unsigned).slice(0, 2), [403, "MissingAuthenticationToken"]);
  const stranger = await server.sendSigned({ headers: FORM, body: known, service: "sts", accessKeyId: "AKIAIOSFODNN7NOBODY0" });
  assert.deepEqual(failure(stranger).slice(0, 2), [403, "InvalidClientTokenId"]);
  const tampered = await server.sendSigned({ headers: FORM, body: known, service: "sts" }, { body: `${known}&x=1` });
  assert.deepEqual(failure(tampered).slice(0, 2), [403, "SignatureDoesNotMatch"]);
  assert.deepEqual(failure(await post("Action=GetCallerIdentity&Version=2010-05-08")), [
    400,
    "InvalidAction",
    "Could not find operation GetCallerIdentity for version 2010-05-08",
  ]);
  assert.deepEqual(failure(await post("Action=ListStacks&Version=2010-05-15", "cloudformation")), [
    400,
    "InvalidAction",
    "Could not find operation ListStacks for version 2010-05-15",
  ]);
  // Signed for another service, one that is here or one that is not.
  for (const service of ["iam", "s3"]) {
    assert.deepEqual(failure(await post(known, service)), [
      403,
      "SignatureDoesNotMatch",
      "Credential should be scoped to correct service: &apos;sts&apos;.",
    ]);
  }
  assert.deepEqual(failure(await post("a=1&".repeat(2_000))).slice(0, 2), [400, "ValidationError"]);
});

test("what a client sends cannot leave its place in the XML", async () => {
  const { text } = await post(`Action=${encodeURIComponent("</Message><x>&\u0000")}&Version=1`);
  assert.match(text, /Could not find operation &lt;\/Message&gt;&lt;x&gt;&amp;\ufffd/);
});
