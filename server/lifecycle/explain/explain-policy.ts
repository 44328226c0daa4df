import { findImageDigests } from "../find-image-digests.ts";
import type { Call } from "../../kernel/call.ts";
import type { ImageIdentifier } from "../../images/errors.ts";
import { inUseAfter } from "../../images/in-use/in-use-rows.ts";
import { latestDeletionOfTag } from "../../images/deletions/kept-rows.ts";
import { type DeletionView, listDeletions } from "../../images/deletions/list-deletions.ts";
import type { Reader } from "../../platform/metadata/metadata.ts";
import { readRepositoryDocument } from "../../repositories/documents.ts";
import { findRepository } from "../../repositories/find-repository.ts";
import type { EvaluationDeps } from "../evaluate-repository.ts";
import type { Verdict } from "../evaluate.ts";
import { readImagesAmong } from "../read-images.ts";
import type { InRepository } from "../shapes.ts";
import type { Judge } from "./judge.ts";
import { type ImageExplanation, viewExplanation } from "./view-explanation.ts";

/** Deletions of one image, and of its tags, that are told: the latest ones. */
const DELETIONS_OF_IMAGE_MAX = 20;

export interface ExplainPolicyInput extends Pick<InRepository, "repositoryName"> {
  /** The images that are asked about; all, where it is absent. */
  readonly imageIds?: readonly ImageIdentifier[] | undefined;
  /** The policy that is asked about; the one that the repository has, where it is absent. */
  readonly lifecyclePolicyText?: string | undefined;
  /** Where a page before this one ended. */
  readonly after?: string | undefined;
  readonly size: number;
}

/** What a policy does to images, and what became of those that are gone. */
export interface PolicyExplanation {
  /** Undefined where there is no policy: then everything stays. */
  readonly lifecyclePolicyText: string | undefined;
  readonly images: readonly ImageExplanation[];
  readonly deletions: readonly DeletionView[];
  readonly next: string | undefined;
}

/** Positions of pages: of images, and behind those of deletions. */
const IMAGES = "i";
const DELETIONS = "x";

/**
 * Tells of each image of a repository what will happen to it, by which rule and when, or why it stays; then of those that are gone who
 * deleted them, when and why. Throws RepositoryNotFoundException, InvalidParameterException.
 */
export async function explainPolicy(
  deps: EvaluationDeps & { readonly judge: Judge },
  call: Pick<Call, "registry">,
  input: ExplainPolicyInput,
): Promise<PolicyExplanation> {
  const { repositoryName, imageIds, after = "", size } = input;
  const { id, text } = await deps.metadata.read(call.registry, async (tx) => {
    const repository = await findRepository(tx, repositoryName);
    const document = await readRepositoryDocument(tx, repository.id, "lifecycle");
    return { id: repository.id, text: input.lifecyclePolicyText ?? document?.text };
  });
  const answer = { lifecyclePolicyText: text, images: [], deletions: [], next: undefined };
  if (after.startsWith(DELETIONS)) return { ...answer, ...(await pageOfDeletions(deps, call, input)) };

  const verdicts = await deps.judge(id, text, after === "");
  if (imageIds !== undefined) {
    const digests = await deps.metadata.read(call.registry, (tx) => findImagesOnceTagged(tx, id, imageIds));
    const images = await view(
      deps,
      id,
      verdicts.filter((it) => digests.has(it.digest)),
    );
    const deletions = await Promise.all([...digests].map((digest) => deletionsOf(deps, call, { repositoryName, digest })));
    return { ...answer, images, deletions: deletions.flat() };
  }
  const from = verdicts.findIndex((it) => IMAGES + it.digest > after);
  const page = from === -1 ? [] : verdicts.slice(from, from + size);
  const last = page.at(-1);
  const isLast = last === undefined || last === verdicts.at(-1);
  return { ...answer, images: await view(deps, id, page), next: isLast ? DELETIONS : IMAGES + last.digest };
}

/** The digests of the images that are meant. A tag that names none any more means the image that it was last taken from. */
async function findImagesOnceTagged(
  tx: Reader,
  repository: number,
  ids: readonly ImageIdentifier[],
): Promise<ReadonlySet<string>> {
  const digests = new Set<string>();
  for (const it of ids) {
    const [digest] = await findImageDigests(tx, repository, [it]);
    const tag = it.imageDigest === undefined ? it.imageTag : undefined;
    const taken =
      digest !== undefined || tag === undefined ? undefined : await tx.first(latestDeletionOfTag, { repository, tag });
    const found = digest ?? taken?.digest ?? undefined;
    if (found !== undefined) digests.add(found);
  }
  return digests;
}

async function view(
  deps: EvaluationDeps,
  repository: number,
  verdicts: readonly Verdict[],
): Promise<readonly ImageExplanation[]> {
  const byDigest = new Map(verdicts.map((it) => [it.digest, it]));
  const usedAfter_ms = inUseAfter(deps, deps.clock.now());
  const images = await deps.metadata.readGlobal((tx) => readImagesAmong(tx, repository, [...byDigest.keys()], usedAfter_ms));
  return images.flatMap((image) => {
    const verdict = byDigest.get(image.digest);
    return verdict === undefined ? [] : [viewExplanation(verdict, image)];
  });
}

async function pageOfDeletions(
  deps: EvaluationDeps,
  { registry }: Pick<Call, "registry">,
  { repositoryName: name, after = "", size }: ExplainPolicyInput,
): Promise<Pick<PolicyExplanation, "deletions" | "next">> {
  const position = after.slice(DELETIONS.length);
  const of = { name, kind: "IMAGE", size } as const;
  const { items, next } = await listDeletions(deps, registry, { ...of, ...(position !== "" && { after: position }) });
  return { deletions: items, next: next === undefined ? undefined : DELETIONS + next };
}

async function deletionsOf(
  deps: EvaluationDeps,
  { registry }: Pick<Call, "registry">,
  { repositoryName: name, digest }: { readonly repositoryName: string; readonly digest: string },
): Promise<readonly DeletionView[]> {
  const page = await listDeletions(deps, registry, { name, digest, size: DELETIONS_OF_IMAGE_MAX });
  return page.items;
}
