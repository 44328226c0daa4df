import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { ECRClient, GetAuthorizationTokenCommand, PutImageCommand } from "@aws-sdk/client-ecr";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import fc from "fast-check";
import { RegistryError } from "../kernel/errors.ts";
import { exampleKey, openTestIdentity, type TestIdentity } from "../testing/identity.ts";
import { botocore } from "../testing/botocore-requests.ts";
import { type SignedRequest, signedHead } from "../testing/signed-request.ts";
import type { RequestHead } from "./claim-request.ts";

let at: TestIdentity;
before(async () => {
  at = await openTestIdentity();
});
after(() => at[Symbol.asyncDispose]());

const JSON_HEADERS = {
  "Content-Type": "application/x-amz-json-1.1",
  "X-Amz-Target": "AmazonEC2ContainerRegistry_V20150921.PutImage",
};

const signed = (changes: Partial<SignedRequest> = {}): RequestHead =>
  signedHead({ ...exampleKey, time_ms: at.clock.now(), headers: JSON_HEADERS, body: "{}", ...changes });

async function verify(head: RequestHead, body: Uint8Array | string = "{}"): Promise<void> {
  const claim = await at.identity.claim(head);
  claim.verify(Buffer.from(body));
}

async function refusal(head: RequestHead, body?: Uint8Array | string): Promise<string> {
  try {
    await verify(head, body);
    return "verified";
  } catch (error) {
    assert.ok(error instanceof RegistryError, String(error));
    return `${error.code}: ${error.message}`;
  }
}

const withHeader = (head: RequestHead, name: string, value: string): RequestHead => ({
  ...head,
  rawHeaders: [...head.rawHeaders, name, value],
});
const replaced = (head: RequestHead, from: string | RegExp, to: string): RequestHead => ({
  ...head,
  rawHeaders: head.rawHeaders.map((it) => it.replace(from, to)),
});
const without = (head: RequestHead, name: string): RequestHead => {
  const index = head.rawHeaders.findIndex((it, position) => position % 2 === 0 && it.toLowerCase() === name);
  return { ...head, rawHeaders: head.rawHeaders.toSpliced(index, 2) };
};

const MISMATCH =
  "InvalidSignatureException: The request signature we calculated does not match the signature you provided. " +
  "Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";
const INVALID_TOKEN = "UnrecognizedClientException: The security token included in the request is invalid.";

test("a claim names the principal, the region and the service of its scope", async () => {
  const claim = await at.identity.claim(signed({ region: "eu-central-1" }));
  assert.equal(claim.principal.arn, "arn:aws:iam::000000000000:root");
  assert.equal(claim.region, "eu-central-1");
  assert.equal(claim.service, "ecr");
  claim.verify(Buffer.from("{}"));
});

const known = (name: keyof typeof botocore): RequestHead => ({ ...botocore[name], services: ["ecr", "sts"], protocol: "json" });

test("what botocore has signed verifies, in headers and presigned", async () => {
  for (const name of Object.keys(botocore) as (keyof typeof botocore)[]) {
    assert.equal(await refusal(known(name), botocore[name].body), "verified", name);
  }
});

test("a presigned request is valid for its own lifetime and no longer", async () => {
  const later = await openTestIdentity({ start_ms: Date.UTC(2026, 10, 20, 20, 33, 34) });
  const [claim] = await Promise.allSettled([later.identity.claim(known("presigned"))]);
  assert.ok(claim.status === "rejected");
  assert.equal(
    claim.reason.message,
    "Signature expired: 20261120T203233Z is now earlier than 20261120T203234Z (20261120T203334Z - 1 min.)",
  );
  await later[Symbol.asyncDispose]();
});

test("a presigned request with anything changed is refused", async () => {
  const head = known("presigned");
  const presigned = head.query;
  assert.equal(await refusal(head, "body"), MISMATCH);
  assert.equal(await refusal({ ...head, query: presigned.replace("2011", "2012") }, ""), MISMATCH);
  assert.equal(await refusal({ ...head, query: presigned.replace("Expires=60", "Expires=61") }, ""), MISMATCH);
  assert.equal(await refusal(replaced(head, "my-cluster", "other"), ""), MISMATCH);
  assert.match(
    await refusal({ ...head, query: presigned.replace("=60", "=604801") }, ""),
    /^InvalidSignatureException: X-Amz-Expires/,
  );
  assert.match(await refusal({ ...head, query: `${presigned}&X-Amz-Date=1` }, ""), /^IncompleteSignatureException: .* only once/);
  assert.match(
    await refusal({ ...head, query: presigned.replace(/&X-Amz-Signature.*/, "") }, ""),
    /must include 'X-Amz-Signature'/,
  );
  assert.match(
    await refusal(withHeader(head, "Authorization", "Basic QQ=="), ""),
    /^IncompleteSignatureException: .*not in both/,
  );
});

