import type { Readable } from "node:stream";
import type { Call } from "../kernel/call.ts";
import type { Digest, RepositoryName } from "../kernel/names.ts";
import { createSealer, type Sealer } from "../keys/sealer.ts";
import type { LayerDeps } from "../layers/deps.ts";
import type { LayerKey } from "../layers/layer-rows.ts";
import { expectLayer, putLayer } from "../layers/put-layer.ts";
import { createMemoryBlobs } from "../platform/blobs/memory-blobs.ts";
import { query } from "../platform/metadata/query.ts";
import { createRepository } from "../repositories/create-repository.ts";
import { findRepository } from "../repositories/find-repository.ts";
import { testCall } from "./call.ts";
import { fakeClock } from "./fake-clock.ts";
import { openTestMetadata } from "./metadata.ts";

/** What layers are tested with: memory blobs, empty metadata with these repositories, and a clock that stands still. */
export interface TestLayers extends AsyncDisposable {
  readonly deps: LayerDeps & { readonly sealer: Sealer };
  readonly clock: ReturnType<typeof fakeClock>;
  /** Writes the row by which an image needs a layer. */
  needLayer(name: string, digest: Digest): Promise<void>;
}

export const app = "app" as RepositoryName;
export const other = "other" as RepositoryName;

const insertNeed = query<{ repository_id: number; layer: string }>()((db, p) =>
  db
    .insertInto("manifest_layers")
    .values({ repository_id: p.repository_id, manifest: "sha256:00", layer: p.layer, media_type: "layer/type" }),
);

/** Opens all of that; the repositories are `app` and `other`. */
export async function openTestLayers(call: Call = testCall()): Promise<TestLayers> {
  // The clock starts now: what was touched before the machine started is read again.
  const clock = fakeClock(Date.now());
  const metadata = await openTestMetadata();
  const deps = { metadata, blobs: createMemoryBlobs(), clock, sealer: createSealer(Buffer.alloc(32, 7)) };
  for (const repositoryName of [app, other]) await createRepository(deps, call, { repositoryName });
  return {
    deps,
    clock,
    async needLayer(name, digest) {
      await metadata.write(call.registry, async (tx) => {
        const { id } = await findRepository(tx, name as RepositoryName);
        await tx.run(insertNeed, { repository_id: id, layer: digest });
      });
    },
    [Symbol.asyncDispose]: () => metadata[Symbol.asyncDispose](),
  };
}

/** Pushes a layer in one request. */
export async function pushLayer(
  deps: LayerDeps,
  call: Call,
  { name, digest, ...part }: LayerKey & { readonly body: Readable; readonly expected_bytes: number },
): Promise<void> {
  await putLayer(deps, call, await expectLayer(deps, call, { name, digest }), part);
}
