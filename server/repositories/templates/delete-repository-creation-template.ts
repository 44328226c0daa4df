import type { Call } from "../../kernel/call.ts";
import type { RepositoryDeps } from "../deps.ts";
import { templateView } from "./template.ts";
import { findTemplate, removeTemplate } from "./template-rows.ts";

/** Removes a template; repositories that were made with it stay as they are. Throws TemplateNotFoundException. */
export async function deleteRepositoryCreationTemplate(
  deps: RepositoryDeps,
  { registry }: Call,
  input: { readonly prefix: string },
): Promise<object> {
  const row = await deps.metadata.write(registry, async (tx) => {
    const found = await findTemplate(tx, input.prefix);
    await tx.run(removeTemplate, { ...registry, prefix: found.prefix });
    return found;
  });
  return { registryId: registry.account, repositoryCreationTemplate: templateView(row) };
}
