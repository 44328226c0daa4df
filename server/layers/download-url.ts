import type { Call } from "../kernel/call.ts";
import { RegistryError } from "../kernel/errors.ts";
import { DOWNLOAD_URL_LIFETIME_S } from "../kernel/limits.ts";
import type { Digest, RegistryId } from "../kernel/names.ts";
import { fromSealedText, toSealedText } from "../keys/sealed-text.ts";
import type { Sealer } from "../keys/sealer.ts";
import type { OpenBlob } from "../platform/blobs/blobs.ts";
import { query } from "../platform/metadata/query.ts";
import { findRepository } from "../repositories/find-repository.ts";
import type { LayerDeps } from "./deps.ts";
import { isLayerArchived, layerByDigest, type LayerKey, needOfLayer } from "./layer-rows.ts";
import { openSound } from "./scrub/open-sound.ts";

/** What download URLs are made and opened with. */
export type DownloadDeps = LayerDeps & { readonly sealer: Sealer };

/** What a download URL stands for. The repository's id binds it to this repository, and to none that is made again under its name. */
interface Download {
  readonly registry: RegistryId;
  readonly repository_id: number;
  readonly digest: Digest;
  readonly expires_ms: number;
}

const layerByRepository = query<{ account: string; region: string; repository_id: number; digest: string }>()((db, p) =>
  db
    .selectFrom("layers")
    .innerJoin("repositories", "repositories.id", "layers.repository_id")
    .leftJoin("organisation_accounts", "organisation_accounts.account", "repositories.account")
    .select("layers.size")
    .where("repositories.id", "=", p.repository_id)
    .where("repositories.account", "=", p.account)
    .where("repositories.region", "=", p.region)
    .where("layers.digest", "=", p.digest)
    .where("layers.damaged", "=", 0)
    .where("organisation_accounts.status", "is distinct from", "SUSPENDED"),
);

/**
 * A URL at which anybody can fetch the layer, for an hour. Throws LayersNotFoundException, or LayerInaccessibleException
 * for a layer that no image needs, or only archived ones.
 */
export async function downloadUrl(deps: DownloadDeps, call: Call, { name, digest }: LayerKey): Promise<string> {
  const { registry } = call;
  const repository_id = await deps.metadata.read(registry, async (tx) => {
    const { id } = await findRepository(tx, name);
    const of = { repository_id: id, digest };
    if ((await tx.first(layerByDigest, of)) === undefined) throw layersNotFound(call, { name, digest });
    if ((await tx.first(needOfLayer, of)) === undefined) {
      throw new RegistryError(
        "LayerInaccessibleException",
        "The specified layer is not available because it is not associated with an image. Unassociated image layers may be cleaned up at any time.",
      );
    }
    // ECR: an archived image cannot be pulled. (user guide, archiving an image)
    if (await isLayerArchived(tx, of)) {
      throw new RegistryError(
        "LayerInaccessibleException",
        "The specified layer is not available because every image that it is associated with is archived. It can be downloaded once one of them is restored.",
      );
    }
    return id;
  });
  const download: Download = { registry, repository_id, digest, expires_ms: deps.clock.now() + DOWNLOAD_URL_LIFETIME_S * 1000 };
  const token = toSealedText(deps.sealer.seal("download-url", Buffer.from(JSON.stringify(download))));
  return `${call.naming.registryUrl(registry)}/_layers/${token}`;
}

/**
 * The layer that a download URL's token stands for, if the repository still has it. Throws AccessDeniedException for a
 * token that has run out or is not ours, LayerNotFoundException for a layer that is gone, with its account or without.
 */
export async function openDownload(
  deps: DownloadDeps,
  token: string,
): Promise<{ digest: Digest; size: number; open: () => Promise<OpenBlob> }> {
  const sealed = deps.sealer.open("download-url", fromSealedText(token));
  if (sealed === undefined) throw new RegistryError("AccessDeniedException", "The download URL is not valid.");
  const { registry, repository_id, digest, expires_ms } = JSON.parse(sealed.toString()) as Download;
  if (deps.clock.now() >= expires_ms) throw new RegistryError("AccessDeniedException", "Request has expired");
  const row = await deps.metadata.read(registry, (tx) => tx.first(layerByRepository, { ...registry, repository_id, digest }));
  if (row === undefined) throw layerGone();
  const open = async (): Promise<OpenBlob> => {
    const blob = await openSound(deps, digest, row.size);
    if (blob === undefined) throw layerGone();
    return blob;
  };
  return { digest, size: row.size, open };
}

function layerGone(): RegistryError {
  return new RegistryError("LayerNotFoundException", "The layer is not in its repository any more.");
}

/** ECR's words for a layer that is not in a repository. (an answer quoted in monken/aws-ecr-public#11) */
export function layersNotFound(call: Call, { name, digest }: { readonly name: string; readonly digest: string }): RegistryError {
  return new RegistryError(
    "LayersNotFoundException",
    `The layer with digest '${digest}' does not exist within the repository with name '${name}' in the registry with id '${call.registry.account}'`,
  );
}
