import type { Call } from "../kernel/call.ts";
import type { RepositoryName } from "../kernel/names.ts";
import type { Reader } from "../platform/metadata/metadata.ts";
import { type Builder, query } from "../platform/metadata/query.ts";
import type { RepositoryRow } from "../platform/metadata/schema.ts";
import { type FindRepository, findRepository } from "../repositories/find-repository.ts";
import { readAccountSetting } from "../repositories/settings/account-settings.ts";
import type { LayerDeps } from "./deps.ts";
import { addLayer, layerByDigest, type LayerKey } from "./layer-rows.ts";

type Mount = LayerKey & { readonly from?: RepositoryName | undefined; readonly find?: FindRepository | undefined };

/** The repositories of a registry that are encrypted in the same way. */
type AlikeRepositories = { account: string; region: string; encryption: string; key: string };

const layerInRegistry = query<AlikeRepositories & { digest: string }>()((db, p) =>
  selectLayer(db, p).where("layers.digest", "=", p.digest).limit(1),
);

const layerInSource = query<AlikeRepositories & { name: string; digest: string }>()((db, p) =>
  selectLayer(db, p).where("layers.digest", "=", p.digest).where("repositories.name", "=", p.name),
);

function selectLayer(db: Builder, p: AlikeRepositories) {
  return db
    .selectFrom("layers")
    .innerJoin("repositories", "repositories.id", "layers.repository_id")
    .select("layers.size")
    .where("repositories.account", "=", p.account)
    .where("repositories.region", "=", p.region)
    .where("repositories.encryption_type", "=", p.encryption)
    .where((it) => it(it.fn.coalesce("repositories.kms_key", it.val("")), "=", p.key));
}

/**
 * Makes a layer of one repository a layer of another in the same registry, without its bytes being sent. False means
 * that the client has to upload it: `from` does not have it, or is not there, or is encrypted in another way, or the account
 * wants no mounts, which are all the same to the client.
 * Whether the caller may read `from` has been asked before; without `from` any repository of the registry may give it.
 * Throws RepositoryNotFoundException for the target.
 */
export async function mountLayer(deps: LayerDeps, call: Call, mount: Mount): Promise<boolean> {
  // Outside of the transaction, which waits for nothing but the database.
  const stored = await deps.blobs.size(mount.digest);
  return deps.metadata.write(call.registry, async (tx) => {
    const target = await (mount.find ?? findRepository)(tx, mount.name);
    // ECR: where mounting is off, a mount begins an upload. (user guide, blob mounting)
    if ((await readAccountSetting(tx, "BLOB_MOUNTING")) === "DISABLED") return false;
    const here = await tx.first(layerByDigest, { repository_id: target.id, digest: mount.digest });
    const source = here ?? (stored === undefined ? undefined : await findSource(tx, target, mount));
    if (source === undefined) return false;
    await addLayer(tx, { repository_id: target.id, digest: mount.digest, size: source.size }, deps.clock.now());
    return true;
  });
}

// ECR: both repositories have the same encryption type, and the same key. (user guide, blob mounting)
function findSource(tx: Reader, target: RepositoryRow, { digest, from }: Mount): Promise<{ size: number } | undefined> {
  const alike = { ...tx.registry, encryption: target.encryption_type, key: target.kms_key ?? "" };
  if (from === undefined) return tx.first(layerInRegistry, { ...alike, digest });
  return tx.first(layerInSource, { ...alike, name: from, digest });
}
