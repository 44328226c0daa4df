import { PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX } from "../../kernel/limits.ts";
import { type Operation, operation } from "../../kernel/operation.ts";
import { integer, string, structure } from "../../kernel/shape.ts";
import { openPageToken, sealPageToken } from "../../keys/page-token.ts";
import type { RepositoryDeps } from "../../repositories/deps.ts";
import { askRepository, onRegistry } from "../../repositories/shapes.ts";
import { IN_REPOSITORY, type InRepository } from "../shapes.ts";
import { approveLifecycleRun, type ApproveRunInput } from "./approve-run.ts";
import { listLifecycleRuns } from "./list-runs.ts";
import { startLifecycleRun } from "./start-run.ts";

const RUN_ID = string({ min: 1, max: 64 });

/** Runs of lifecycle policies. Not AWS's. */
export function lifecycleRunOperations(deps: RepositoryDeps): readonly Operation[] {
  return [start(deps), list(deps), approve(deps)];
}

function start(deps: RepositoryDeps): Operation {
  return operation<InRepository>({
    name: "StartLifecycleRun",
    errors: ["LifecyclePolicyNotFoundException", "RepositoryNotFoundException"],
    input: structure(IN_REPOSITORY),
    asks: askRepository("longshore:StartLifecycleRun"),
    handle: async (call, input) => ({
      lifecycleRun: await startLifecycleRun(deps, onRegistry(call, input), { ...input, by: call.principal.arn }),
    }),
  });
}

function list(deps: RepositoryDeps): Operation {
  return operation<InRepository & { readonly nextToken?: string; readonly maxResults?: number }>({
    name: "ListLifecycleRuns",
    errors: ["RepositoryNotFoundException"],
    input: structure({
      ...IN_REPOSITORY,
      nextToken: string({ max: 1_024 }),
      maxResults: integer({ min: 1, max: PAGE_SIZE_MAX }),
    }),
    asks: askRepository("longshore:ListLifecycleRuns"),
    async handle(incoming, input) {
      const { repositoryName, nextToken, maxResults: size = PAGE_SIZE_DEFAULT } = input;
      const call = onRegistry(incoming, input);
      const scope = JSON.stringify(["ListLifecycleRuns", call.registry.account, call.registry.region, repositoryName]);
      const after = openPageToken(deps.sealer, scope, nextToken);
      const { items, next } = await listLifecycleRuns(deps, call, { repositoryName, after, size });
      return { lifecycleRuns: items, nextToken: sealPageToken(deps.sealer, scope, next) };
    },
  });
}

function approve(deps: RepositoryDeps): Operation {
  return operation<ApproveRunInput>({
    name: "ApproveLifecycleRun",
    errors: ["LifecycleRunNotFoundException", "RepositoryNotFoundException"],
    input: structure({ ...IN_REPOSITORY, runId: RUN_ID }),
    asks: askRepository("longshore:ApproveLifecycleRun"),
    handle: async (call, input) => ({
      lifecycleRun: await approveLifecycleRun(deps, onRegistry(call, input), { ...input, by: call.principal.arn }),
    }),
  });
}
