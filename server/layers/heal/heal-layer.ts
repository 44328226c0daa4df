import type { Readable } from "node:stream";
import { rootOf } from "../../identity/principals.ts";
import { RegistryError } from "../../kernel/errors.ts";
import type { Digest } from "../../kernel/names.ts";
import { EgressError } from "../../platform/egress/egress.ts";
import { commitClaimed, noteArrival } from "../complete-upload.ts";
import type { LayerDeps, Sender } from "../deps.ts";
import { expectLayer, takeExpected } from "../put-layer.ts";
import { checkBlob } from "../scrub/check-blob.ts";
import { deleteClaimed, uploadNotFound } from "../upload-rows.ts";
import { askPeer, type Peer } from "./peer.ts";
import { type RepositoryWith, repositoriesWithLayer } from "./repositories-with.ts";

/**
 * What became of a damaged layer. `sound`: it is healed already. `unnamed`: no repository has it any more. `busy`: somebody else
 * is in charge of it just now. `absent`: the peer has it in none of these repositories. `wrong`: what the peer sends is not the
 * layer. `refused` and `unreached`: the peer does not say. `why` is a sentence.
 */
export type Healing =
  | { readonly state: "healed"; readonly repository: string; readonly size: number }
  | { readonly state: "sound" | "unnamed" | "busy" }
  | { readonly state: "absent"; readonly repositories: readonly string[] }
  | { readonly state: "wrong" | "refused" | "unreached"; readonly repository: string; readonly why: string };

/**
 * Gets a damaged layer from a peer that has it in a repository of the same name as one here, and takes the mark away in all
 * repositories, as a push does. Its bytes are hashed as they come, and are nothing before they have the digest.
 */
export async function healLayer(deps: LayerDeps, peer: Peer, digest: Digest, signal: AbortSignal): Promise<Healing> {
  // Whatever has come to its place since, such as a copy from a backup, is sound after this, or out of the way.
  const condition = await checkBlob(deps, digest, { signal });
  if (condition !== "damaged") return { state: condition };
  const repositories = await repositoriesWithLayer(deps.metadata, digest);
  if (repositories.length === 0) return { state: "unnamed" };
  let refused: Healing | undefined;
  for (const repository of repositories) {
    const healing = await healFrom(deps, peer, { digest, repository }, signal);
    if (healing?.state === "refused") refused ??= healing;
    else if (healing !== undefined) return healing;
  }
  return refused ?? { state: "absent", repositories: repositories.map((it) => it.name) };
}

interface Wanted {
  readonly digest: Digest;
  readonly repository: RepositoryWith;
}

/** Undefined when the peer does not have it there. */
async function healFrom(deps: LayerDeps, peer: Peer, wanted: Wanted, signal: AbortSignal): Promise<Healing | undefined> {
  const { digest, repository } = wanted;
  const { name, size } = repository;
  const failed = (state: "wrong" | "refused" | "unreached", why: string): Healing => ({ state, repository: name, why });
  try {
    const answer = await askPeer(peer, { name, digest }, signal);
    if (answer.state === "absent") return undefined;
    if (answer.state === "refused") return failed("refused", `${peer.url.host} ${answer.why}.`);
    await using _body = { [Symbol.asyncDispose]: async () => void answer.body.destroy() };
    if (answer.size !== undefined && answer.size !== size) {
      return failed("wrong", `${peer.url.host} has ${answer.size} bytes of it where ${size} are known here.`);
    }
    await takeLayer(deps, wanted, answer.body, signal);
    return { state: "healed", repository: name, size };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof EgressError) return failed("unreached", `${error.message}.`);
    if (!(error instanceof RegistryError)) throw error;
    if (error.code === "UploadNotFoundException") return { state: "busy" };
    if (error.code === "MalformedHttpRequestException") return failed("unreached", brokenOff(peer, error));
    if (error.code === "InvalidLayerException") return failed("wrong", `What ${peer.url.host} sends has another digest.`);
    if (error.code === "RequestEntityTooLargeException") return failed("wrong", `What ${peer.url.host} sends is longer than it.`);
    throw error;
  }
}

/** The push of a layer, but that it becomes nobody's who did not have it. */
async function takeLayer(deps: LayerDeps, { digest, repository }: Wanted, body: Readable, signal: AbortSignal): Promise<void> {
  const { id, registry, name, size } = repository;
  const sender: Sender = { principal: rootOf(registry.account), registry, client: { signal } };
  const bounded: LayerDeps = { ...deps, quotas: { ...deps.quotas, layerSizeBytesMax: size } };
  const expected = await expectLayer(bounded, sender, { name, digest, find: async () => ({ id }) });
  const key = { name, uploadId: expected.claim.upload.id };
  await takeExpected(bounded, sender, expected, async (claimed) => {
    await commitClaimed(bounded, sender, { ...key, digest, body, expected_bytes: size }, claimed);
    await deps.metadata.writeGlobal(async (tx) => {
      if ((await tx.run(deleteClaimed, { id: key.uploadId, writer: claimed.writer })) === 0) throw uploadNotFound(sender, key);
      await noteArrival(tx, digest);
    });
  });
}

function brokenOff({ url }: Peer, { message, cause }: RegistryError): string {
  return cause instanceof EgressError ? `${cause.message}.` : `${url.host} sent something else than was asked for: ${message}`;
}
