import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { testCall, testRegistry } from "../../server/testing/call.ts";
import { KNOWN, sampleInput } from "../bad-input/samples.ts";
import { assertAlike } from "./alike.ts";
import { APIS } from "./aws-request.ts";
import { ROUTES } from "./expected/oci.ts";
import type { Person } from "./person.ts";
import { type AuthorizationScene, EVERYTHING, openAuthorizationScene } from "./scene.ts";

const { operations } = APIS.ecr;
const inputOf = (name: string) => sampleInput(operations.find((it) => it.name === name) ?? assert.fail(name), "required");

describe("of another account's registry nobody learns what is there", () => {
  const GONE = "gon";
  const rename = (text: string): string => text.replaceAll("app", GONE);
  let scene: AuthorizationScene;
  before(async () => {
    scene = await openAuthorizationScene();
    await scene.allow(scene.ann, [EVERYTHING]);
    await scene.allow(scene.eve, [EVERYTHING]);
    await furnish(scene, scene.ann, "app");
  });
  after(() => scene[Symbol.asyncDispose]());

  const named = (["ecr", "longshore"] as const).flatMap((service) =>
    APIS[service].operations.map((operation) => ({ service, operation })),
  );
  for (const { service, operation } of named) {
    const { name, asks } = operation;
    const { members } = operation.input;
    if (!("registryId" in members || "resourceArn" in members)) continue;
    const registry = "registryId" in members ? { registryId: testRegistry.account } : {};
    const input = { ...sampleInput(operation, "required"), ...registry };
    if (asks === "none" || !asks(input as never, testCall()).some((it) => it.resource.endsWith("/app"))) continue;
    test(`${name} answers the same for a repository that is there and for one that is not`, async () => {
      const other = JSON.parse(rename(JSON.stringify(input))) as object;
      const answer = await assertAlike(scene, name, {
        theirs: () => scene.post(scene.eve, service, name, input),
        nobodys: () => scene.post(scene.eve, service, name, other),
        rename,
      });
      assert.match(answer.text, /AccessDenied/);
    });
  }

  for (const [route, { path, asks, body }] of Object.entries(ROUTES)) {
    if (!asks.some((it) => it.endsWith(" repository"))) continue;
    test(`so does ${route}`, async () => {
      const [method = ""] = route.split(" ");
      const answer = await assertAlike(scene, route, {
        theirs: () => scene.pull(scene.eve, method, path, body),
        nobodys: () => scene.pull(scene.eve, method, rename(path), body),
        rename,
      });
      assert.equal(answer.status, 403);
    });
  }
});

/** Makes a repository with an image under the tag `v1`, whose one layer is there; returns the id of an upload that has begun. */
async function furnish(scene: AuthorizationScene, person: Person, repositoryName: string): Promise<string> {
  const call = async (name: string, input: object): Promise<any> => {
    const { status, text } = await scene.post(person, "ecr", name, { ...inputOf(name), ...input, repositoryName });
    assert.equal(status, 200, `${name}: ${text}`);
    return JSON.parse(text);
  };
  await call("CreateRepository", {});
  const { uploadId } = await call("InitiateLayerUpload", {});
  await call("UploadLayerPart", { uploadId });
  await call("CompleteLayerUpload", { uploadId });
  await call("PutImage", { imageTag: "v1" });
  return (await call("InitiateLayerUpload", {})).uploadId;
}

