import { allOn, type Expected } from "./expected.ts";

/** What is ours alone. */
export const LONGSHORE: Expected = {
  ...allOn("longshore", "*", "DescribeScrub ExplainDecision ListRegistryTokens"),
  ...allOn("longshore", "repository", "DescribeImagesInUse ListDeletions ReportImagesInUse RestoreImages"),
  ...allOn("longshore", "repository", "DescribeImageStorageUsage DescribeStorageUsage"),
  // What is brought back under another name is made there.
  RestoreRepository: ["longshore:RestoreRepository repository", "longshore:RestoreRepository repository/team/app"],
  ...allOn("longshore", "repository", "ApproveLifecycleRun ExplainLifecyclePolicy ListLifecycleRuns StartLifecycleRun"),
  // On whom the token would stand for, and whose sessions would end.
  ...allOn("longshore", "role/scanner", "CreateRegistryToken RevokeSessions"),
  ...allOn("longshore", "registry-token/lrt_AAAAAAAAAAAAAAAAAAAA", "DeleteRegistryToken"),
};
