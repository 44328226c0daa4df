import type { Digest } from "../kernel/names.ts";
import type { Reader } from "../platform/metadata/metadata.ts";
import type { RepositoryRow } from "../platform/metadata/schema.ts";
import type { Manifest } from "./manifest.ts";
import { isNonDistributable } from "./media-types.ts";
import { layersAmong } from "./rows.ts";

type Place = Pick<RepositoryRow, "id" | "name">;

/**
 * What of a push is taken though whoever pulls may miss something: sentences for the one who pushes. `storedSubject` is what
 * the repository has of its subject. Asks the database only about layers whose bytes may live elsewhere.
 */
export async function warningsOf(
  tx: Reader,
  repository: Place,
  { subject, layers }: Manifest,
  storedSubject: object | undefined,
): Promise<readonly string[]> {
  const foreign = new Set(layers.filter((it) => isNonDistributable(it.mediaType)).map((it) => it.digest));
  const warnings = [
    subject && !storedSubject ? absentSubject(repository, subject.digest) : undefined,
    foreign.size > 0 ? await absentLayers(tx, repository, foreign) : undefined,
  ];
  return warnings.filter((it) => it !== undefined);
}

function absentSubject({ name }: Place, digest: Digest): string {
  return `The subject ${digest} is not in the repository '${name}': pulls of what this manifest refers to fail until it is.`;
}

/** Names one of them: there may be thousands. */
async function absentLayers(tx: Reader, { id, name }: Place, digests: ReadonlySet<Digest>): Promise<string | undefined> {
  const rows = await tx.all(layersAmong, { repository: id, digests: JSON.stringify([...digests]) });
  const here = new Set(rows.map((it) => it.digest));
  const [first, ...others] = [...digests].filter((it) => !here.has(it));
  if (first === undefined) return undefined;
  const which = others.length === 0 ? `The layer ${first} is` : `${others.length + 1} layers, among them ${first}, are`;
  return `${which} non-distributable and not in the repository '${name}': pulls depend on the URLs that the manifest names.`;
}
