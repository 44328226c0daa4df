import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import fc from "fast-check";
import { type AwsServer, startAwsServer } from "../testing/aws-server.ts";
import { connectRaw } from "../testing/raw-client.ts";

let server: AwsServer;
before(async () => {
  server = await startAwsServer();
});
after(() => server[Symbol.asyncDispose]());

const REGISTRY = "111111111111.dkr.ecr.us-east-1.localhost:4510";
const FORM = ["Content-Type", "application/x-www-form-urlencoded"];

async function answerOf(method: string, path: string, rawHeaders: readonly string[] = [], body = ""): Promise<string> {
  const { status, text } = await server.send({ method, path, rawHeaders, body });
  return `${status} ${text}`;
}

const signedFor = (service: string): string =>
  `AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261121/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=00`;

test("each protocol gets what is its own", async () => {
  const cases: readonly (readonly [string, string, readonly string[], RegExp])[] = [
    ["GET", "/v2", [], /^200 oci plain$/],
    ["GET", "/v2/", [], /^200 oci plain$/],
    ["GET", "/v2/?Action=x", ["X-Amz-Target", "a.b"], /^200 oci plain$/],
    ["GET", "/v2/", ["Host", REGISTRY], /^200 oci registry$/],
    ["GET", "/", ["Host", REGISTRY], /^200 oci registry$/],
    ["GET", "/v2/", ["Host", "12.dkr.ecr.us-east-1.localhost"], /^200 oci invalid$/],
    ["GET", "/healthz", ["Host", REGISTRY], /^200 alive\n$/],
    ["GET", "/_layers/x", ["Host", REGISTRY], /^200 download registry$/],
    ["POST", "/", ["X-Amz-Target", "AmazonEC2ContainerRegistry_V20150921.X", ...FORM], /^400 \{"__type":"MissingAuth/],
    ["POST", "/any/prefix/", ["X-Amz-Target", "AmazonEC2ContainerRegistry_V20150921.X"], /^400 \{"__type":"MissingAuth/],
    ["POST", "/", FORM, /^403 <ErrorResponse.*MissingAuthenticationToken/],
    ["GET", "/?Version=1&Action=X", [], /^403 <ErrorResponse.*MissingAuthenticationToken/],
    ["GET", "/", [], /^404 There is nothing here/],
    ["GET", "/v2x", [], /^404 There is nothing here/],
    ["GET", "/clusters", ["Authorization", signedFor("eks")], /^404 \{"message":"The service 'eks' is not here/],
    ["GET", "/2013-04-01/hostedzone", ["Authorization", signedFor("route53")], /^404 <ErrorResponse.*<Code>UnknownOperationExc/],
  ];
  for (const [method, path, headers, expected] of cases) assert.match(await answerOf(method, path, headers), expected);
});

test("readiness names the check that failed and keeps why to the log", async () => {
  assert.equal(await answerOf("GET", "/readyz"), "200 ready\n");
  server.checks["blobs"] = () => Promise.reject(new Error("no space on /secret/path"));
  assert.equal(await answerOf("GET", "/readyz"), "503 not ready: blobs\n");
  assert.match(JSON.stringify(server.lines), /no space on \/secret\/path/);
  delete server.checks["blobs"];
});

test("whatever is sent, the answer is never a 5xx", { timeout: 300_000 }, async () => {
  const targets = fc.oneof(
    fc.constant("AmazonEC2ContainerRegistry_V20150921.DescribeRepositories"),
    fc.string().map((text) => text.replace(/[^\t\x20-\x7e]/g, "")),
  );
  const credential = fc.array(
    fc.constantFrom("AKIAIOSFODNN7EXAMPLE", "20261121", "us-east-1", "ecr", "sts", "aws4_request", "", "%", "é"),
  );
  const authorization = fc.oneof(
    credential.map((parts) => `AWS4-HMAC-SHA256 Credential=${parts.join("/")}, SignedHeaders=host, Signature=00`),
    fc.string().map((text) => text.replace(/[^\x20-\x7e]/g, "")),
  );
  const header = fc.oneof(
    targets.map((it) => ["X-Amz-Target", it]),
    authorization.map((it) => ["Authorization", it.replaceAll("é", "\xe9")]),
    fc.constantFrom(
      FORM,
      ["X-Amz-Date", "20261121T000000Z"],
      ["X-Amz-Date", "x"],
      ["Content-Type", "application/x-amz-json-1.0"],
    ),
    fc.constantFrom(["Host", REGISTRY], ["Host", "api.ecr.eu-west-1.localhost"], ["Host", "\xff"]),
  );
  const path = fc.oneof(
    fc.constantFrom("/", "/v2/", "/?Action=GetCallerIdentity&Version=2011-06-15", "/_layers/%00", "/%ff%fe?%"),
    fc.string().map((text) => `/${encodeURI(text.toWellFormed())}`),
    credential.map(
      (parts) =>
        `/?Action=X&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=0&X-Amz-Credential=${encodeURIComponent(parts.join("/"))}`,
    ),
  );
  const method = fc.constantFrom("GET", "POST", "PUT", "HEAD", "DELETE", "OPTIONS", "PATCH");
  const property = fc.asyncProperty(
    fc.record({
      method,
      path,
      headers: fc.uniqueArray(header, { selector: ([name]) => name }),
      body: fc.uint8Array({ maxLength: 200 }),
    }),
    async ({ method, path, headers, body }) => {
      const { status } = await server.send({ method, path, rawHeaders: headers.flat(), body });
      assert.ok(status < 500, `${method} ${path} ${status}`);
    },
  );
  await fc.assert(property, { numRuns: 500 });
});

test("bytes that are no HTTP at all are answered with a 400 or a closed connection, and hurt nobody", {
  timeout: 300_000,
}, async () => {
  const property = fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 300 }), async (bytes) => {
    await using client = await connectRaw(server.port);
    client.send(bytes);
    client.send("\r\n\r\n \r\n\r\n");
    assert.match(await client.closed(), /^$|^HTTP\/1\.1 400 /);
  });
  await fc.assert(property, { numRuns: 200 });
  assert.equal(await answerOf("GET", "/healthz"), "200 alive\n");
});
