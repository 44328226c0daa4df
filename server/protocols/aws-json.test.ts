import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DescribeRepositoriesCommand, ECRClient, GetAuthorizationTokenCommand, PutImageCommand } from "@aws-sdk/client-ecr";
import { JSON_BODY_BYTES_MAX } from "../kernel/limits.ts";
import { type Answer, type AwsServer, startAwsServer, target } from "../testing/aws-server.ts";
import { startEcrServer } from "../testing/ecr-server.ts";
import { exampleKey } from "../testing/identity.ts";
import { connectRaw } from "../testing/raw-client.ts";
import { signedHead } from "../testing/signed-request.ts";

let server: AwsServer;
let client: ECRClient;
before(async () => {
  server = await startAwsServer();
  client = new ECRClient({ endpoint: server.endpoint, region: "us-east-1", credentials: exampleKey });
});
after(async () => {
  client.destroy();
  await server[Symbol.asyncDispose]();
});

const describe = (body: string): Promise<Answer> => server.sendSigned({ headers: target("DescribeRepositories"), body });

/** What an answer says went wrong. */
function failure(answer: Answer): { status: number; type: string; message: string } {
  const { __type: type, message } = JSON.parse(answer.text);
  assert.equal(answer.headers["x-amzn-errortype"], type);
  assert.match(answer.headers["x-amzn-requestid"] as string, /^[0-9a-f-]{36}$/);
  return { status: answer.status, type, message };
}

test("the AWS SDK calls an operation and understands its output", async () => {
  const output = await client.send(new DescribeRepositoriesCommand({ repositoryNames: ["team/app"] }));
  assert.equal(output.repositories?.[0]?.repositoryArn, "arn:aws:ecr:us-east-1:000000000000:repository/team/app");
  assert.equal(output.repositories?.[0]?.repositoryUri, `127.0.0.1:${server.port}/team/app`);
  assert.equal(output.repositories?.[0]?.createdAt?.getTime(), 1_563_223_656_500);
  assert.match(output.$metadata.requestId ?? "", /^[0-9a-f-]{36}$/);
});

test("the AWS SDK understands errors by name", async () => {
  await assert.rejects(client.send(new DescribeRepositoriesCommand({ repositoryNames: ["missing"] })), {
    name: "RepositoryNotFoundException",
    message: "The repository is not there.",
  });
  await assert.rejects(client.send(new DescribeRepositoriesCommand({ repositoryNames: ["x"] })), {
    name: "InvalidParameterException",
    message:
      "Invalid parameter at 'repositoryNames' failed to satisfy constraint: 'Member must satisfy constraint: [Member must have length greater than or equal to 2]'",
  });
});

test("an operation that is not there is named, and never a 5xx", async () => {
  const command = new PutImageCommand({ repositoryName: "app", imageManifest: "{}" });
  await assert.rejects(client.send(command), {
    name: "UnknownOperationException",
    message: "Could not find operation PutImage.",
  });
});

test("an authorization token names the host that the client came by", async () => {
  const { authorizationData } = await client.send(new GetAuthorizationTokenCommand({}));
  assert.equal(authorizationData?.[0]?.proxyEndpoint, `http://127.0.0.1:${server.port}`);
});

test("the registry is the caller's in the region of the signature, unless a registryId says otherwise", async () => {
  const west = await server.sendSigned({
    headers: target("DescribeRepositories"),
    body: '{"repositoryNames":["app"]}',
    region: "us-west-2",
  });
  assert.match(west.text, /arn:aws:ecr:us-west-2:000000000000:repository\/app/);
  const other = failure(await describe('{"registryId":"111111111111","repositoryNames":["app"]}'));
  assert.equal(other.type, "AccessDeniedException");
  assert.equal(failure(await describe('{"registryId":"me"}')).type, "InvalidParameterException");
});

test("nothing runs without a decision", async () => {
  const { type, message } = failure(await server.sendSigned({ headers: target("DeleteRepository"), body: "{}" }));
  assert.equal(type, "AccessDeniedException");
  assert.match(message, /^User: arn:aws:iam::000000000000:root is not authorized to perform: ecr:DeleteRepository on resource: /);
});

test("a host that names a region must agree with the signature", async () => {
  const headers = { ...target("DescribeRepositories"), Host: "api.ecr.eu-west-1.amazonaws.com" };
  const { type, message } = failure(await server.sendSigned({ headers, body: "{}" }));
  assert.equal(type, "InvalidSignatureException");
  assert.equal(message, "Credential should be scoped to a valid Region, not 'us-east-1'.");
  assert.equal((await server.sendSigned({ headers, body: "{}", region: "eu-west-1" })).status, 200);
});

test("a request that is not signed is refused before its body is read", async () => {
  const rawHeaders = Object.entries(target("DescribeRepositories")).flat();
  const { status, type } = failure(await server.send({ method: "POST", path: "/", rawHeaders, body: "x".repeat(5_000_000) }));
  assert.deepEqual([status, type], [400, "MissingAuthenticationTokenException"]);
});

