import type { Call } from "../kernel/call.ts";
import { DIGEST_PATTERN, type Digest, hasDigestForm, parseDigest, type RepositoryName } from "../kernel/names.ts";
import { findRepository } from "../repositories/find-repository.ts";
import type { LayerDeps } from "./deps.ts";
import { isLayerArchived, layerByDigest, needOfLayer } from "./layer-rows.ts";
import { isLeaseRunningOut, renewLeases } from "./renew-leases.ts";

interface Layer {
  readonly layerDigest: string;
  readonly layerAvailability: "AVAILABLE" | "UNAVAILABLE" | "ARCHIVED";
  readonly layerSize?: number;
  readonly mediaType?: string;
}

interface LayerFailure {
  readonly layerDigest: string;
  readonly failureCode: "InvalidLayerDigest" | "MissingLayerDigest";
  readonly failureReason: string;
}

/**
 * Which of these layers the repository has, in the order of the question. Whoever hears that one is available will not
 * push it, so the lease of an available layer that no image needs is renewed. Throws RepositoryNotFoundException.
 */
export async function checkAvailability(
  deps: LayerDeps,
  call: Call,
  { name, digests }: { readonly name: RepositoryName; readonly digests: readonly string[] },
): Promise<{ layers: readonly Layer[]; failures: readonly LayerFailure[] }> {
  const failures = digests.filter((it) => !hasDigestForm(it)).map(failureOf);
  const asked = digests.filter(hasDigestForm);
  const expiring: Digest[] = [];
  const layers = await deps.metadata.read(call.registry, async (tx) => {
    const repository_id = (await findRepository(tx, name)).id;
    const answers: Layer[] = [];
    for (const text of asked) {
      // An algorithm that we do not know is nobody's mistake: we just have no such layer.
      const digest = parseDigest(text);
      const row = digest && (await tx.first(layerByDigest, { repository_id, digest }));
      if (digest === undefined || row === undefined) {
        answers.push(unavailable(text));
        continue;
      }
      const need = await tx.first(needOfLayer, { repository_id, digest });
      if (need === undefined && isLeaseRunningOut(row, deps.clock.now())) expiring.push(digest);
      const isArchived = need !== undefined && (await isLayerArchived(tx, { repository_id, digest }));
      answers.push({
        layerDigest: text,
        layerAvailability: isArchived ? "ARCHIVED" : "AVAILABLE",
        layerSize: row.size,
        // A layer has a media type only in the words of a manifest.
        ...(need === undefined ? {} : { mediaType: need.media_type }),
      });
    }
    return answers;
  });
  if (expiring.length === 0) return { layers, failures };
  const members = await renewLeases(deps, call, name, expiring);
  const gone = new Set<string>(expiring.filter((it) => !members.has(it)));
  return { layers: layers.map((it) => (gone.has(it.layerDigest) ? unavailable(it.layerDigest) : it)), failures };
}

function unavailable(layerDigest: string): Layer {
  return { layerDigest, layerAvailability: "UNAVAILABLE" };
}

function failureOf(layerDigest: string): LayerFailure {
  if (layerDigest === "") {
    const failureReason = "Invalid request parameters: layer digest cannot be empty";
    return { layerDigest, failureCode: "MissingLayerDigest", failureReason };
  }
  const failureReason = `Invalid request parameters: layer digest should satisfy the regex '${DIGEST_PATTERN}'`;
  return { layerDigest, failureCode: "InvalidLayerDigest", failureReason };
}
