import type { ImageIdentifier } from "../../images/errors.ts";
import { IMAGE_ID } from "../../images/find-image.ts";
import { checkImageId, refusePaging } from "../../images/image-id.ts";
import { PAGE_SIZE_DEFAULT } from "../../kernel/limits.ts";
import { type Operation, operation } from "../../kernel/operation.ts";
import { integer, list, string, structure } from "../../kernel/shape.ts";
import { openPageToken, sealPageToken } from "../../keys/page-token.ts";
import type { RepositoryDeps } from "../../repositories/deps.ts";
import { askRepository, onRegistry } from "../../repositories/shapes.ts";
import { checkLifecyclePolicy } from "../parse-policy.ts";
import { IN_REPOSITORY, type InRepository, POLICY_TEXT } from "../shapes.ts";
import { explainPolicy } from "./explain-policy.ts";
import { createJudge } from "./judge.ts";

interface ExplainInput extends InRepository {
  readonly imageIds?: readonly ImageIdentifier[];
  readonly lifecyclePolicyText?: string;
  readonly nextToken?: string;
  readonly maxResults?: number;
}

/** Images have up to a thousand tags each. */
const PAGE_SIZE_MAX = 100;

/** Why images stay, go and went. Not AWS's. */
export function explainOperations(deps: RepositoryDeps): readonly Operation[] {
  const judge = createJudge(deps, new AbortController().signal);
  return [
    operation<ExplainInput>({
      name: "ExplainLifecyclePolicy",
      errors: ["RepositoryNotFoundException"],
      input: structure({
        ...IN_REPOSITORY,
        imageIds: list(IMAGE_ID, { min: 1, max: 100 }),
        lifecyclePolicyText: POLICY_TEXT,
        nextToken: string({ max: 1_024 }),
        maxResults: integer({ min: 1, max: PAGE_SIZE_MAX }),
      }),
      asks: askRepository("longshore:ExplainLifecyclePolicy"),
      async handle(incoming, input) {
        const { repositoryName, imageIds, lifecyclePolicyText, nextToken, maxResults: size = PAGE_SIZE_DEFAULT } = input;
        if (imageIds !== undefined) refusePaging(input);
        for (const [index, id] of imageIds?.entries() ?? []) checkImageId(`imageIds.${index + 1}.member`, id);
        if (lifecyclePolicyText !== undefined) checkLifecyclePolicy(lifecyclePolicyText);
        const call = onRegistry(incoming, input);
        const { account, region } = call.registry;
        const scope = JSON.stringify(["ExplainLifecyclePolicy", account, region, repositoryName, lifecyclePolicyText ?? null]);
        const after = openPageToken(deps.sealer, scope, nextToken);
        const { next, ...found } = await explainPolicy({ ...deps, judge }, call, {
          repositoryName,
          imageIds,
          lifecyclePolicyText,
          after,
          size,
        });
        return { registryId: account, repositoryName, ...found, nextToken: sealPageToken(deps.sealer, scope, next) };
      },
    }),
  ];
}
