import { UsageError } from "../arguments.ts";
import { RegistryError } from "../kernel/errors.ts";
import { hasDigestForm } from "../kernel/names.ts";
import { explainPolicy, type ExplainPolicyInput, type PolicyExplanation } from "../lifecycle/explain/explain-policy.ts";
import { createJudge } from "../lifecycle/explain/judge.ts";
import type { ImageExplanation } from "../lifecycle/explain/view-explanation.ts";
import { columnsText } from "./columns-text.ts";
import { deletionText } from "./deletion-text.ts";
import { CommandError } from "./failure.ts";
import { type LifecycleRequest, repositoryNamed, secondOf } from "./lifecycle-request.ts";
import { stopSignal } from "./stop-signal.ts";

const PAGE_SIZE = 1_000;
const TAGS_SHOWN_MAX = 3;
const DIGEST_SHOWN_LENGTH = 19;
/** The beginning of a digest, as this command prints it. */
const DIGEST_START = /^sha256:[0-9a-f]{4,63}$/;
/** So much of a digest is enough to know it by. */
const DIGEST = /\b(sha256:[0-9a-f]{12})[0-9a-f]{52}\b/g;

/** `longshore lifecycle explain`: what will happen to each image of a repository and why, or to one image, and what became of those that are gone. */
export async function explainLifecycle(request: LifecycleRequest): Promise<void> {
  const [name, image, ...others] = request.words;
  if (name === undefined || others.length > 0)
    throw new UsageError("Name a repository, and an image of it by digest or tag if it is about that.");
  const stop = new AbortController();
  void stopSignal().then(() => stop.abort());
  const deps = { ...request, judge: createJudge(request, stop.signal) };
  const { imageIds, isMeant } = meantBy(image);
  const input: ExplainPolicyInput = { repositoryName: repositoryNamed(name), imageIds, size: PAGE_SIZE };
  const json = request.switches.has("--json");
  let some = false;
  for (let after: string | undefined = ""; after !== undefined; ) {
    const page: PolicyExplanation = await explainPolicy(deps, request, { ...input, after }).catch((error: unknown) => {
      throw orDeletions(error, name);
    });
    after = page.next;
    const [images, deletions] = [page.images.filter(isMeant), page.deletions.filter(isMeant)];
    some ||= images.length + deletions.length > 0;
    if (json) for (const it of [...images, ...deletions]) process.stdout.write(`${JSON.stringify(it)}\n`);
    else process.stdout.write(columnsText(images.map(lineOf)) + deletions.map((it) => `\n${deletionText(it)}`).join(""));
  }
  if (!some && !json)
    process.stdout.write(image === undefined ? "The repository is empty.\n" : `Nothing is known of ${image}.\n`);
}

/** What went with a repository is not explained here, but is on record. */
function orDeletions(error: unknown, name: string): unknown {
  if (!(error instanceof RegistryError) || error.code !== "RepositoryNotFoundException") return error;
  return new CommandError(`${error.message}. If it was deleted, longshore deletions ${name} tells by whom.`);
}

type Meant = (it: { readonly imageDigest?: string }) => boolean;

/** What to ask for, and what of the answer is meant: of a digest that is cut short all is asked for. */
function meantBy(image: string | undefined): Pick<ExplainPolicyInput, "imageIds"> & { readonly isMeant: Meant } {
  if (image === undefined) return { isMeant: () => true };
  if (DIGEST_START.test(image)) return { isMeant: ({ imageDigest = "" }) => imageDigest.startsWith(image) };
  return { isMeant: () => true, imageIds: [hasDigestForm(image) ? { imageDigest: image } : { imageTag: image }] };
}

function lineOf({ imageDigest, imageTags, imagePushedAt, explanation }: ImageExplanation): readonly string[] {
  const more = imageTags.length > TAGS_SHOWN_MAX ? ` +${imageTags.length - TAGS_SHOWN_MAX}` : "";
  const tags = imageTags.length === 0 ? "-" : imageTags.slice(0, TAGS_SHOWN_MAX).join(",") + more;
  return [
    imageDigest.slice(0, DIGEST_SHOWN_LENGTH),
    tags,
    secondOf(imagePushedAt).slice(0, 10),
    explanation.replace(DIGEST, "$1"),
  ];
}
