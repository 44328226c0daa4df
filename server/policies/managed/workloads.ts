import { type AwsManagedPolicy, listed } from "./aws-managed-policy.ts";

/**
 * What instances, tasks and functions are often given beside their pulls, so that a configuration that names it can be applied.
 * (AWS Managed Policy Reference Guide; iann0036/iam-dataset of 2026-08-22)
 */
export const WORKLOAD_POLICIES: readonly AwsManagedPolicy[] = [
  {
    name: "AmazonSSMManagedInstanceCore",
    path: "/",
    updated: "2019-05-23T16:54:21Z",
    version: "v2",
    statements: [
      {
        Action: listed(`
          ssm: DescribeAssociation GetDeployablePatchSnapshotForInstance GetDocument DescribeDocument GetManifest
            GetParameter GetParameters ListAssociations ListInstanceAssociations PutInventory PutComplianceItems
            PutConfigurePackageResult UpdateAssociationStatus UpdateInstanceAssociationStatus
            UpdateInstanceInformation
        `),
      },
      { Action: listed("ssmmessages: CreateControlChannel CreateDataChannel OpenControlChannel OpenDataChannel") },
      { Action: listed("ec2messages: AcknowledgeMessage DeleteMessage FailMessage GetEndpoint GetMessages SendReply") },
    ],
  },
  {
    name: "AmazonSSMReadOnlyAccess",
    path: "/",
    updated: "2015-05-29T17:44:19Z",
    version: "v1",
    statements: [{ Action: listed("ssm: Describe* Get* List*") }],
  },
  {
    name: "CloudWatchAgentServerPolicy",
    path: "/",
    updated: "2024-02-06T16:37:37Z",
    version: "v3",
    statements: [
      {
        Sid: "CWACloudWatchServerPermissions",
        Action: listed(`
          cloudwatch: PutMetricData
          ec2: DescribeVolumes DescribeTags
          logs: PutLogEvents PutRetentionPolicy DescribeLogStreams DescribeLogGroups CreateLogStream
            CreateLogGroup
          xray: PutTraceSegments PutTelemetryRecords GetSamplingRules GetSamplingTargets
            GetSamplingStatisticSummaries
        `),
      },
      { Sid: "CWASSMServerPermissions", Action: ["ssm:GetParameter"], Resource: "arn:aws:ssm:*:*:parameter/AmazonCloudWatch-*" },
    ],
  },
  {
    name: "CloudWatchLogsFullAccess",
    path: "/",
    updated: "2026-02-12T18:00:33Z",
    version: "v8",
    statements: [
      {
        Sid: "CloudWatchLogsFullAccess",
        Action: listed(`
          logs: *
          cloudwatch: GenerateQuery GenerateQueryResultsSummary
          observabilityadmin: GetS3TableIntegration ListS3TableIntegrations ListTelemetryPipelines
        `),
      },
    ],
  },
  {
    name: "CloudWatchLogsReadOnlyAccess",
    path: "/",
    updated: "2026-02-12T17:59:13Z",
    version: "v12",
    statements: [
      {
        Sid: "CloudWatchLogsReadOnlyAccess",
        Action: listed(`
          logs: Describe* Get* List* StartQuery StopQuery TestMetricFilter FilterLogEvents StartLiveTail
            StopLiveTail
          cloudwatch: GenerateQuery GenerateQueryResultsSummary
          observabilityadmin: ListS3TableIntegrations GetS3TableIntegration ListTelemetryPipelines
        `),
      },
    ],
  },
  {
    name: "AWSXRayDaemonWriteAccess",
    path: "/",
    updated: "2024-02-13T21:58:30Z",
    version: "v2",
    statements: [
      {
        Sid: "AWSXRayDaemonWriteAccess",
        Action: listed(`
          xray: PutTraceSegments PutTelemetryRecords GetSamplingRules GetSamplingTargets
            GetSamplingStatisticSummaries
        `),
      },
    ],
  },
  {
    name: "AWSXrayWriteOnlyAccess",
    path: "/",
    updated: "2018-08-28T23:03:04Z",
    version: "v2",
    statements: [
      {
        Action: listed(`
          xray: PutTraceSegments PutTelemetryRecords GetSamplingRules GetSamplingTargets
            GetSamplingStatisticSummaries
        `),
      },
    ],
  },
  {
    name: "AmazonEC2ReadOnlyAccess",
    path: "/",
    updated: "2026-02-12T18:03:17Z",
    version: "v5",
    statements: [
      { Action: ["ec2:Describe*", "ec2:GetSecurityGroupsForVpc"] },
      { Action: ["elasticloadbalancing:Describe*"] },
      { Action: listed("cloudwatch: ListMetrics GetMetricStatistics Describe*") },
      { Action: ["autoscaling:Describe*"] },
    ],
  },
  {
    name: "AmazonS3FullAccess",
    path: "/",
    updated: "2021-09-27T20:16:37Z",
    version: "v2",
    statements: [{ Action: ["s3:*", "s3-object-lambda:*"] }],
  },
  {
    name: "AmazonS3ReadOnlyAccess",
    path: "/",
    updated: "2023-08-10T21:31:39Z",
    version: "v3",
    statements: [
      {
        Action: listed(`
          s3: Get* List* Describe*
          s3-object-lambda: Get* List*
        `),
      },
    ],
  },
  {
    name: "AmazonSQSFullAccess",
    path: "/",
    updated: "2015-02-06T18:41:07Z",
    version: "v1",
    statements: [{ Action: ["sqs:*"] }],
  },
  {
    name: "SecretsManagerReadWrite",
    path: "/",
    updated: "2024-02-22T18:12:06Z",
    version: "v5",
    statements: [
      {
        Sid: "BasePermissions",
        Action: listed(`
          secretsmanager: *
          cloudformation: CreateChangeSet DescribeChangeSet DescribeStackResource DescribeStacks ExecuteChangeSet
          docdb-elastic: GetCluster ListClusters
          ec2: DescribeSecurityGroups DescribeSubnets DescribeVpcs
          kms: DescribeKey ListAliases ListKeys
          lambda: ListFunctions
          rds: DescribeDBClusters DescribeDBInstances
          redshift: DescribeClusters
          redshift-serverless: ListWorkgroups GetNamespace
          tag: GetResources
        `),
      },
      {
        Sid: "LambdaPermissions",
        Action: listed(`
          lambda: AddPermission CreateFunction GetFunction InvokeFunction UpdateFunctionConfiguration
        `),
        Resource: "arn:aws:lambda:*:*:function:SecretsManager*",
      },
      {
        Sid: "SARPermissions",
        Action: ["serverlessrepo:CreateCloudFormationChangeSet", "serverlessrepo:GetApplication"],
        Resource: "arn:aws:serverlessrepo:*:*:applications/SecretsManager*",
      },
      {
        Sid: "S3Permissions",
        Action: ["s3:GetObject"],
        Resource: ["arn:aws:s3:::awsserverlessrepo-changesets*", "arn:aws:s3:::secrets-manager-rotation-apps-*/*"],
      },
    ],
  },
  {
    name: "AWSKeyManagementServicePowerUser",
    path: "/",
    updated: "2017-03-07T00:55:11Z",
    version: "v2",
    statements: [
      {
        Action: listed(`
          kms: CreateAlias CreateKey DeleteAlias Describe* GenerateRandom Get* List* TagResource UntagResource
          iam: ListGroups ListRoles ListUsers
        `),
      },
    ],
  },
  {
    name: "AWSCloudTrail_ReadOnlyAccess",
    path: "/",
    updated: "2022-06-14T17:19:05Z",
    version: "v1",
    statements: [{ Action: listed("cloudtrail: Get* Describe* List* LookupEvents") }],
  },
  {
    name: "AmazonAPIGatewayPushToCloudWatchLogs",
    path: "/service-role/",
    updated: "2015-11-11T23:41:46Z",
    version: "v1",
    statements: [
      {
        Action: listed(`
          logs: CreateLogGroup CreateLogStream DescribeLogGroups DescribeLogStreams PutLogEvents GetLogEvents
            FilterLogEvents
        `),
      },
    ],
  },
  {
    name: "AmazonRDSEnhancedMonitoringRole",
    path: "/service-role/",
    updated: "2015-11-11T19:58:29Z",
    version: "v1",
    statements: [
      {
        Sid: "EnableCreationAndManagementOfRDSCloudwatchLogGroups",
        Action: ["logs:CreateLogGroup", "logs:PutRetentionPolicy"],
        Resource: "arn:aws:logs:*:*:log-group:RDS*",
      },
      {
        Sid: "EnableCreationAndManagementOfRDSCloudwatchLogStreams",
        Action: listed("logs: CreateLogStream PutLogEvents DescribeLogStreams GetLogEvents"),
        Resource: "arn:aws:logs:*:*:log-group:RDS*:log-stream:*",
      },
    ],
  },
];
