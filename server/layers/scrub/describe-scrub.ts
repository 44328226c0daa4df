import type { Call } from "../../kernel/call.ts";
import { PAGE_SIZE_DEFAULT } from "../../kernel/limits.ts";
import type { AccountId, RegistryId } from "../../kernel/names.ts";
import { type Operation, operation } from "../../kernel/operation.ts";
import { type Page, toPage } from "../../kernel/page.ts";
import { integer, string, structure } from "../../kernel/shape.ts";
import { openPageToken, sealPageToken } from "../../keys/page-token.ts";
import type { Sealer } from "../../keys/sealer.ts";
import type { Metadata } from "../../platform/metadata/metadata.ts";
import { query } from "../../platform/metadata/query.ts";
import type { ScrubPassRow } from "../../platform/metadata/space-schema.ts";
import { shareBefore } from "./pace.ts";
import { readPasses } from "./pass-rows.ts";

export interface DescribeScrubDeps {
  readonly metadata: Metadata;
  readonly sealer: Sealer;
  /** The account that is told of what is everybody's. */
  readonly account: AccountId;
}

const PAGE_SIZE_MAX = 100;
/** Repositories that are named for one layer. */
const REPOSITORIES_MAX = 20;

/** Damaged digests of a registry's layers, in order. Asked for by the registry: pages that others' make empty would tell how many those are. */
const damagedIn = query<RegistryId & { after: string; limit: number }>()((db, p) =>
  db
    .selectFrom("damaged_blobs")
    .selectAll()
    .where("digest", ">", p.after)
    .where((it) =>
      it.exists(
        it
          .selectFrom("layers")
          .innerJoin("repositories", "repositories.id", "layers.repository_id")
          .select("layers.digest")
          .whereRef("layers.digest", "=", "damaged_blobs.digest")
          .where("repositories.account", "=", p.account)
          .where("repositories.region", "=", p.region),
      ),
    )
    .orderBy("digest")
    .limit(p.limit),
);

const repositoriesWith = query<RegistryId & { digest: string; limit: number }>()((db, p) =>
  db
    .selectFrom("layers")
    .innerJoin("repositories", "repositories.id", "layers.repository_id")
    .select("repositories.name")
    .where("layers.digest", "=", p.digest)
    .where("repositories.account", "=", p.account)
    .where("repositories.region", "=", p.region)
    .limit(p.limit),
);

interface DescribeScrubInput {
  readonly nextToken?: string;
  readonly maxResults?: number;
}

/** How far the verification of stored layers has come, and which layers of the caller's registry are damaged. Not AWS's. */
export function scrubOperations(deps: DescribeScrubDeps): readonly Operation[] {
  return [
    operation<DescribeScrubInput>({
      name: "DescribeScrub",
      errors: [],
      input: structure({ nextToken: string({ max: 1_024 }), maxResults: integer({ min: 1, max: PAGE_SIZE_MAX }) }),
      asks: () => [{ action: "longshore:DescribeScrub", resource: "*" }],
      handle: (call, input) => describeScrub(deps, call, input),
    }),
  ];
}

async function describeScrub(deps: DescribeScrubDeps, call: Call, input: DescribeScrubInput): Promise<object> {
  const { registry, principal } = call;
  const size = Math.min(input.maxResults ?? PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX);
  const scope = JSON.stringify(["DescribeScrub", registry.account, registry.region]);
  const after = openPageToken(deps.sealer, scope, input.nextToken) ?? "";
  const isOperator = principal.account === deps.account;
  const { current, last } = await deps.metadata.readGlobal(readPasses);
  const { items, next } = await findDamaged(deps.metadata, registry, after, size);
  return {
    currentPass: current && { ...viewPass(current, isOperator), share: shareBefore(current.cursor) },
    lastPass: last && viewPass(last, isOperator),
    damagedLayers: items,
    nextToken: sealPageToken(deps.sealer, scope, next),
  };
}

/** How much there is says something of other accounts. */
function viewPass({ started_ms, ended_ms, blobs, bytes, damaged }: ScrubPassRow, isOperator: boolean): object {
  return {
    startedAt: started_ms / 1000,
    ...(ended_ms !== null && { endedAt: ended_ms / 1000 }),
    ...(isOperator && { layerCount: blobs, layerBytes: bytes, damagedLayerCount: damaged }),
  };
}

/** A damaged layer, and repositories that have it. */
interface DamagedLayer {
  readonly layerDigest: string;
  readonly foundAt: number;
  readonly reason: string;
  readonly repositoryNames: readonly string[];
}

async function findDamaged(metadata: Metadata, registry: RegistryId, after: string, size: number): Promise<Page<DamagedLayer>> {
  return metadata.readGlobal(async (tx) => {
    const page = toPage(await tx.all(damagedIn, { ...registry, after, limit: size + 1 }), size, (it) => it.digest);
    const items: DamagedLayer[] = [];
    for (const { digest, found_ms, why } of page.items) {
      const rows = await tx.all(repositoriesWith, { ...registry, digest, limit: REPOSITORIES_MAX });
      const repositoryNames = rows.map((it) => it.name).sort();
      items.push({ layerDigest: digest, foundAt: found_ms / 1000, reason: why, repositoryNames });
    }
    return { items, next: page.next };
  });
}
