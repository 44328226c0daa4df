import type { Call } from "../../kernel/call.ts";
import { PAGE_SIZE_DEFAULT } from "../../kernel/limits.ts";
import { toPage } from "../../kernel/page.ts";
import { openPageToken, sealPageToken } from "../../keys/page-token.ts";
import type { RepositoryDeps } from "../deps.ts";
import { keyOfPrefix, templateView } from "./template.ts";
import { templatesAfter, templatesAmong } from "./template-rows.ts";

/** Input of DescribeRepositoryCreationTemplates. */
export interface DescribeTemplatesInput {
  readonly prefixes?: readonly string[];
  readonly nextToken?: string;
  readonly maxResults?: number;
}

/** A page of the registry's templates by prefix: of all, or of those that are named. A named one that is not there is left out. */
export async function describeRepositoryCreationTemplates(
  deps: RepositoryDeps,
  { registry }: Call,
  input: DescribeTemplatesInput,
): Promise<object> {
  const prefixes = JSON.stringify((input.prefixes ?? []).map(keyOfPrefix));
  const scope = `DescribeRepositoryCreationTemplates ${registry.account} ${registry.region} ${prefixes}`;
  const after = openPageToken(deps.sealer, scope, input.nextToken) ?? "";
  const size = input.maxResults ?? PAGE_SIZE_DEFAULT;
  const from = { ...registry, after, limit: size + 1 };
  // ECR: a name that is not there is no error, for which its model has none; and names go together with pages. (API model)
  const rows = await deps.metadata.read(registry, (tx) =>
    prefixes === "[]" ? tx.all(templatesAfter, from) : tx.all(templatesAmong, { ...from, prefixes }),
  );
  const page = toPage(rows, size, (it) => it.prefix);
  const nextToken = sealPageToken(deps.sealer, scope, page.next);
  return {
    registryId: registry.account,
    repositoryCreationTemplates: page.items.map(templateView),
    ...(nextToken === undefined ? {} : { nextToken }),
  };
}