test("every refusal has AWS's code and text", async () => {
  const head = signed();
  const now = at.clock.now();
  const minutes = (count: number): Partial<SignedRequest> => ({ time_ms: now + count * 60_000 });
  const incomplete = (text: string): string => `IncompleteSignatureException: ${text}`;
  const invalid = (text: string): string => `InvalidSignatureException: ${text}`;
  const table: readonly [what: string, head: RequestHead, refusal: string][] = [
    ["no signature", without(head, "authorization"), "MissingAuthenticationTokenException: Missing Authentication Token"],
    ["a wrong secret", signed({ secretAccessKey: "x" }), MISMATCH],
    ["an unknown key", signed({ accessKeyId: "AKIAAAAAAAAAAAAAAAAA" }), INVALID_TOKEN],
    ["a session key", signed({ accessKeyId: "ASIAAAAAAAAAAAAAAAAA" }), INVALID_TOKEN],
    ["a token with a long-term key", signed({ headers: { ...JSON_HEADERS, "X-Amz-Security-Token": "t" } }), INVALID_TOKEN],
    [
      "an old date",
      signed(minutes(-6)),
      invalid("Signature expired: 20261120T202633Z is now earlier than 20261120T202733Z (20261120T203233Z - 5 min.)"),
    ],
    [
      "a coming date",
      signed(minutes(6)),
      invalid("Signature not yet current: 20261120T203833Z is still later than 20261120T203733Z (20261120T203233Z + 5 min.)"),
    ],
    [
      "another day",
      replaced(head, "/20261120/", "/20261119/"),
      invalid(
        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20261119' != '20261120', from '20261120T203233Z'.",
      ),
    ],
    ["no region", signed({ region: "local" }), invalid("Credential should be scoped to a valid Region, not 'local'.")],
    ["another service", signed({ service: "s3" }), invalid("Credential should be scoped to correct service: 'ecr'.")],
    [
      "another terminator",
      replaced(head, "aws4_request", "aws5_request"),
      invalid("Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5_request'."),
    ],
    [
      "a short scope",
      replaced(head, "/aws4_request", ""),
      incomplete("Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term."),
    ],
    [
      "no signature part",
      replaced(head, /, Signature=.*/, ""),
      incomplete("Authorization header requires 'Signature' parameter."),
    ],
    [
      "no date",
      without(head, "x-amz-date"),
      incomplete("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."),
    ],
    [
      "another date form",
      replaced(head, /^20261120T203233Z$/, "2026-11-20"),
      incomplete("Date must be in ISO-8601 'basic format', such as 20150830T123600Z."),
    ],
    [
      "another scheme",
      replaced(head, "AWS4-HMAC-SHA256 ", "Bearer "),
      incomplete("The request must be signed with AWS4-HMAC-SHA256."),
    ],
    [
      "SigV4A",
      replaced(head, "AWS4-HMAC-SHA256 ", "AWS4-ECDSA-P256-SHA256 "),
      invalid("SigV4A (AWS4-ECDSA-P256-SHA256) is not supported here. Sign with AWS4-HMAC-SHA256."),
    ],
    ["two signatures", withHeader(head, "authorization", "x"), incomplete("The header 'authorization' must be sent only once.")],
    ["two hosts", withHeader(head, "HOST", "x"), incomplete("The header 'host' must be sent only once.")],
    ["two dates", withHeader(head, "x-amz-date", "x"), incomplete("The header 'x-amz-date' must be sent only once.")],
    [
      "the host unsigned",
      signed({ unsigned: ["host"] }),
      invalid("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."),
    ],
    [
      "a target unsigned",
      signed({ unsigned: ["x-amz-target"] }),
      invalid("'x-amz-target' must be a 'SignedHeader' in the AWS Authorization."),
    ],
    [
      "a type unsigned",
      signed({ unsigned: ["content-type"] }),
      invalid("'content-type' must be a 'SignedHeader' in the AWS Authorization."),
    ],
    [
      "an added header",
      withHeader(head, "x-amz-acl", "x"),
      invalid("'x-amz-acl' must be a 'SignedHeader' in the AWS Authorization."),
    ],
    ["an upper-case signature", replaced(head, /Signature=.*/, `Signature=${"A".repeat(64)}`), MISMATCH],
    [
      "signed headers out of order",
      replaced(head, "content-type;host", "host;content-type"),
      incomplete("SignedHeaders must be header names in lower case, sorted, each once, separated by ';'."),
    ],
    ["an absent signed header", replaced(head, "x-amz-target,", "x-amz-target;x-x,"), MISMATCH],
    [
      "an unsigned body",
      signed({ headers: { ...JSON_HEADERS, "X-Amz-Content-Sha256": "UNSIGNED-PAYLOAD" } }),
      invalid(
        "The body must be signed: x-amz-content-sha256 must be its SHA-256, and not 'UNSIGNED-PAYLOAD', which only S3 knows.",
      ),
    ],
    ["a wrong hash of the body", signed({ headers: { ...JSON_HEADERS, "X-Amz-Content-Sha256": "0".repeat(64) } }), MISMATCH],
  ];
  for (const [what, refused, expected] of table) assert.equal(await refusal(refused), expected, what);
  assert.equal(
    await refusal({ ...without(head, "authorization"), protocol: "query" }),
    "MissingAuthenticationTokenException: Request is missing Authentication Token",
  );
});

