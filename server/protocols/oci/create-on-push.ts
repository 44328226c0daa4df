import { RegistryError } from "../../kernel/errors.ts";
import { repositoryArn } from "../../kernel/names.ts";
import { quotaOf } from "../../kernel/quotas.ts";
import type { FindRepository } from "../../repositories/find-repository.ts";
import { findOrCreateRepository } from "../../repositories/templates/find-or-create-repository.ts";
import type { OciDeps } from "./deps.ts";
import type { RepositoryRequest } from "./route.ts";

/**
 * Runs a push. Where its repository is not there, the caller may create it and a template says how, the push is run again
 * with a `find` that makes the repository in the push's own transaction. Otherwise the answer is the one without templates,
 * RepositoryNotFoundException, whichever of these it was: nobody learns of templates by what is refused. A push to a
 * repository that is there costs nothing more.
 */
export async function createOnPush<T>(
  deps: OciDeps,
  { call, name }: RepositoryRequest,
  push: (find?: FindRepository) => Promise<T>,
): Promise<T> {
  try {
    return await push();
  } catch (error) {
    if (!(error instanceof RegistryError) || error.code !== "RepositoryNotFoundException") throw error;
    const ask = { action: "ecr:CreateRepository", resource: repositoryArn(call.registry, name) };
    if (!(await deps.authorizer.decide(call, ask)).allowed) throw error;
  }
  const now_ms = deps.clock.now();
  const repositoriesMax = quotaOf(deps, "repositoriesMax");
  return push((tx) => findOrCreateRepository(tx, name, { purpose: "CREATE_ON_PUSH", now_ms, repositoriesMax }));
}
