import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { sha } from "../../server/testing/blobs-suite.ts";
import { digestOf, index, OCI_MANIFEST, type TestImage } from "../../server/testing/image.ts";
import { Refused, type Registry } from "./registry.ts";

export const REPOSITORIES = ["red", "blue"] as const;
/** Tags that begin so may expire at any time. */
export const EXPIRING_PREFIX = "tmp-";

/** An image as its owner knows it: nobody else pushes it, deletes it or names it. */
export interface Known {
  readonly repository: (typeof REPOSITORIES)[number];
  readonly image: TestImage;
  readonly children: readonly Known[];
  /** `unknown` after its owner was killed while it did something, and of an image that may expire. */
  state: "there" | "gone" | "unknown";
  /** When its owner deleted it. */
  deleted_ms: number | undefined;
  /** Undefined where it may have been moved along with another, or is on its way. */
  archived: boolean | undefined;
}

/** What a client may do: pushes with its own words, and looks at what became of them. */
export interface Client {
  readonly name: string;
  readonly known: Known[];
  /** Does one thing at random; what begins a round is a push, so that it meets those who collect. */
  act(first: boolean): Promise<void>;
  /** Pushes an image of one layer without asking whether it is there, while others may do the same, or collect it. */
  meet(repository: Known["repository"], layer: Buffer): Promise<void>;
  /** Deletes all its images but those that an index of another moment holds: then there is something to collect. */
  leave(): Promise<void>;
  /** Looks at all its images: what is to be there is there, and can be pulled byte for byte. */
  check(): Promise<void>;
}

interface Options {
  readonly random: () => number;
  /** Layers that all clients share. */
  readonly pool: readonly Buffer[];
  readonly undo_ms: number;
}

