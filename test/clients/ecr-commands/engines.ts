import { UPLOAD, type EcrCommand } from "./command.ts";

const PROFILE = "arn:aws:signer:us-east-1:000000000000:/signing-profiles/longshore";

/** What is scanned, replicated and signed. */
export function engineCommands(): readonly EcrCommand[] {
  const destination = "region=eu-west-1,registryId=000000000000";
  const everything = [{ scanFrequency: "SCAN_ON_PUSH", repositoryFilters: [{ filter: "cli", filterType: "WILDCARD" }] }];
  return [
    {
      operation: "PutRegistryScanningConfiguration",
      good: ["--scan-type", "BASIC", "--rules", JSON.stringify(everything)],
      answer: { registryScanningConfiguration: { scanType: "BASIC", rules: everything } },
      bad: ["--scan-type", "BASIC", "--rules", JSON.stringify([{ ...everything[0], scanFrequency: "CONTINUOUS_SCAN" }])],
      refusal: /Exception/,
    },
    {
      operation: "GetRegistryScanningConfiguration",
      good: [],
      answer: { registryId: "000000000000", scanningConfiguration: { scanType: "BASIC", rules: everything } },
      bad: ["--nonsense", "1"],
      refusal: /Unknown options/,
    },
    {
      operation: "BatchGetRepositoryScanningConfiguration",
      good: ["--repository-names", "cli/new", "cli/missing"],
      answer: {
        scanningConfigurations: [{ repositoryName: "cli/new", scanFrequency: "SCAN_ON_PUSH", scanOnPush: true }],
        failures: [{ repositoryName: "cli/missing", failureCode: "REPOSITORY_NOT_FOUND" }],
      },
      bad: ["--repository-names", "UPPER"],
      refusal: /InvalidParameterException.*repositoryName/,
    },
    {
      operation: "PutSigningConfiguration",
      good: ["--signing-configuration", JSON.stringify({ rules: [{ signingProfileArn: PROFILE }] })],
      answer: { signingConfiguration: { rules: [{ signingProfileArn: PROFILE }] } },
      bad: ["--signing-configuration", JSON.stringify({ rules: [{ signingProfileArn: "nonsense" }] })],
      refusal: /Exception.*signingProfileArn/,
    },
    {
      operation: "GetSigningConfiguration",
      good: [],
      answer: { registryId: "000000000000", signingConfiguration: { rules: [{ signingProfileArn: PROFILE }] } },
      bad: ["--region", "us-west-2"],
      refusal: /SigningConfigurationNotFoundException/,
    },
    {
      operation: "DeleteSigningConfiguration",
      good: [],
      answer: { registryId: "000000000000" },
      bad: [],
      refusal: /SigningConfigurationNotFoundException/,
    },
    {
      operation: "ListReplicationBackfills",
      good: [],
      answer: { backfills: [] },
      bad: ["--max-results", "51"],
      refusal: /InvalidParameterException.*maxResults/,
    },
    { operation: "StartReplicationBackfill", bad: ["--destination", destination], refusal: /ValidationException/ },
    {
      operation: "StopReplicationBackfill",
      bad: ["--replication-backfill-id", UPLOAD],
      refusal: /ReplicationBackfillNotFoundException/,
    },
    {
      operation: "DescribeReplicationBackfillResults",
      bad: ["--replication-backfill-id", UPLOAD],
      refusal: /ReplicationBackfillNotFoundException/,
    },
  ];
}
