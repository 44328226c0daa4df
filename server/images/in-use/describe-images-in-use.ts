import type { Call } from "../../kernel/call.ts";
import type { RepositoryName } from "../../kernel/names.ts";
import { type Page, toPage } from "../../kernel/page.ts";
import { inList } from "../../platform/metadata/in-list.ts";
import { query } from "../../platform/metadata/query.ts";
import { findRepository } from "../../repositories/find-repository.ts";
import type { ImageDeps } from "../deps.ts";
import { inUseAfter } from "./in-use-rows.ts";

/** An image that is in use, as the API tells it. */
export interface ImageInUse {
  readonly imageDigest: string;
  readonly lastInUseAt: number;
  readonly inUseCount: number;
  readonly clusters: readonly { readonly clusterName: string; readonly lastSeenAt: number }[];
}

export interface DescribeImagesInUseInput {
  readonly name: RepositoryName;
  readonly after?: string | undefined;
  readonly size: number;
}

const digestsAfter = query<{ repository: number; after: string; after_ms: number; limit: number }>()((db, p) =>
  db
    .selectFrom("images_in_use")
    .select("digest")
    .where("repository_id", "=", p.repository)
    .where("digest", ">", p.after)
    .where("seen_ms", ">", p.after_ms)
    .groupBy("digest")
    .orderBy("digest")
    .limit(p.limit),
);

/** There are few clusters of one image, by IMAGE_CLUSTERS_MAX. */
const clustersAmong = query<{ repository: number; digests: string; after_ms: number }>()((db, p, dialect) =>
  db
    .selectFrom("images_in_use")
    .select(["digest", "cluster", "seen_ms"])
    .where("repository_id", "=", p.repository)
    .where("digest", "in", inList(dialect, p.digests))
    .where("seen_ms", ">", p.after_ms)
    .orderBy("digest")
    .orderBy("cluster"),
);

/**
 * The images of a repository that are in use, ordered by digest, from behind `after` on: exactly those that clusters have
 * reported, and not the indexes that list them. Throws RepositoryNotFoundException.
 */
export async function describeImagesInUse(
  deps: ImageDeps,
  call: Call,
  input: DescribeImagesInUseInput,
): Promise<Page<ImageInUse>> {
  const after_ms = inUseAfter(deps, deps.clock.now());
  return deps.metadata.read(call.registry, async (tx) => {
    const { id: repository } = await findRepository(tx, input.name);
    const position = { repository, after: input.after ?? "", after_ms, limit: input.size + 1 };
    const page = toPage(await tx.all(digestsAfter, position), input.size, (it) => it.digest);
    const digests = JSON.stringify(page.items.map((it) => it.digest));
    const rows = Map.groupBy(await tx.all(clustersAmong, { repository, digests, after_ms }), (it) => it.digest);
    const items = [...rows].map(([imageDigest, clusters]) => ({
      imageDigest,
      lastInUseAt: Math.max(...clusters.map((it) => it.seen_ms)) / 1000,
      inUseCount: clusters.length,
      clusters: clusters.map((it) => ({ clusterName: it.cluster, lastSeenAt: it.seen_ms / 1000 })),
    }));
    return { items, next: page.next };
  });
}
