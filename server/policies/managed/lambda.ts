import { type AwsManagedPolicy, listed } from "./aws-managed-policy.ts";

/**
 * What functions of Lambda need, by what they read from. (AWS Managed Policy Reference Guide; iann0036/iam-dataset of
 * 2026-08-22)
 */
export const LAMBDA_POLICIES: readonly AwsManagedPolicy[] = [
  {
    name: "AWSLambdaBasicExecutionRole",
    path: "/service-role/",
    updated: "2015-04-09T15:03:43Z",
    version: "v1",
    statements: [{ Action: listed("logs: CreateLogGroup CreateLogStream PutLogEvents") }],
  },
  {
    name: "AWSLambdaVPCAccessExecutionRole",
    path: "/service-role/",
    updated: "2024-01-05T22:38:26Z",
    version: "v3",
    statements: [
      {
        Sid: "AWSLambdaVPCAccessExecutionPermissions",
        Action: listed(`
          logs: CreateLogGroup CreateLogStream PutLogEvents
          ec2: CreateNetworkInterface DescribeNetworkInterfaces DescribeSubnets DeleteNetworkInterface
            AssignPrivateIpAddresses UnassignPrivateIpAddresses
        `),
      },
    ],
  },
  {
    name: "AWSLambdaRole",
    path: "/service-role/",
    updated: "2015-02-06T18:41:28Z",
    version: "v1",
    statements: [{ Action: ["lambda:InvokeFunction"] }],
  },
  {
    name: "AWSLambdaSQSQueueExecutionRole",
    path: "/service-role/",
    updated: "2018-06-14T21:50:45Z",
    version: "v1",
    statements: [
      {
        Action: listed(`
          sqs: ReceiveMessage DeleteMessage GetQueueAttributes
          logs: CreateLogGroup CreateLogStream PutLogEvents
        `),
      },
    ],
  },
  {
    name: "AWSLambdaDynamoDBExecutionRole",
    path: "/service-role/",
    updated: "2015-04-09T15:09:29Z",
    version: "v1",
    statements: [
      {
        Action: listed(`
          dynamodb: DescribeStream GetRecords GetShardIterator ListStreams
          logs: CreateLogGroup CreateLogStream PutLogEvents
        `),
      },
    ],
  },
  {
    name: "AWSLambdaKinesisExecutionRole",
    path: "/service-role/",
    updated: "2018-11-19T20:09:24Z",
    version: "v2",
    statements: [
      {
        Action: listed(`
          kinesis: DescribeStream DescribeStreamSummary GetRecords GetShardIterator ListShards ListStreams
            SubscribeToShard
          logs: CreateLogGroup CreateLogStream PutLogEvents
        `),
      },
    ],
  },
];
