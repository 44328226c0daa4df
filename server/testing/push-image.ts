import type { RepositoryName } from "../kernel/names.ts";
import { findRepository } from "../repositories/find-repository.ts";
import { testRegistry } from "./call.ts";
import type { TestEcr } from "./ecr.ts";
import { addLayers, type TestImage } from "./image.ts";

/** Pushes an image, layers first, to a repository that is there. */
export async function pushImage(ecr: TestEcr, repositoryName: string, pushed: TestImage, imageTag: string): Promise<void> {
  await ecr.metadata.write(testRegistry, async (tx) =>
    addLayers(tx, (await findRepository(tx, repositoryName as RepositoryName)).id, pushed),
  );
  await ecr.call("PutImage", { repositoryName, imageManifest: pushed.body.toString(), imageTag });
}