test("a body that is not the signed one is refused", async () => {
  const answer = await server.sendSigned({ headers: target("DescribeRepositories"), body: "{}" }, { body: "[]" });
  assert.equal(failure(answer).type, "InvalidSignatureException");
});

test("a service that is not here answers as one without the operation", async () => {
  const headers = { "X-Amz-Target": "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents" };
  const signed = failure(await server.sendSigned({ headers, body: "{}", service: "cloudtrail" }));
  assert.deepEqual([signed.status, signed.type], [400, "UnknownOperationException"]);
  assert.match(signed.message, /CloudTrail_20131101\.LookupEvents/);
  const unsigned = await server.send({ method: "POST", path: "/", rawHeaders: Object.entries(headers).flat() });
  assert.equal(failure(unsigned).type, "MissingAuthenticationTokenException");
});

test("a body is JSON, of a bounded size and depth", async () => {
  assert.equal((await describe("")).status, 200);
  assert.equal((await describe('{"unknown":1,"registryId":null}')).status, 200);
  const cases: readonly (readonly [string, string])[] = [
    ["{", "SerializationException"],
    ["[]", "SerializationException"],
    ["\xff", "SerializationException"],
    [`{"repositoryNames":${"[".repeat(100)}${"]".repeat(100)}}`, "SerializationException"],
    ['{"repositoryNames":"app"}', "SerializationException"],
    [" ".repeat(300_000), "RequestEntityTooLargeException"],
  ];
  for (const [body, type] of cases) assert.equal(failure(await describe(body)).type, type, body.slice(0, 40));
});

test("the version of the protocol that was asked with is answered with", async () => {
  assert.equal((await describe("{}")).headers["content-type"], "application/x-amz-json-1.1");
  const headers = { ...target("DescribeRepositories"), "Content-Type": "application/x-amz-json-1.0" };
  assert.equal((await server.sendSigned({ headers, body: "{}" })).headers["content-type"], "application/x-amz-json-1.0");
});

test("what nobody foresaw is a ServerException that tells nothing but the request id", async () => {
  const answer = await server.sendSigned({ headers: target("ListImages"), body: "{}" });
  const { status, type, message } = failure(answer);
  assert.deepEqual([status, type], [500, "ServerException"]);
  assert.ok(message.includes(answer.headers["x-amzn-requestid"] as string) && !message.includes("only the log"));
});

test("the log says who did what", async () => {
  const { headers } = await describe("{}");
  const line = server.lines.find((it) => it["requestId"] === headers["x-amzn-requestid"] && it["status"] !== undefined);
  assert.deepEqual(
    [line?.["protocol"], line?.["action"], line?.["account"], line?.["status"]],
    ["aws-json", "ecr:DescribeRepositories", "000000000000", 200],
  );
});

test("who knows a key id alone keeps nobody waiting, however many large bodies it begins", async () => {
  await using ecr = await startEcrServer();
  await ecr.call("CreateRepository", { repositoryName: "app" });
  const { rawHeaders } = signedHead({
    ...exampleKey,
    secretAccessKey: "guessed",
    time_ms: Date.now(),
    headers: target("UploadLayerPart"),
  });
  const lines = Array.from({ length: rawHeaders.length / 2 }, (_, at) => `${rawHeaders[2 * at]}: ${rawHeaders[2 * at + 1]}\r\n`);
  const head = `POST / HTTP/1.1\r\n${lines.join("")}Content-Length: ${JSON_BODY_BYTES_MAX}\r\n\r\n`;
  const stalling = await Promise.all(Array.from({ length: 50 }, () => connectRaw(ecr.port)));
  for (const client of stalling) client.send(head + "x".repeat(100_000));
  const { uploadId } = await ecr.call("InitiateLayerUpload", { repositoryName: "app" });
  const layer = Buffer.alloc(6 * 1024 * 1024, "layer");
  const { lastByteReceived } = await ecr.call("UploadLayerPart", {
    repositoryName: "app",
    uploadId,
    partFirstByte: 0,
    partLastByte: layer.length - 1,
    layerPartBlob: layer.toString("base64"),
  });
  assert.equal(lastByteReceived, layer.length - 1);
  for (const client of stalling) await client[Symbol.asyncDispose]();
});

test("a large body that is not the signed one is refused", async () => {
  await using ecr = await startEcrServer();
  const request = { headers: target("UploadLayerPart"), body: `{"padding":"${"x".repeat(1_000_000)}"}` };
  const answer = await ecr.sendSigned(request, { body: request.body.replace("x", "y") });
  assert.equal(failure(answer).type, "InvalidSignatureException");
  assert.equal(failure(await ecr.sendSigned(request)).type, "InvalidParameterException");
});
