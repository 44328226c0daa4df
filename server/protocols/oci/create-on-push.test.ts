import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { digestOf, image, index } from "../../testing/image.ts";
import { type OciServer, startOciServer, type TestAnswer, type TestRequest } from "../../testing/oci-server.ts";

const MISSING = `sha256:${"0".repeat(64)}`;
const BYTES = Buffer.from("a layer");
const LAYER = digestOf(BYTES);
const NO_CHILDREN = index([]);

/** Every request that can be the first of a push. */
const BEGINNINGS: readonly {
  readonly path: string;
  readonly method: string;
  readonly status: number;
  readonly request?: TestRequest;
}[] = [
  { method: "POST", path: "blobs/uploads/", status: 202 },
  { method: "POST", path: `blobs/uploads/?mount=${MISSING}&from=other`, status: 202 },
  { method: "POST", path: `blobs/uploads/?mount=${LAYER}&from=source`, status: 201 },
  { method: "POST", path: `blobs/uploads/?digest=${LAYER}`, status: 201, request: { body: BYTES } },
  {
    method: "PUT",
    path: "manifests/v1",
    status: 201,
    request: { body: NO_CHILDREN.body, headers: { "content-type": NO_CHILDREN.mediaType } },
  },
];

describe("a push to a repository that is not there", () => {
  let server: OciServer;
  beforeEach(async () => {
    server = await startOciServer();
    await server.createRepository("source");
    const answer = await server.send("POST", `/v2/source/blobs/uploads/?digest=${LAYER}`, { body: BYTES });
    assert.equal(answer.status, 201);
    server.asked.length = 0;
  });
  afterEach(() => server[Symbol.asyncDispose]());

  const repositories = async (): Promise<string[]> => (await server.send("GET", "/v2/_catalog")).json().repositories;
  const assertUnknown = (answer: TestAnswer, name: string): void => {
    const [error] = answer.json().errors;
    assert.deepEqual([answer.status, error.code], [404, "NAME_UNKNOWN"]);
    assert.equal(error.message, `The repository with name '${name}' does not exist in the registry with id '000000000000'`);
  };
  const pushAll = async (name: string, tag: string, it = image()): Promise<TestAnswer> => {
    for (const body of it.blobs) {
      const answer = await server.send("POST", `/v2/${name}/blobs/uploads/?digest=${digestOf(body)}`, { body });
      assert.equal(answer.status, 201, answer.body.toString());
    }
    const headers = { "content-type": it.mediaType };
    return server.send("PUT", `/v2/${name}/manifests/${tag}`, { body: it.body, headers });
  };

  test("creates it from a template, whatever it begins with", async () => {
    await server.createTemplate("new");
    for (const [at, { method, path, status, request }] of BEGINNINGS.entries()) {
      const answer = await server.send(method, `/v2/new/app${at}/${path}`, request);
      assert.equal(answer.status, status, `${method} ${path}: ${answer.body.toString()}`);
    }
    assert.deepEqual(await repositories(), [...BEGINNINGS.keys()].map((at) => `new/app${at}`).concat("source"));
  });

  test("fails as ever without a template that is for pushes", async () => {
    await server.createTemplate("new", { appliedFor: ["PULL_THROUGH_CACHE", "REPLICATION"] });
    for (const { method, path, request } of BEGINNINGS) {
      assertUnknown(await server.send(method, `/v2/new/app/${path}`, request), "new/app");
    }
    assert.deepEqual(await repositories(), ["source"]);
  });

  test("needs the right to create it, and who has not does not learn that there is a template", async () => {
    await server.createTemplate("ROOT");
    const resource = "arn:aws:ecr:us-east-1:000000000000:repository/app";
    server.refused.add(`ecr:CreateRepository ${resource}`);
    for (const { method, path, request } of BEGINNINGS) {
      server.asked.length = 0;
      assertUnknown(await server.send(method, `/v2/app/${path}`, request), "app");
      assert.deepEqual(server.asked.at(-1), { action: "ecr:CreateRepository", resource });
    }
    const stranger = await server.send("POST", "/v2/app/blobs/uploads/", { password: "stranger" });
    assert.equal(stranger.status, 403);
    assert.deepEqual(await repositories(), ["source"]);
  });

  test("asks for nothing more where the repository is there", async () => {
    await server.createTemplate("ROOT");
    await server.send("POST", "/v2/source/blobs/uploads/");
    assert.deepEqual(
      server.asked.map((it) => it.action),
      ["ecr:InitiateLayerUpload"],
    );
  });

  test("goes under the settings of the template from its first image on", async () => {
    await server.createTemplate("fixed", { imageTagMutability: "IMMUTABLE" });
    assert.equal((await pushAll("fixed/app", "v1")).status, 201);
    const moved = await pushAll("fixed/app", "v1");
    assert.deepEqual([moved.status, moved.json().errors[0].code], [400, "TAG_INVALID"]);
  });

  test("that cannot succeed creates none", async () => {
    await server.createTemplate("ROOT");
    const it = image();
    const headers = { "content-type": it.mediaType };
    for (const request of [
      { body: it.body, headers },
      { body: "{", headers },
    ]) {
      assert.notEqual((await server.send("PUT", "/v2/app/manifests/v1", request)).status, 201);
    }
    assert.equal((await server.send("POST", "/v2/app/blobs/uploads/?digest=none", { body: BYTES })).status, 400);
    assert.equal((await server.send("PATCH", "/v2/app/blobs/uploads/1", { body: BYTES })).status, 404);
    assert.equal((await server.send("PUT", `/v2/app/blobs/uploads/1?digest=${LAYER}`)).status, 404);
    assert.deepEqual(await repositories(), ["source"]);
  });

  test("may come many times at once, and each succeeds", async () => {
    await server.createTemplate("ROOT");
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => BEGINNINGS)
        .flat()
        .map(async ({ method, path, status, request }) => {
          const answer = await server.send(method, `/v2/app/${path}`, request);
          return answer.status === status ? "as alone" : `${path}: ${answer.status} ${answer.body.toString()}`;
        }),
    );
    assert.deepEqual([...new Set(answers)], ["as alone"]);
    assert.deepEqual(await repositories(), ["app", "source"]);
  });

  test("is not what a read is", async () => {
    await server.createTemplate("ROOT");
    for (const path of ["manifests/v1", `blobs/${LAYER}`, "tags/list", `referrers/${MISSING}`]) {
      assertUnknown(await server.send("GET", `/v2/app/${path}`), "app");
    }
    for (const path of ["manifests/v1", `blobs/${LAYER}`])
      assert.equal((await server.send("HEAD", `/v2/app/${path}`)).status, 404);
    for (const path of ["manifests/v1", `blobs/${LAYER}`]) assertUnknown(await server.send("DELETE", `/v2/app/${path}`), "app");
    assert.deepEqual(await repositories(), ["source"]);
  });
});

test("a push creates no repository where there are as many as may be, and is told so", async () => {
  await using server = await startOciServer({ quotas: { repositoriesMax: 1 } });
  await server.createTemplate("new");
  assert.equal((await server.send("POST", "/v2/new/one/blobs/uploads/")).status, 202);
  const refused = await server.send("POST", "/v2/new/two/blobs/uploads/");
  assert.equal(refused.status, 403);
  assert.deepEqual(refused.json().errors, [
    {
      code: "DENIED",
      message: "The registry with id '000000000000' already has the maximum allowed number of repositories which is '1'",
    },
  ]);
  assert.equal((await server.send("POST", "/v2/new/one/blobs/uploads/")).status, 202);
});
