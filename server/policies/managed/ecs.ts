import { type AwsManagedPolicy, listed } from "./aws-managed-policy.ts";

/**
 * What clusters, instances and tasks of ECS need, and App Runner to pull. (AWS Managed Policy Reference Guide;
 * iann0036/iam-dataset of 2026-08-22)
 */
export const ECS_POLICIES: readonly AwsManagedPolicy[] = [
  {
    name: "AmazonECSTaskExecutionRolePolicy",
    path: "/service-role/",
    updated: "2017-11-16T18:48:22Z",
    version: "v1",
    statements: [
      {
        Action: listed(`
          ecr: GetAuthorizationToken BatchCheckLayerAvailability GetDownloadUrlForLayer BatchGetImage
          logs: CreateLogStream PutLogEvents
        `),
      },
    ],
  },
  {
    name: "AmazonEC2ContainerServiceforEC2Role",
    path: "/service-role/",
    updated: "2026-02-12T17:59:52Z",
    version: "v10",
    statements: [
      {
        Action: listed(`
          ec2: DescribeTags
          ecs: CreateCluster DeregisterContainerInstance DiscoverPollEndpoint Poll RegisterContainerInstance
            StartTelemetrySession UpdateContainerInstancesState Submit*
          ecr: GetAuthorizationToken BatchCheckLayerAvailability GetDownloadUrlForLayer BatchGetImage
          logs: CreateLogStream PutLogEvents
        `),
      },
      {
        Action: ["ecs:TagResource"],
        Condition: { StringEquals: { "ecs:CreateAction": ["CreateCluster", "RegisterContainerInstance"] } },
      },
      { Action: ["ecs:ListTagsForResource"], Resource: ["arn:aws:ecs:*:*:task/*/*", "arn:aws:ecs:*:*:container-instance/*/*"] },
    ],
  },
  {
    name: "AmazonEC2ContainerServiceRole",
    path: "/service-role/",
    updated: "2016-08-11T13:08:01Z",
    version: "v2",
    statements: [
      {
        Action: listed(`
          ec2: AuthorizeSecurityGroupIngress Describe*
          elasticloadbalancing: DeregisterInstancesFromLoadBalancer DeregisterTargets Describe*
            RegisterInstancesWithLoadBalancer RegisterTargets
        `),
      },
    ],
  },
  {
    name: "AmazonEC2ContainerServiceAutoscaleRole",
    path: "/service-role/",
    updated: "2018-02-05T19:15:15Z",
    version: "v2",
    statements: [
      { Action: ["ecs:DescribeServices", "ecs:UpdateService"] },
      { Action: ["cloudwatch:DescribeAlarms", "cloudwatch:PutMetricAlarm"] },
    ],
  },
  {
    name: "AmazonECSInfrastructureRolePolicyForVolumes",
    path: "/service-role/",
    updated: "2026-02-12T18:02:34Z",
    version: "v5",
    statements: [
      {
        Sid: "CreateEBSManagedVolume",
        Action: ["ec2:CreateVolume"],
        Resource: "arn:aws:ec2:*:*:volume/*",
        Condition: {
          ArnLike: { "aws:RequestTag/AmazonECSCreated": "arn:aws:ecs:*:*:task/*" },
          StringEquals: { "aws:RequestTag/AmazonECSManaged": "true" },
        },
      },
      { Sid: "CreateEBSManagedVolumeFromSnapshot", Action: ["ec2:CreateVolume"], Resource: "arn:aws:ec2:*:*:snapshot/*" },
      {
        Sid: "TagOnCreateVolume",
        Action: ["ec2:CreateTags"],
        Resource: "arn:aws:ec2:*:*:volume/*",
        Condition: {
          ArnLike: { "aws:RequestTag/AmazonECSCreated": "arn:aws:ecs:*:*:task/*" },
          StringEquals: { "aws:RequestTag/AmazonECSManaged": "true", "ec2:CreateAction": "CreateVolume" },
        },
      },
      { Sid: "DescribeVolumesForLifecycle", Action: ["ec2:DescribeVolumes", "ec2:DescribeAvailabilityZones"] },
      { Sid: "DescribeInstancesForAttachingVolume", Action: ["ec2:DescribeInstances"] },
      {
        Sid: "ManageEBSVolumeLifecycle",
        Action: ["ec2:AttachVolume", "ec2:DetachVolume"],
        Resource: "arn:aws:ec2:*:*:volume/*",
        Condition: { StringEquals: { "aws:ResourceTag/AmazonECSManaged": "true" } },
      },
      {
        Sid: "ManageVolumeAttachmentsForEC2",
        Action: ["ec2:AttachVolume", "ec2:DetachVolume"],
        Resource: "arn:aws:ec2:*:*:instance/*",
      },
      {
        Sid: "DeleteEBSManagedVolume",
        Action: ["ec2:DeleteVolume"],
        Resource: "arn:aws:ec2:*:*:volume/*",
        Condition: {
          ArnLike: { "aws:ResourceTag/AmazonECSCreated": "arn:aws:ecs:*:*:task/*" },
          StringEquals: { "aws:ResourceTag/AmazonECSManaged": "true" },
        },
      },
    ],
  },
  {
    name: "AWSAppRunnerServicePolicyForECRAccess",
    path: "/service-role/",
    updated: "2021-05-14T19:17:21Z",
    version: "v1",
    statements: [
      {
        Action: listed(`
          ecr: GetDownloadUrlForLayer BatchGetImage DescribeImages GetAuthorizationToken
            BatchCheckLayerAvailability
        `),
      },
    ],
  },
];
