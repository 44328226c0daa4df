import type { Job } from "../kernel/job.ts";

export const RUN_LIFECYCLE_POLICY = "run-lifecycle-policy";

/** What such a job is told. */
export interface RunLifecyclePolicyPayload {
  readonly repository_id: number;
}

/**
 * The job that carries out the lifecycle policy of a repository: to be enqueued in the transaction by which a repository comes to have
 * one, a repository that is brought back with its policy too. It comes back by itself, and ends when the policy is gone.
 */
export function runLifecyclePolicyJob(repository_id: number, when: Pick<Job, "due" | "hasten"> = {}): Job {
  const payload: RunLifecyclePolicyPayload = { repository_id };
  return { kind: RUN_LIFECYCLE_POLICY, key: `${RUN_LIFECYCLE_POLICY}:${repository_id}`, payload, ...when };
}
