import assert from "node:assert/strict";
import { test } from "node:test";
import { startLifecycleRun } from "../lifecycle/runs/start-run.ts";
import type { InRepository } from "../lifecycle/shapes.ts";
import { testCall } from "../testing/call.ts";
import { openTestEcr } from "../testing/ecr.ts";
import { waitForRuns } from "./wait-for-runs.ts";

const app = { repositoryName: "app" as InRepository["repositoryName"] };
const { registry } = testCall();
const selection = { tagStatus: "any", countType: "imageCountMoreThan", countNumber: 1 };
const lifecyclePolicyText = JSON.stringify({ rules: [{ rulePriority: 1, selection, action: { type: "expire" } }] });
const { signal } = new AbortController();

test("nobody waits for the run of a repository that is gone", async () => {
  await using ecr = await openTestEcr();
  await ecr.call("CreateRepository", app);
  await ecr.call("PutLifecyclePolicy", { ...app, lifecyclePolicyText });
  const asked = await startLifecycleRun(ecr, { registry }, { ...app, by: "somebody" });
  assert.equal(asked.status, "QUEUED");
  await ecr.call("DeleteRepository", { ...app, force: true });
  const startWorker = (): never => assert.fail("there is nothing to do");
  const [run, ...others] = await waitForRuns({ metadata: ecr.metadata, registry, startWorker }, [asked], signal);
  assert.deepEqual([run?.status, run?.statusReason, others.length], ["SUPERSEDED", "the repository is gone.", 0]);
});
