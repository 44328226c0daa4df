import { UsageError } from "../arguments.ts";
import type { Configuration } from "../configuration.ts";
import type { Installation } from "../installation.ts";
import { parseRepositoryName, type RegistryId, type RepositoryName } from "../kernel/names.ts";
import type { LifecycleRunView } from "../lifecycle/runs/view-run.ts";

/** What the words after `longshore lifecycle` come to. */
export interface LifecycleRequest extends Installation {
  readonly configuration: Configuration;
  readonly quotas: Configuration;
  readonly registry: RegistryId;
  readonly words: readonly string[];
  readonly switches: ReadonlySet<string>;
}

/** Who asks and approves, where somebody on this machine does. */
export const COMMAND = "command";

/** Throws UsageError. */
export function repositoryNamed(word: string): RepositoryName {
  const name = parseRepositoryName(word);
  if (name === undefined) throw new UsageError(`${word} is not the name of a repository.`);
  return name;
}

/** What a run has done or waits for, as a sentence. */
export function runText(run: LifecycleRunView): string {
  const { status, imageCount, expiredImageCount, transitionedImageCount, expiringImageCount, repositoryName, runId } = run;
  const done = [
    `${expiredImageCount} of ${imageCount} images expired`,
    ...(transitionedImageCount > 0 ? [`${transitionedImageCount} were archived`] : []),
  ].join(", ");
  switch (status) {
    case "COMPLETE":
      return `${done}.`;
    case "UNDONE":
      return `${done}, and brought back.`;
    case "RUNNING":
      return `running: ${done} so far.`;
    case "HELD":
      return `held: it would remove ${expiringImageCount} of ${imageCount} images. longshore lifecycle approve ${repositoryName} ${runId}`;
    case "FAILED":
      return `failed: ${run.statusReason ?? "nobody knows why"}`;
    case "SUPERSEDED":
      return run.statusReason ?? "the policy changed before it did anything.";
    default:
      return "waits for its turn.";
  }
}

/** To the second, in UTC. */
export function secondOf(time_s: number): string {
  return new Date(time_s * 1000).toISOString().replace("T", " ").slice(0, 19);
}
