import type { Call } from "../../kernel/call.ts";
import { RegistryError } from "../../kernel/errors.ts";
import { CREATION_TEMPLATES_MAX } from "../../kernel/limits.ts";
import type { TemplateDeps } from "./deps.ts";
import { principalsOf } from "./principals-of.ts";
import { keyOfPrefix, newTemplate, type TemplateInput, templateView } from "./template.ts";
import { insertTemplate, prefixesUpTo } from "./template-rows.ts";

/**
 * Makes a template of the repositories that are made without CreateRepository below a prefix. Throws
 * TemplateAlreadyExistsException, LimitExceededException, and InvalidParameterException for what no repository could have.
 */
export async function createRepositoryCreationTemplate(deps: TemplateDeps, call: Call, input: TemplateInput): Promise<object> {
  const { registry } = call;
  const now_ms = deps.clock.now();
  const row = {
    ...registry,
    prefix: keyOfPrefix(input.prefix),
    template: JSON.stringify(newTemplate(deps, registry, input)),
    created_ms: now_ms,
    updated_ms: now_ms,
    policy_principals: null,
  };
  await deps.metadata.write(registry, async (tx) => {
    const others = await tx.all(prefixesUpTo, { ...registry, limit: CREATION_TEMPLATES_MAX });
    if (others.some((it) => it.prefix === row.prefix)) throw alreadyExists(call, input.prefix);
    if (others.length >= CREATION_TEMPLATES_MAX) throw tooMany(call);
    const policy_principals = await principalsOf(tx, input.repositoryPolicy);
    await tx.run(insertTemplate, { ...row, policy_principals });
  });
  return { registryId: registry.account, repositoryCreationTemplate: templateView(row) };
}

function alreadyExists({ registry }: Call, prefix: string): RegistryError {
  return new RegistryError(
    "TemplateAlreadyExistsException",
    `The repository creation template with prefix '${prefix}' already exists in the registry with id '${registry.account}'`,
  );
}

function tooMany({ registry }: Call): RegistryError {
  return new RegistryError(
    "LimitExceededException",
    `The registry with id '${registry.account}' already has the maximum allowed number of repository creation templates which is '${CREATION_TEMPLATES_MAX}'`,
  );
}
