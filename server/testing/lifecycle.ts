import { randomBytes } from "node:crypto";
import { recordSeen } from "../images/in-use/in-use-rows.ts";
import { insertManifest, insertManifestChild, setTagged, upsertTag } from "../images/rows.ts";
import type { ImageFacts } from "../lifecycle/evaluate.ts";
import { lifecycleJobs } from "../lifecycle/jobs.ts";
import type { RunDeps } from "../lifecycle/runs/begin-run.ts";
import { runLifecyclePolicy } from "../lifecycle/runs/run-policy.ts";
import type { Writer } from "../platform/metadata/metadata.ts";
import { query } from "../platform/metadata/query.ts";
import type { ResourceTagRow, StorageTransitionRow } from "../platform/metadata/schema.ts";
import { findRepository } from "../repositories/find-repository.ts";
import { repositoryName, testRegistry } from "./call.ts";
import type { TestEcr } from "./ecr.ts";

export const DAY_MS = 24 * 60 * 60 * 1000;
const never = new AbortController().signal;

/** Whoever hears what is logged. */
export function listenTo(): { readonly log: RunDeps["log"]; readonly heard: unknown[] } {
  const heard: unknown[] = [];
  return { heard, log: { warn: (...said: unknown[]) => void heard.push(said) } as RunDeps["log"] };
}

/** What a run works with in a test: it comes by itself and asks nobody, unless something else is said. */
function runDeps(ecr: TestEcr, changes: Partial<RunDeps> = {}): RunDeps {
  return { metadata: ecr.metadata, clock: ecr.clock, log: listenTo().log, lifecycleInterval_s: 60 * 60, ...changes };
}

export async function idOf(ecr: TestEcr, name: string): Promise<number> {
  return (await ecr.metadata.read(testRegistry, (tx) => findRepository(tx, repositoryName(name)))).id;
}

/** Does what the job of a repository's policy does when it is due. */
export async function run(ecr: TestEcr, name: string, changes: Partial<RunDeps> = {}, signal: AbortSignal = never) {
  return runLifecyclePolicy(runDeps(ecr, changes), await idOf(ecr, name), signal);
}

/** Does the preview that a repository has in progress, and returns what each image would come to. */
export async function preview(ecr: TestEcr, repositoryName: string, more: object = {}): Promise<ReadonlyMap<string, string>> {
  await ecr.call("StartLifecyclePolicyPreview", { repositoryName, ...more });
  const runner = lifecycleJobs(runDeps(ecr)).find((it) => it.kind === "preview-lifecycle-policy");
  await runner?.run({ repository_id: await idOf(ecr, repositoryName) }, never);
  const { previewResults } = await ecr.call("GetLifecyclePolicyPreview", { repositoryName });
  return new Map(
    (previewResults as { imageDigest: string; action: { type: string } }[]).map((it) => [it.imageDigest, it.action.type]),
  );
}

const insertTransition = query<StorageTransitionRow>()((db, p) =>
  db.insertInto("storage_transitions").values({
    repository_id: p.repository_id,
    manifest: p.manifest,
    archived_ms: p.archived_ms,
    activated_ms: p.activated_ms,
  }),
);
const insertResourceTag = query<ResourceTagRow>()((db, p) =>
  db.insertInto("resource_tags").values({ repository_id: p.repository_id, key: p.key, value: p.value }),
);

/** Writes the rows of images, with what protects them. A tag that several have is the last one's. */
export async function addImages(tx: Writer, repository: number, images: readonly ImageFacts[]): Promise<void> {
  for (const it of images) {
    const { digest, subject, pushed_ms, pulled_ms, status } = it;
    const times = { pushed_ms, pulled_ms, status };
    const row = { repository_id: repository, digest, media_type: "x", artifact_type: null, subject, annotations: null };
    await tx.run(insertManifest, { ...row, ...times, body: randomBytes(8), body_size: 8, image_size: 8, tagged: 0 });
    for (const child of it.children) await tx.run(insertManifestChild, { repository, digest, child });
    const tagged = it.tags.length === 0 ? 0 : 1;
    if (tagged === 1) await tx.run(setTagged, { repository, digest, tagged });
    for (const tag of it.tags) await tx.run(upsertTag, { repository_id: repository, tag, manifest: digest, moved_ms: pushed_ms });
    const transition = { archived_ms: it.archived_ms, activated_ms: it.activated_ms };
    await tx.run(insertTransition, { repository_id: repository, manifest: digest, ...transition });
    const lock = { repository_id: repository, key: `longshore:lock-image:${digest}`, value: "true" };
    if (it.lock !== null) await tx.run(insertResourceTag, lock);
    if (it.used_ms !== null) await recordSeen(tx, { repository_id: repository, digest, cluster: "test", seen_ms: it.used_ms });
  }
}
