import { allOn, type Expected } from "./expected.ts";

/** What is ours alone. */
export const LONGSHORE: Expected = {
  ...allOn("longshore", "*", "DescribeScrub ExplainDecision ListRegistryTokens"),
  ...allOn("longshore", "repository", "DescribeImagesInUse ReportImagesInUse"),
  // On whom the token would stand for.
  ...allOn("longshore", "role/scanner", "CreateRegistryToken"),
  ...allOn("longshore", "registry-token/lrt_AAAAAAAAAAAAAAAAAAAA", "DeleteRegistryToken"),
};
