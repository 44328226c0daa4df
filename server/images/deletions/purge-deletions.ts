import type { Clock } from "../../kernel/clock.ts";
import type { RegistryId, RepositoryName } from "../../kernel/names.ts";
import { inList } from "../../platform/metadata/in-list.ts";
import type { Metadata, Writer } from "../../platform/metadata/metadata.ts";
import { query } from "../../platform/metadata/query.ts";
import { forgetRepository, keptRepositories, keptRepositoriesOf } from "../../repositories/deleted-repository-rows.ts";
import { lookUpRepository } from "../../repositories/find-repository.ts";
import { sweepRepositoryJob } from "../../repositories/jobs.ts";
import { allRepositoryNames } from "../../repositories/list-repositories.ts";
import { parseManifest } from "../manifest.ts";
import { forgetManifest } from "./kept-rows.ts";

interface Deps {
  readonly metadata: Metadata;
  readonly clock: Clock;
}

/** How many images and repositories cannot be brought back any more, that could before. */
export interface Purged {
  readonly images: number;
  readonly repositories: number;
}

/** Rows in one transaction; each image's manifest is read in it. */
const BATCH_ROWS = 20;

const keptImages = query<{ repository: number; limit: number }>()((db, p) =>
  db
    .selectFrom("deleted_manifests")
    .select(["deletion_id", "media_type", "body", "restorable_until_ms"])
    .where("repository_id", "=", p.repository)
    .limit(p.limit),
);

/** Ends the leases that a deletion has given to layers. One that was lengthened since is another's. */
const endLeases = query<{ repository: number; digests: string; until_ms: number; now_ms: number }>()((db, p, dialect) =>
  db
    .updateTable("layers")
    .set({ leased_until_ms: p.now_ms })
    .where("repository_id", "=", p.repository)
    .where("digest", "in", inList(dialect, p.digests))
    .where("leased_until_ms", "=", p.until_ms),
);

/**
 * Ends the undo window now: of the repositories that had a name, and of the images that were deleted in the one that has it; or
 * of everything in a registry. What they needed can be collected from then on, and what went stays on record. It is done in
 * small steps, and may be done again from anywhere.
 */
export async function purgeDeletions(deps: Deps, registry: RegistryId, name?: RepositoryName): Promise<Purged> {
  const repositories = await purgeRepositories(deps, registry, name);
  if (name !== undefined) return { repositories, images: await purgeImages(deps, registry, name) };
  let images = 0;
  for await (const it of allRepositoryNames(deps, registry)) images += await purgeImages(deps, registry, it as RepositoryName);
  return { repositories, images };
}

/** Gives deleted repositories to the job that sweeps them. */
async function purgeRepositories({ metadata, clock }: Deps, registry: RegistryId, name?: RepositoryName): Promise<number> {
  const purgeSome = async (tx: Writer): Promise<number> => {
    const of = { ...registry, limit: BATCH_ROWS };
    const rows =
      name === undefined ? await tx.all(keptRepositoriesOf, of) : await tx.all(keptRepositories, { ...of, name, now_ms: 0 });
    for (const { id } of rows) {
      await tx.run(forgetRepository, { id });
      await tx.enqueue({ ...sweepRepositoryJob(id, clock.now()), hasten: true });
    }
    return rows.length;
  };
  return untilNone(() => metadata.write(registry, purgeSome));
}

async function purgeImages({ metadata, clock }: Deps, registry: RegistryId, name: RepositoryName): Promise<number> {
  return untilNone(() =>
    metadata.write(registry, async (tx) => {
      const repository = (await lookUpRepository(tx, name))?.id;
      const rows = repository === undefined ? [] : await tx.all(keptImages, { repository, limit: BATCH_ROWS });
      for (const { deletion_id: id, media_type, body, restorable_until_ms: until_ms } of rows) {
        const { layers } = parseManifest(body, media_type);
        const digests = JSON.stringify(layers.map((it) => it.digest));
        await tx.run(endLeases, { repository: repository ?? 0, digests, until_ms, now_ms: clock.now() });
        await tx.run(forgetManifest, { id });
      }
      return rows.length;
    }),
  );
}

/** Runs steps until one has nothing to do. Returns how much they did together. */
async function untilNone(step: () => Promise<number>): Promise<number> {
  let sum = 0;
  for (let done = await step(); done > 0; done = await step()) sum += done;
  return sum;
}