/** `registry` is asked for before each thing that is done: a server that was killed comes back as another one. */
export function createClient(registry: () => Registry, name: string, { random, pool, undo_ms }: Options): Client {
  const call: Registry["call"] = (operation, input) => registry().call(operation, input);
  const known: Known[] = [];
  const one = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)] as T;
  const chance = (of: number): boolean => random() < of;

  async function pushLayer(repository: string, bytes: Buffer): Promise<void> {
    const layerDigest = sha(bytes);
    if (chance(0.5)) {
      const { layers } = await call("BatchCheckLayerAvailability", {
        repositoryName: repository,
        layerDigests: [layerDigest],
      });
      if (layers[0].layerAvailability === "AVAILABLE") return;
    } else if (await registry().hasLayer(repository, layerDigest)) return;
    const from = repository === "red" ? "blue" : "red";
    if (chance(0.5) && (await registry().mountLayer(repository, layerDigest, from))) return;
    await sendLayer(repository, bytes);
  }

  async function sendLayer(repository: string, bytes: Buffer): Promise<void> {
    if (chance(0.5)) return await registry().putLayer(repository, bytes);
    const upload = await call("InitiateLayerUpload", { repositoryName: repository });
    const at = { repositoryName: repository, uploadId: upload.uploadId };
    const part = { partFirstByte: 0, partLastByte: bytes.length - 1, layerPartBlob: bytes.toString("base64") };
    await call("UploadLayerPart", { ...at, ...part });
    const complete = call("CompleteLayerUpload", { ...at, layerDigests: [sha(bytes)] });
    await complete.catch(unless("LayerAlreadyExistsException"));
  }

  async function push(): Promise<void> {
    const again = known.filter((it) => it.state !== "there");
    const it = again.length > 0 && chance(0.3) ? one(again) : compose();
    it.state = "unknown";
    for (const child of it.children) if (child.state !== "there") return;
    for (const bytes of it.image.blobs) await pushLayer(it.repository, bytes);
    await putImage(it, one([undefined, `${name}-a`, `${name}-b`, `${name}-c`, `${EXPIRING_PREFIX}${name}`]));
  }

  async function putImage(it: Known, tag?: string): Promise<void> {
    // Before it is said: the client may be killed before it hears that it was done.
    if (tag?.startsWith(EXPIRING_PREFIX)) expiring.add(it);
    const manifest = { imageManifest: it.image.body.toString(), imageManifestMediaType: it.image.mediaType };
    await call("PutImage", { repositoryName: it.repository, ...manifest, imageTag: tag }).catch(
      unless("ImageAlreadyExistsException"),
    );
    if (expiring.has(it)) return;
    it.state = "there";
    it.archived = it.children.length > 0 ? undefined : false;
    for (const child of it.children) child.archived = undefined;
  }
  const expiring = new Set<Known>();

  function compose(): Known {
    const repository = one(REPOSITORIES);
    const there = known.filter((it) => it.repository === repository && it.state === "there" && it.children.length === 0);
    const children = chance(0.2) ? [...new Set([one(there), one(there)])].filter((it) => it !== undefined) : [];
    const image = children.length > 0 ? indexOf(children) : imageOf([...new Set([one(pool), one(pool)])]);
    return make(repository, image, children);
  }

  function make(repository: Known["repository"], image: TestImage, children: readonly Known[] = []): Known {
    const made: Known = { repository, image, children, state: "unknown", deleted_ms: undefined, archived: undefined };
    known.push(made);
    return made;
  }

  async function remove(it = one(known.filter(({ state }) => state === "there"))): Promise<void> {
    if (it === undefined) return;
    it.state = "unknown";
    const { imageIds, failures } = await call("BatchDeleteImage", { repositoryName: it.repository, imageIds: [idOf(it)] });
    if (failures.length > 0) {
      assert.equal(failures[0].failureCode, "ImageReferencedByManifestList");
      it.state = "there";
      return;
    }
    assert.ok(imageIds.length > 0);
    it.state = "gone";
    it.deleted_ms = registry().now_ms();
  }

  async function restore(): Promise<void> {
    const it = one(known.filter(({ state, deleted_ms }) => state === "gone" && deleted_ms !== undefined));
    if (it === undefined) return;
    const mayComeBack = (of: Known): boolean => of.deleted_ms !== undefined && registry().now_ms() < of.deleted_ms + undo_ms;
    const sure =
      mayComeBack(it) && it.children.every((child) => child.state === "there" || (child.state === "gone" && mayComeBack(child)));
    it.state = "unknown";
    for (const child of it.children) if (child.state === "gone") child.state = "unknown";
    const answer = await call("RestoreImages", { repositoryName: it.repository, imageIds: [idOf(it)] });
    if (sure) assert.deepEqual(answer.failures, []);
    await look(it);
    for (const child of it.children) await look(child);
  }

  async function changeClass(): Promise<void> {
    const it = one(known.filter(({ state }) => state === "there"));
    if (it === undefined) return;
    const targetStorageClass = one(["ARCHIVE", "STANDARD"]);
    it.archived = undefined;
    for (const child of it.children) child.archived = undefined;
    const changed = call("UpdateImageStorageClass", { repositoryName: it.repository, imageId: idOf(it), targetStorageClass });
    await changed.catch(unless("ImageStorageClassUpdateNotSupportedException"));
  }

  /** What became of an image while its owner was not looking. */
  async function look(it: Known): Promise<string | undefined> {
    const described = call("DescribeImages", { repositoryName: it.repository, imageIds: [idOf(it)] });
    const status = await described.then((answer): string => answer.imageDetails[0].imageStatus, notThere);
    if (expiring.has(it)) it.state = "unknown";
    else if (it.state === "unknown") {
      it.state = status === undefined || status === false ? "gone" : "there";
      it.deleted_ms = undefined;
    }
    return status === false ? undefined : status;
  }

  async function pull(it: Known): Promise<void> {
    const status = await look(it);
    if (it.state !== "there") return;
    assert.ok(status !== undefined, `the image ${it.image.digest} of ${name} in ${it.repository} is lost`);
    if (it.archived === false) assert.equal(status, "ACTIVE");
    if (status !== "ACTIVE") return;
    const answer = await call("BatchGetImage", { repositoryName: it.repository, imageIds: [idOf(it)] });
    assert.equal(answer.images[0]?.imageManifest, it.image.body.toString());
    for (const bytes of it.image.blobs) {
      assert.ok((await registry().readLayer(it.repository, digestOf(bytes))).equals(bytes));
    }
    for (const child of it.children) assert.notEqual(await look(child), undefined, "an index has lost a child");
  }

  return {
    name,
    known,
    async act(first) {
      const what = first ? 0 : random();
      if (what < 0.35) await push();
      else if (what < 0.6) await remove();
      else if (what < 0.7) await restore();
      else if (what < 0.8) await changeClass();
      else if (known.length > 0) await pull(one(known));
    },
    async meet(repository, layer) {
      const it = make(repository, imageOf([layer]));
      for (const bytes of it.image.blobs.toReversed()) await sendLayer(repository, bytes);
      await putImage(it);
    },
    async leave() {
      for (const it of known.toReversed()) if (it.state === "there") await remove(it);
    },
    async check() {
      for (const it of known) await pull(it);
    },
  };
}

const idOf = (it: Known) => ({ imageDigest: it.image.digest });

/** For what may refuse in this way. */
const unless = (code: string) => (error: unknown) => {
  if (!(error instanceof Refused && error.code === code)) throw error;
};

/** For what refuses because something is not there. */
function notThere(error: unknown): false {
  if (error instanceof Refused && error.code === "ImageNotFoundException") return false;
  throw error;
}

function imageOf(layers: readonly Buffer[]): TestImage {
  const config = Buffer.from(JSON.stringify({ architecture: "amd64", os: "linux", nonce: randomBytes(8).toString("hex") }));
  const describe = (bytes: Buffer, mediaType: string) => ({ mediaType, digest: digestOf(bytes), size: bytes.length });
  const body = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config: describe(config, "application/vnd.oci.image.config.v1+json"),
      layers: layers.map((it) => describe(it, "application/vnd.oci.image.layer.v1.tar")),
    }),
  );
  return { body, mediaType: OCI_MANIFEST, digest: digestOf(body), size: body.length, blobs: [config, ...layers] };
}

function indexOf(children: readonly Known[]): TestImage {
  return index(
    children.map((it) => it.image),
    { annotations: { nonce: randomBytes(8).toString("hex") } },
  );
}
