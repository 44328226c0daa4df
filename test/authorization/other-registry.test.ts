import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { testCall, testRegistry } from "../../server/testing/call.ts";
import { KNOWN, sampleInput } from "../bad-input/samples.ts";
import { assertAlike } from "./alike.ts";
import { APIS } from "./aws-request.ts";
import { ROUTES } from "./expected/oci.ts";
import type { Person } from "./person.ts";
import { type AuthorizationScene, EVERYTHING, openAuthorizationScene } from "./scene.ts";

const OPERATIONS_OF = [APIS.ecr, APIS.longshore].flatMap((it) => it.operations);
const inputOf = (name: string) => sampleInput(OPERATIONS_OF.find((it) => it.name === name) ?? assert.fail(name), "required");

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

/** What a repository has, by the ids that nobody chose. */
interface Furniture {
  /** An upload that has begun. */
  readonly upload: string;
  /** Of the image, which is back. */
  readonly deletion: string;
  /** A run of the lifecycle policy that has been asked for. */
  readonly run: string;
}

/** Makes a repository with an image under the tag `v1`, whose one layer is there, and one of all else that has an id. */
async function furnish(scene: AuthorizationScene, person: Person, repositoryName: string): Promise<Furniture> {
  const callOf =
    (service: "ecr" | "longshore") =>
    async (name: string, input: object): Promise<any> => {
      const { status, text } = await scene.post(person, service, name, { ...inputOf(name), ...input, repositoryName });
      assert.equal(status, 200, `${name}: ${text}`);
      return JSON.parse(text);
    };
  const [call, ours] = [callOf("ecr"), callOf("longshore")];
  await call("CreateRepository", {});
  const { uploadId } = await call("InitiateLayerUpload", {});
  await call("UploadLayerPart", { uploadId });
  await call("CompleteLayerUpload", { uploadId });
  await call("PutImage", { imageTag: "v1" });
  await call("BatchDeleteImage", { imageIds: [{ imageDigest: String(KNOWN["imageDigest"]) }] });
  const [{ deletionId }] = (await ours("ListDeletions", { deletionKind: "IMAGE" })).deletions;
  assert.deepEqual((await ours("RestoreImages", { deletionIds: [deletionId], imageIds: undefined })).failures, []);
  await call("PutLifecyclePolicy", {});
  const { runId } = (await ours("StartLifecycleRun", {})).lifecycleRun;
  return { upload: (await call("InitiateLayerUpload", {})).uploadId, deletion: deletionId, run: runId };
}

