import type { Call } from "../../kernel/call.ts";
import type { TemplateDeps } from "./deps.ts";
import { principalsOf } from "./principals-of.ts";
import { changeTemplate, readTemplate, type TemplateInput, templateView } from "./template.ts";
import { findTemplate, setTemplate } from "./template-rows.ts";

/**
 * Changes a template; repositories that were made with it stay as they are. What the input leaves out stays, and what it
 * gives as an empty text or list is taken away. Throws TemplateNotFoundException and InvalidParameterException.
 */
export async function updateRepositoryCreationTemplate(deps: TemplateDeps, call: Call, input: TemplateInput): Promise<object> {
  const updated_ms = deps.clock.now();
  const row = await deps.metadata.write(call.registry, async (tx) => {
    const before = await findTemplate(tx, input.prefix);
    const template = JSON.stringify(changeTemplate(deps, call.registry, readTemplate(before), input));
    const { repositoryPolicy } = input;
    const policy_principals =
      repositoryPolicy === undefined ? before.policy_principals : await principalsOf(tx, repositoryPolicy);
    const after = { ...before, template, policy_principals, updated_ms };
    await tx.run(setTemplate, after);
    return after;
  });
  return { registryId: call.registry.account, repositoryCreationTemplate: templateView(row) };
}
