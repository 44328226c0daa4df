import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { type OciServer, startOciServer } from "../../testing/oci-server.ts";
import { ROUTES } from "./routes.ts";

const MISSING = `sha256:${"0".repeat(64)}`;

describe("the OCI protocol", () => {
  let server: OciServer;
  before(async () => {
    server = await startOciServer();
    await server.createRepository("team/app");
  });
  after(() => server[Symbol.asyncDispose]());
  beforeEach(() => {
    server.asked.length = 0;
    server.refused.clear();
  });

  test("a good token opens /v2/", async () => {
    const answer = await server.send("GET", "/v2/");
    assert.equal(answer.status, 200);
    assert.equal(answer.headers["docker-distribution-api-version"], "registry/2.0");
    assert.equal(answer.headers["content-length"], "0");
  });

  test("no credentials, garbled ones and another user name get ECR's challenge", async () => {
    for (const headers of [
      {},
      { authorization: "Basic ***" },
      { authorization: "Bearer root" },
      { authorization: `Basic ${Buffer.from("root:root").toString("base64")}` },
      { authorization: `Basic ${Buffer.from("AWS:nonsense").toString("base64")}` },
    ]) {
      const answer = await server.send("GET", "/v2/", {
        headers: { host: "000000000000.dkr.ecr.us-east-1.localhost:4510", ...headers },
        password: "",
      });
      assert.equal(answer.status, 401);
      assert.equal(
        answer.headers["www-authenticate"],
        'Basic realm="http://000000000000.dkr.ecr.us-east-1.localhost:4510/",service="ecr.amazonaws.com"',
      );
      assert.equal(answer.headers["content-type"], "text/plain; charset=utf-8");
      assert.equal(answer.body.toString(), "Not Authorized\n");
    }
  });

  test("an expired token is denied without a challenge", async () => {
    const answer = await server.send("GET", "/v2/", { password: "expired" });
    assert.equal(answer.status, 403);
    assert.equal(answer.headers["www-authenticate"], undefined);
    assert.equal(answer.json().errors[0].code, "DENIED");
  });

  test("a token of another region is a bad request", async () => {
    assert.equal((await server.send("GET", "/v2/", { password: "west" })).status, 400);
  });

  test("nothing is said about paths before the caller is known", async () => {
    assert.equal((await server.send("GET", "/v2/team/app/nothing", { password: "" })).status, 401);
  });

  test("whoever may not is told so before anything is looked up", async () => {
    const answer = await server.send("GET", "/v2/no/such/manifests/v1", { password: "stranger" });
    assert.equal(answer.status, 403);
    assert.equal(answer.json().errors[0].code, "DENIED");
  });

  test("a host that names no registry is answered as ECR answers it", async () => {
    for (const host of ["12.dkr.ecr.us-east-1.localhost", "public.ecr.aws"]) {
      const answer = await server.send("GET", "/v2/", { headers: { host } });
      assert.equal(answer.status, 404);
      assert.equal(answer.json().errors[0].code, "NAME_UNKNOWN");
      assert.match(answer.json().errors[0].message, /^Could not resolve registry id from host/);
    }
  });

  test("containerd's ns names the registry on a plain host, and Locations carry it on", async () => {
    const ns = "000000000000.dkr.ecr.us-east-1.amazonaws.com";
    const started = await server.send("POST", `/v2/team/app/blobs/uploads/?ns=${ns}`);
    assert.equal(started.status, 202);
    assert.match(String(started.headers.location), new RegExp(`\\?ns=${ns}$`));
    assert.equal(started.headers["oci-namespace"], ns);
    assert.equal((await server.send("GET", String(started.headers.location))).status, 204);
    const other = await server.send("GET", "/v2/team/app/tags/list?ns=999999999999.dkr.ecr.us-east-1.amazonaws.com");
    assert.equal(other.status, 403);
    assert.equal((await server.send("GET", "/v2/team/app/tags/list?ns=docker.io")).status, 200);
  });

  test("paths that are no route are 404, and known paths with another method 405", async () => {
    for (const path of ["/v2/team/app", "/v2/team/app/nothing/x", "/v2/manifests/x", "/v2/team/app/tags/"]) {
      const answer = await server.send("GET", path);
      assert.equal(answer.status, 404, path);
      assert.equal(answer.json().errors[0].code, "UNSUPPORTED");
    }
    const answer = await server.send("POST", "/v2/team/app/manifests/v1");
    assert.equal(answer.status, 405);
    assert.equal(answer.headers.allow, "GET, HEAD, PUT, DELETE");
  });

  test("no trick with a path reaches a repository", async () => {
    for (const name of [
      "team%2Fapp",
      "team//app",
      "/team/app",
      "team/../team/app",
      "Team/app",
      "team/./app",
      "team/app/",
      "%74eam/app",
    ]) {
      const answer = await server.send("GET", `/v2/${name}/tags/list`);
      assert.equal(answer.status, 400, name);
      assert.equal(answer.json().errors[0].code, "NAME_INVALID", name);
    }
    assert.deepEqual(server.asked, []);
  });

  test("every route asks for its actions on the repository that the path names", async () => {
    const repository = "arn:aws:ecr:us-east-1:000000000000:repository/team/app";
    const upload = "/v2/team/app/blobs/uploads/00000000-0000-4000-8000-000000000000";
    const asks: readonly [string, string, readonly string[], string?][] = [
      ["GET", "/v2/team/app/manifests/v1", ["ecr:BatchGetImage"]],
      ["HEAD", "/v2/team/app/manifests/v1", ["ecr:BatchGetImage"]],
      ["PUT", "/v2/team/app/manifests/v1", ["ecr:PutImage"]],
      ["DELETE", "/v2/team/app/manifests/v1", ["ecr:BatchDeleteImage"]],
      ["GET", `/v2/team/app/blobs/${MISSING}`, ["ecr:GetDownloadUrlForLayer"]],
      ["HEAD", `/v2/team/app/blobs/${MISSING}`, ["ecr:BatchCheckLayerAvailability"]],
      ["DELETE", `/v2/team/app/blobs/${MISSING}`, ["ecr:BatchDeleteImage"]],
      ["POST", "/v2/team/app/blobs/uploads/", ["ecr:InitiateLayerUpload"]],
      [
        "POST",
        `/v2/team/app/blobs/uploads/?digest=${MISSING}`,
        ["ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload"],
      ],
      ["PATCH", upload, ["ecr:UploadLayerPart"]],
      ["GET", upload, ["ecr:UploadLayerPart"]],
      ["DELETE", upload, ["ecr:UploadLayerPart"]],
      ["PUT", `${upload}?digest=${MISSING}`, ["ecr:CompleteLayerUpload"]],
      ["PUT", `${upload}?digest=${MISSING}`, ["ecr:CompleteLayerUpload", "ecr:UploadLayerPart"], "body"],
      ["GET", "/v2/team/app/tags/list", ["ecr:ListImages"]],
      ["GET", `/v2/team/app/referrers/${MISSING}`, ["ecr:BatchGetImage"]],
    ];
    for (const [method, path, actions, body = ""] of asks) {
      server.asked.length = 0;
      await server.send(method, path, { body });
      const expected = actions.map((action) => ({ action, resource: repository }));
      assert.deepEqual(server.asked, expected, `${method} ${path}`);
      for (const action of actions) {
        server.refused.add(`${action} ${repository}`);
        assert.equal((await server.send(method, path, { body })).status, 403, `${method} ${path} without ${action}`);
        server.refused.clear();
      }
    }
    server.asked.length = 0;
    await server.send("GET", "/v2/_catalog");
    assert.deepEqual(server.asked, [
      { action: "ecr:DescribeRepositories", resource: "arn:aws:ecr:us-east-1:000000000000:repository/*" },
    ]);
  });

  test("only /v2/ itself asks for no action", () => {
    const open = ROUTES.filter((it) => typeof it.actions === "string");
    assert.deepEqual(
      open.map((it) => `${it.method} ${it.kind}`),
      ["GET base", "HEAD base"],
    );
  });

  test("a repository that is not there is NAME_UNKNOWN on every route", async () => {
    for (const [method, path] of [
      ["GET", "manifests/v1"],
      ["GET", `manifests/${MISSING}`],
      ["DELETE", "manifests/v1"],
      ["GET", `blobs/${MISSING}`],
      ["DELETE", `blobs/${MISSING}`],
      ["POST", "blobs/uploads/"],
      ["POST", `blobs/uploads/?mount=${MISSING}&from=team/app`],
      ["POST", `blobs/uploads/?digest=${MISSING}`],
      ["PATCH", "blobs/uploads/1"],
      ["PUT", `blobs/uploads/1?digest=${MISSING}`],
      ["GET", "tags/list"],
      ["GET", `referrers/${MISSING}`],
    ] as const) {
      const answer = await server.send(method, `/v2/no/such/${path}`);
      assert.equal(answer.status, 404, `${method} ${path}`);
      assert.equal(answer.json().errors[0].code, "NAME_UNKNOWN", `${method} ${path}`);
    }
  });
});