describe("what another repository has is as good as nothing", () => {
  const UNKNOWN = {
    upload: "00000000-0000-4000-8000-000000000000",
    deletion: "0".repeat(20),
    run: "1".repeat(20),
    digest: `sha256:${"0".repeat(64)}`,
    tag: "v2",
  } as const;
  const LAYER = String((KNOWN["layerDigests"] as string[])[0]);
  const IMAGE = String(KNOWN["imageDigest"]);
  let scene: AuthorizationScene;
  let furniture: Furniture = { upload: "", deletion: "", run: "" };
  const rename = (text: string): string => {
    const ids = (["upload", "deletion", "run"] as const).map((it) => [furniture[it], UNKNOWN[it]] as const);
    const digests = [LAYER, IMAGE].map((it) => [it, UNKNOWN.digest] as const);
    return [...ids, ...digests].reduce((it, [theirs, nobodys]) => it.replaceAll(theirs, nobodys), text);
  };

  before(async () => {
    scene = await openAuthorizationScene();
    const { ann, eve } = scene;
    for (const who of [ann, eve]) {
      await scene.allow(who, [EVERYTHING]);
      const made = await scene.post(who, "ecr", "CreateRepository", { repositoryName: "hers" });
      assert.equal(made.status, 200);
    }
    furniture = await furnish(scene, ann, "app");
    // Of the same account, but hers is one repository alone.
    const hers = `arn:aws:ecr:us-east-1:${testRegistry.account}:repository/hers`;
    await scene.allow(ann, [{ Effect: "Allow", Action: "*", Resource: hers }]);
  });
  after(() => scene[Symbol.asyncDispose]());

  const OPERATIONS: Readonly<Record<string, () => object>> = {
    BatchCheckLayerAvailability: () => ({ layerDigests: [LAYER] }),
    BatchDeleteImage: () => ({ imageIds: [{ imageDigest: IMAGE }] }),
    BatchGetImage: () => ({ imageIds: [{ imageDigest: IMAGE }] }),
    CompleteLayerUpload: () => ({ uploadId: furniture.upload, layerDigests: [LAYER] }),
    DescribeImageReplicationStatus: () => ({ imageId: { imageDigest: IMAGE } }),
    DescribeImageScanFindings: () => ({ imageId: { imageDigest: IMAGE } }),
    DescribeImageSigningStatus: () => ({ imageId: { imageDigest: IMAGE } }),
    DescribeImages: () => ({ imageIds: [{ imageDigest: IMAGE }] }),
    GetDownloadUrlForLayer: () => ({ layerDigest: LAYER }),
    ListImageReferrers: () => ({ subjectId: { imageDigest: IMAGE } }),
    PutImage: () => ({}),
    StartImageScan: () => ({ imageId: { imageDigest: IMAGE } }),
    UpdateImageStorageClass: () => ({ imageId: { imageDigest: IMAGE } }),
    UploadLayerPart: () => ({ uploadId: furniture.upload }),
  };
  const OURS: Readonly<Record<string, () => object>> = {
    ApproveLifecycleRun: () => ({ runId: furniture.run }),
    DescribeImageStorageUsage: () => ({ imageIds: [{ imageDigest: IMAGE }] }),
    ExplainLifecyclePolicy: () => ({ imageIds: [{ imageDigest: IMAGE }] }),
    ListDeletions: () => ({ imageDigest: IMAGE }),
    ReportImagesInUse: () => ({ images: [{ repositoryName: "hers", imageDigest: IMAGE }] }),
    RestoreImages: () => ({ deletionIds: [furniture.deletion], imageIds: undefined }),
    "RestoreImages by digest": () => ({ imageIds: [{ imageDigest: IMAGE }] }),
    RestoreRepository: () => ({ deletionId: furniture.deletion }),
  };
  const all = [
    ...Object.entries(OPERATIONS).map((it) => ["ecr", ...it] as const),
    ...Object.entries(OURS).map((it) => ["longshore", ...it] as const),
  ];
  for (const [service, text, ids] of all) {
    const [name = ""] = text.split(" ");
    test(`for ${text}, to a stranger and to somebody of the same account`, async () => {
      for (const who of [scene.ann, scene.eve]) {
        const input = { ...inputOf(name), ...ids(), repositoryName: "hers", registryId: who.principal.account };
        const other = JSON.parse(rename(JSON.stringify(input))) as object;
        const send = (it: object) => () => scene.post(who, service, name, it);
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
    ["GET", () => `/v2/hers/blobs/uploads/${furniture.upload}`],
    ["DELETE", () => `/v2/hers/blobs/uploads/${furniture.upload}`],
    ["PATCH", () => `/v2/hers/blobs/uploads/${furniture.upload}`, "bytes"],
    ["PUT", () => `/v2/hers/blobs/uploads/${furniture.upload}?digest=${LAYER}`],
  ] as const;
  for (const [method, path, body] of ROUTES_WITH_IDS) {
    test(`for ${method} ${path().replace(/sha256:.*/, "")}`, async () => {
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

  test("for the end of an upload, though the layer is there; whoever completed one is told so again", async () => {
    const { ann } = scene;
    const repositoryName = "hers";
    const { uploadId } = JSON.parse((await scene.post(ann, "ecr", "InitiateLayerUpload", { repositoryName })).text);
    for (const name of ["UploadLayerPart", "CompleteLayerUpload"]) {
      const done = await scene.post(ann, "ecr", name, { ...inputOf(name), repositoryName, uploadId });
      assert.equal(done.status, 200, done.text);
    }
    const send = (id: string) => () => scene.pull(ann, "PUT", `/v2/hers/blobs/uploads/${id}?digest=${LAYER}`);
    const again = await assertAlike(scene, "PUT", { theirs: send(furniture.upload), nobodys: send(UNKNOWN.upload), rename });
    assert.equal(again.status, 404);
    assert.equal((await send(uploadId)()).status, 201);
  });
});
