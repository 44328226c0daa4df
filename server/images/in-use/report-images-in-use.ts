import type { Call } from "../../kernel/call.ts";
import type { RegistryId, RepositoryName } from "../../kernel/names.ts";
import type { Writer } from "../../platform/metadata/metadata.ts";
import { lookUpRepository } from "../../repositories/find-repository.ts";
import type { RegistryInput } from "../../repositories/shapes.ts";
import type { ImageDeps } from "../deps.ts";
import { manifestsAmong } from "../rows.ts";
import { recordSeen } from "./in-use-rows.ts";
import { parseImageReference } from "./parse-image-reference.ts";

/** Input of ReportImagesInUse: images by name, and as Kubernetes tells them, in any number of both. */
export interface ReportImagesInUseInput extends RegistryInput {
  readonly clusterName: string;
  readonly images?: readonly ReportedImage[];
  readonly imageReferences?: readonly string[];
}

interface ReportedImage {
  readonly repositoryName: RepositoryName;
  readonly imageDigest: string;
}

/** What became of a report. */
export interface ReportImagesInUseOutput {
  /** Images of this registry that are now known to be in use. */
  readonly recordedCount: number;
  /** What is no image of this registry, as it was reported. */
  readonly unknownImages: readonly string[];
}

/** Images in one transaction: small enough that others who write need not wait long. */
const BATCH_ROWS = 100;

/** The images that a report could mean in a registry, each once, by how they were reported; undefined for what can be none of it. */
export function reportedImages(
  registry: RegistryId,
  input: ReportImagesInUseInput,
): ReadonlyMap<string, ReportedImage | undefined> {
  const images = (input.images ?? []).map((it) => [`${it.repositoryName}@${it.imageDigest}`, it] as const);
  const references = (input.imageReferences ?? []).map((text) => [text, imageOf(registry, text)] as const);
  return new Map<string, ReportedImage | undefined>([...images, ...references]);
}

/** A host that does not say which registry it is may be any name of this one, or a mirror that hands its images on. */
function imageOf(registry: RegistryId, text: string): ReportedImage | undefined {
  const reference = parseImageReference(text);
  const named = reference?.registry ?? registry;
  return named.account === registry.account && named.region === registry.region ? reference : undefined;
}

/** Writes down that a cluster runs images now. What is not an image of the registry is told, and no error: a cluster runs others too. */
export async function reportImagesInUse(
  deps: Pick<ImageDeps, "metadata" | "clock">,
  call: Call,
  input: ReportImagesInUseInput,
): Promise<ReportImagesInUseOutput> {
  const seen_ms = deps.clock.now();
  const reported = [...reportedImages(call.registry, input)];
  // Always in the same order: two reports that write the same rows then wait for each other, and not in a circle.
  const images = reported.flatMap(([text, it]) => (it === undefined ? [] : [{ ...it, text }])).sort((a, b) => compare(a, b));
  const recorded = new Set<string>();
  for (let at = 0; at < images.length; at += BATCH_ROWS) {
    const batch = images.slice(at, at + BATCH_ROWS);
    const there = await deps.metadata.write(call.registry, (tx) =>
      recordBatch(tx, batch, { cluster: input.clusterName, seen_ms }),
    );
    for (const it of there) recorded.add(it);
  }
  const isRecorded = (it: ReportedImage | undefined): boolean => it !== undefined && recorded.has(keyOf(it));
  return {
    recordedCount: recorded.size,
    unknownImages: reported.filter(([, it]) => !isRecorded(it)).map(([text]) => text),
  };
}

/** Returns the keys of those that are there. */
async function recordBatch(
  tx: Writer,
  batch: readonly ReportedImage[],
  seen: { readonly cluster: string; readonly seen_ms: number },
): Promise<readonly string[]> {
  const there: string[] = [];
  for (const [name, images] of Map.groupBy(batch, (it) => it.repositoryName)) {
    const repository = await lookUpRepository(tx, name);
    if (repository === undefined) continue;
    const digests = JSON.stringify(images.map((it) => it.imageDigest));
    const known = new Set((await tx.all(manifestsAmong, { repository: repository.id, digests })).map((it) => it.digest));
    for (const image of images.filter((it) => known.has(it.imageDigest))) {
      await recordSeen(tx, { repository_id: repository.id, digest: image.imageDigest, ...seen });
      there.push(keyOf(image));
    }
  }
  return there;
}

function compare(a: ReportedImage, b: ReportedImage): number {
  return keyOf(a) < keyOf(b) ? -1 : 1;
}

function keyOf({ repositoryName, imageDigest }: ReportedImage): string {
  return `${repositoryName}@${imageDigest}`;
}
