import type { Call } from "../kernel/call.ts";
import { MOUNT_SOURCES_MAX } from "../kernel/limits.ts";
import type { Digest, RepositoryName } from "../kernel/names.ts";
import { inList } from "../platform/metadata/in-list.ts";
import type { Reader } from "../platform/metadata/metadata.ts";
import { query } from "../platform/metadata/query.ts";
import type { RepositoryRow } from "../platform/metadata/schema.ts";
import { type FindRepository, findRepository } from "../repositories/find-repository.ts";
import { readAccountSetting } from "../repositories/settings/account-settings.ts";
import type { LayerDeps } from "./deps.ts";
import { addLayer, layerByDigest, type LayerKey } from "./layer-rows.ts";

type Mount = LayerKey & { readonly from: readonly RepositoryName[]; readonly find?: FindRepository | undefined };

/** The repositories of a registry that are encrypted in the same way. */
type AlikeRepositories = { account: string; region: string; encryption: string; key: string };

const layerAmong = query<AlikeRepositories & { names: string; digest: string }>()((db, p, dialect) =>
  db
    .selectFrom("layers")
    .innerJoin("repositories", "repositories.id", "layers.repository_id")
    .select("layers.size")
    .where("layers.digest", "=", p.digest)
    .where("layers.damaged", "=", 0)
    .where("repositories.account", "=", p.account)
    .where("repositories.region", "=", p.region)
    .where("repositories.name", "in", inList(dialect, p.names))
    .where("repositories.encryption_type", "=", p.encryption)
    .where((it) => it(it.fn.coalesce("repositories.kms_key", it.val("")), "=", p.key))
    .limit(1),
);

const repositoriesWith = query<{ account: string; region: string; digest: string; limit: number }>()((db, p) =>
  db
    .selectFrom("layers")
    .innerJoin("repositories", "repositories.id", "layers.repository_id")
    .select("repositories.name")
    .where("layers.digest", "=", p.digest)
    .where("layers.damaged", "=", 0)
    .where("repositories.account", "=", p.account)
    .where("repositories.region", "=", p.region)
    .limit(p.limit),
);

/** Repositories of the registry that have a layer, for whoever names none: as many as may be asked about for one mount. */
export async function findLayerSources(deps: LayerDeps, call: Call, digest: Digest): Promise<readonly RepositoryName[]> {
  const at = { ...call.registry, digest, limit: MOUNT_SOURCES_MAX };
  const rows = await deps.metadata.read(call.registry, (tx) => tx.all(repositoriesWith, at));
  return rows.map((it) => it.name as RepositoryName);
}

/**
 * Makes a layer of one repository a layer of another in the same registry, without its bytes being sent. False means
 * that the client has to upload it: none of `from` has it, or is there, or is encrypted in the same way, or the account
 * wants no mounts, which are all the same to the client. Whether the caller may read each of `from` has been asked before.
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
  return tx.first(layerAmong, { ...alike, names: JSON.stringify(from), digest });
}