test("a signature verifies if and only if nothing that it covers was changed", async () => {
  const letters = fc.string({ unit: fc.constantFrom(..."abcXYZ019-._~%/ +&=\xe9"), maxLength: 12 });
  const request = fc.record({
    method: fc.constantFrom("GET", "POST", "PUT"),
    path: letters.map((it) => `/p${it}`),
    query: letters.map((it) => `q${it}`),
    header: letters,
    body: fc.uint8Array({ maxLength: 20 }),
  });
  const toHead = ({ header, ...rest }: { method: string; path: string; query: string; header: string; body: Uint8Array }) =>
    signed({ ...rest, headers: { "X-Amz-Meta": `h${header}` } });
  await fc.assert(
    fc.asyncProperty(request, fc.constantFrom("method", "path", "query", "header", "body"), async (original, part) => {
      const head = toHead(original);
      assert.equal(await refusal(head, original.body), "verified");
      const changed: Record<string, RequestHead> = {
        method: { ...head, method: `${head.method}X` },
        path: { ...head, path: `${head.path}x` },
        query: { ...head, query: `${head.query}&x` },
        header: {
          ...head,
          rawHeaders: head.rawHeaders.map((it, index, all) => (all[index - 1] === "X-Amz-Meta" ? `${it}x` : it)),
        },
        body: head,
      };
      const body = part === "body" ? Buffer.concat([original.body, Buffer.of(0)]) : original.body;
      assert.equal(await refusal(changed[part] ?? head, body), MISMATCH);
    }),
    { numRuns: 200 },
  );
});

test("a key that was deactivated, and a key whose account is gone, end at once", async () => {
  await using other = await openTestIdentity();
  const head = () => signedHead({ ...exampleKey, time_ms: other.clock.now() });
  const claim = async (): Promise<string> =>
    other.identity.claim(head()).then(
      () => "known",
      (error) => error.code,
    );
  assert.equal(await claim(), "known");
  await other.setKeyStatus("Inactive");
  assert.equal(await claim(), "UnrecognizedClientException");
  await other.setKeyStatus("Active");
  assert.equal(await claim(), "known");
  await other.removeAccount();
  assert.equal(await claim(), "UnrecognizedClientException");
});

test("what the AWS SDK for JavaScript sends verifies", async () => {
  await using now = await openTestIdentity({ start_ms: Date.now() });
  const verdicts: string[] = [];
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray());
    const [path = "", query = ""] = (request.url ?? "").split("?");
    const { method = "", rawHeaders } = request;
    try {
      const claim = await now.identity.claim({ method, path, query, rawHeaders, services: ["ecr", "sts"], protocol: "json" });
      claim.verify(body);
      verdicts.push(`${claim.service} ${claim.region}`);
    } catch (error) {
      verdicts.push(String(error));
    }
    response.writeHead(200, { "content-type": "application/x-amz-json-1.1" }).end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const options = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: "eu-west-1",
    credentials: exampleKey,
    maxAttempts: 1,
  };
  const ecr = new ECRClient(options);
  await ecr.send(new GetAuthorizationTokenCommand({}));
  await ecr.send(new PutImageCommand({ repositoryName: "täst", imageManifest: "{}" }));
  // The answer is not one of STS; what it sent is all that matters here.
  await new STSClient(options).send(new GetCallerIdentityCommand({})).catch(() => undefined);
  server.closeAllConnections();
  server.close();
  assert.deepEqual(verdicts, ["ecr eu-west-1", "ecr eu-west-1", "sts eu-west-1"]);
});