describe("what another repository has is as good as nothing", () => {
  const UNKNOWN = {
    upload: "00000000-0000-4000-8000-000000000000",
    digest: `sha256:${"0".repeat(64)}`,
    tag: "v2",
  } as const;
  const LAYER = String((KNOWN["layerDigests"] as string[])[0]);
  const IMAGE = String(KNOWN["imageDigest"]);
  let scene: AuthorizationScene;
  let upload: string;
  const rename = (text: string): string =>
    [LAYER, IMAGE].reduce((it, digest) => it.replaceAll(digest, UNKNOWN.digest), text.replaceAll(upload, UNKNOWN.upload));

  before(async () => {
    scene = await openAuthorizationScene();
    const { ann, eve } = scene;
    for (const who of [ann, eve]) {
      await scene.allow(who, [EVERYTHING]);
      const made = await scene.post(who, "ecr", "CreateRepository", { repositoryName: "hers" });
      assert.equal(made.status, 200);
    }
    upload = await furnish(scene, ann, "app");
    // Of the same account, but hers is one repository alone.
    const hers = `arn:aws:ecr:us-east-1:${testRegistry.account}:repository/hers`;
    await scene.allow(ann, [{ Effect: "Allow", Action: "*", Resource: hers }]);
  });
  after(() => scene[Symbol.asyncDispose]());

  const OPERATIONS: Readonly<Record<string, () => object>> = {
    BatchCheckLayerAvailability: () => ({ layerDigests: [LAYER] }),
    BatchDeleteImage: () => ({ imageIds: [{ imageDigest: IMAGE }] }),
    BatchGetImage: () => ({ imageIds: [{ imageDigest: IMAGE }] }),
    CompleteLayerUpload: () => ({ uploadId: upload, layerDigests: [LAYER] }),
    DescribeImageReplicationStatus: () => ({ imageId: { imageDigest: IMAGE } }),
    DescribeImageScanFindings: () => ({ imageId: { imageDigest: IMAGE } }),
    DescribeImageSigningStatus: () => ({ imageId: { imageDigest: IMAGE } }),
    DescribeImages: () => ({ imageIds: [{ imageDigest: IMAGE }] }),
    GetDownloadUrlForLayer: () => ({ layerDigest: LAYER }),
    ListImageReferrers: () => ({ subjectId: { imageDigest: IMAGE } }),
    PutImage: () => ({}),
    StartImageScan: () => ({ imageId: { imageDigest: IMAGE } }),
    UpdateImageStorageClass: () => ({ imageId: { imageDigest: IMAGE } }),
    UploadLayerPart: () => ({ uploadId: upload }),
  };
  for (const [name, ids] of Object.entries(OPERATIONS)) {
    test(`for ${name}, to a stranger and to somebody of the same account`, async () => {
      for (const who of [scene.ann, scene.eve]) {
        const input = { ...inputOf(name), ...ids(), repositoryName: "hers", registryId: who.principal.account };
        const other = JSON.parse(rename(JSON.stringify(input))) as object;
        const send = (it: object) => () => scene.post(who, "ecr", name, it);
        await assertAlike(scene, name, { theirs: send(input), nobodys: send(other), rename });
      }
    });
  }

  const ROUTES_WITH_IDS = [
    ["GET", () => `/v2/hers/manifests/${IMAGE}`],
    ["HEAD", () => `/v2/hers/manifests/${IMAGE}`],
    ["DELETE", () => `/v2/hers/manifests/${IMAGE}`],
    ["GET", () => `/v2/hers/blobs/${LAYER}`],
    ["HEAD", () => `/v2/hers/blobs/${LAYER}`],
    ["DELETE", () => `/v2/hers/blobs/${LAYER}`],
    ["GET", () => `/v2/hers/referrers/${IMAGE}`],
    ["GET", () => `/v2/hers/blobs/uploads/${upload}`],
    ["DELETE", () => `/v2/hers/blobs/uploads/${upload}`],
    ["PATCH", () => `/v2/hers/blobs/uploads/${upload}`, "bytes"],
    ["PUT", () => `/v2/hers/blobs/uploads/${upload}?digest=${LAYER}`],
  ] as const;
  for (const [method, path, body] of ROUTES_WITH_IDS) {
    test(`for ${method} ${path().replace(/(sha256:|undefined).*/, "")}`, async () => {
      // Of ann's account is the host, so hers is the one of ann.
      const send = (it: string) => () => scene.pull(scene.ann, method, it, body);
      await assertAlike(scene, method, { theirs: send(path()), nobodys: send(rename(path())), rename });
    });
  }

  test("for a mount, which becomes an upload", async () => {
    const mount = (digest: string, from: string) => () =>
      scene.pull(scene.ann, "POST", `/v2/hers/blobs/uploads/?mount=${digest}&from=${from}`);
    const onlyStatus = (): string => "";
    for (const from of ["app", "gon"]) {
      const pair = { theirs: mount(LAYER, from), nobodys: mount(UNKNOWN.digest, from), rename: onlyStatus };
      assert.equal((await assertAlike(scene, "mount", pair)).status, 202);
    }
  });

  test("for an upload that was completed before, as whoever asks again for the same layer is told", async () => {
    const { ann } = scene;
    const repositoryName = "hers";
    const { uploadId } = JSON.parse((await scene.post(ann, "ecr", "InitiateLayerUpload", { repositoryName })).text);
    for (const name of ["UploadLayerPart", "CompleteLayerUpload"]) {
      const done = await scene.post(ann, "ecr", name, { ...inputOf(name), repositoryName, uploadId });
      assert.equal(done.status, 200, done.text);
    }
    const send = (id: string) => () => scene.pull(ann, "PUT", `/v2/hers/blobs/uploads/${id}?digest=${LAYER}`);
    const again = await assertAlike(scene, "PUT", { theirs: send(upload), nobodys: send(UNKNOWN.upload), rename });
    assert.equal(again.status, 201);
  });
});
