import { type AwsManagedPolicy, listed } from "./aws-managed-policy.ts";

/**
 * What clusters of EKS, their nodes and their usual add-ons need. (AWS Managed Policy Reference Guide; iann0036/iam-dataset of
 * 2026-08-22)
 */
export const EKS_POLICIES: readonly AwsManagedPolicy[] = [
  {
    name: "AmazonEKSClusterPolicy",
    path: "/",
    updated: "2026-02-12T17:58:15Z",
    version: "v10",
    statements: [
      {
        Sid: "AmazonEKSClusterPolicy",
        Action: listed(`
          autoscaling: DescribeAutoScalingGroups UpdateAutoScalingGroup
          ec2: AttachVolume AuthorizeSecurityGroupIngress CreateRoute CreateSecurityGroup CreateTags CreateVolume
            DeleteRoute DeleteSecurityGroup DeleteVolume DescribeInstances DescribeRouteTables
            DescribeSecurityGroups DescribeSubnets DescribeVolumes DescribeVolumesModifications DescribeVpcs
            DescribeDhcpOptions DescribeNetworkInterfaces DescribeAvailabilityZones DetachVolume
            ModifyInstanceAttribute ModifyVolume RevokeSecurityGroupIngress DescribeAccountAttributes
            DescribeAddresses DescribeInternetGateways DescribeInstanceTopology
          elasticloadbalancing: AddTags ApplySecurityGroupsToLoadBalancer AttachLoadBalancerToSubnets
            ConfigureHealthCheck CreateListener CreateLoadBalancer CreateLoadBalancerListeners
            CreateLoadBalancerPolicy CreateTargetGroup DeleteListener DeleteLoadBalancer
            DeleteLoadBalancerListeners DeleteTargetGroup DeregisterInstancesFromLoadBalancer DeregisterTargets
            DescribeListeners DescribeLoadBalancerAttributes DescribeLoadBalancerPolicies DescribeLoadBalancers
            DescribeTargetGroupAttributes DescribeTargetGroups DescribeTargetHealth DetachLoadBalancerFromSubnets
            ModifyListener ModifyLoadBalancerAttributes ModifyTargetGroup ModifyTargetGroupAttributes
            RegisterInstancesWithLoadBalancer RegisterTargets SetLoadBalancerPoliciesForBackendServer
            SetLoadBalancerPoliciesOfListener
          kms: DescribeKey
        `),
      },
      {
        Sid: "AmazonEKSClusterPolicySLRCreate",
        Action: ["iam:CreateServiceLinkedRole"],
        Condition: { StringEquals: { "iam:AWSServiceName": "elasticloadbalancing.amazonaws.com" } },
      },
      {
        Sid: "AmazonEKSClusterPolicyENIDelete",
        Action: ["ec2:DeleteNetworkInterface"],
        Condition: { StringEquals: { "ec2:ResourceTag/eks:eni:owner": "amazon-vpc-cni" } },
      },
    ],
  },
  {
    name: "AmazonEKSServicePolicy",
    path: "/",
    updated: "2024-10-14T21:12:40Z",
    version: "v7",
    statements: [
      {
        Action: listed(`
          ec2: CreateNetworkInterface CreateNetworkInterfacePermission DeleteNetworkInterface DescribeInstances
            DescribeNetworkInterfaces DetachNetworkInterface DescribeSecurityGroups DescribeSubnets DescribeVpcs
            ModifyNetworkInterfaceAttribute GetSecurityGroupsForVpc
          iam: ListAttachedRolePolicies
          eks: UpdateClusterVersion
        `),
      },
      { Action: ["ec2:CreateTags", "ec2:DeleteTags"], Resource: ["arn:aws:ec2:*:*:vpc/*", "arn:aws:ec2:*:*:subnet/*"] },
      {
        Action: ["ec2:CreateTags"],
        Resource: "arn:aws:ec2:*:*:network-interface/*",
        Condition: { StringLike: { "aws:RequestTag/Name": "eks-cluster-*" } },
      },
      { Action: ["route53:AssociateVPCWithHostedZone"] },
      { Action: ["logs:CreateLogGroup"] },
      { Action: ["logs:CreateLogStream", "logs:DescribeLogStreams"], Resource: "arn:aws:logs:*:*:log-group:/aws/eks/*:*" },
      { Action: ["logs:PutLogEvents"], Resource: "arn:aws:logs:*:*:log-group:/aws/eks/*:*:*" },
      {
        Action: ["iam:CreateServiceLinkedRole"],
        Resource: "arn:aws:iam::*:role/aws-service-role/eks.amazonaws.com/AWSServiceRoleForAmazonEKS",
        Condition: { StringLike: { "iam:AWSServiceName": "eks.amazonaws.com" } },
      },
    ],
  },
  {
    name: "AmazonEKSVPCResourceController",
    path: "/",
    updated: "2020-08-12T00:55:34Z",
    version: "v1",
    statements: [
      {
        Action: ["ec2:CreateNetworkInterfacePermission"],
        Condition: { "ForAnyValue:StringEquals": { "ec2:ResourceTag/eks:eni:owner": "eks-vpc-resource-controller" } },
      },
      {
        Action: listed(`
          ec2: CreateNetworkInterface DetachNetworkInterface ModifyNetworkInterfaceAttribute
            DeleteNetworkInterface AttachNetworkInterface UnassignPrivateIpAddresses AssignPrivateIpAddresses
        `),
      },
    ],
  },
  {
    name: "AmazonEKSWorkerNodePolicy",
    path: "/",
    updated: "2023-11-27T00:06:13Z",
    version: "v3",
    statements: [
      {
        Sid: "WorkerNodePermissions",
        Action: listed(`
          ec2: DescribeInstances DescribeInstanceTypes DescribeRouteTables DescribeSecurityGroups DescribeSubnets
            DescribeVolumes DescribeVolumesModifications DescribeVpcs
          eks: DescribeCluster
          eks-auth: AssumeRoleForPodIdentity
        `),
      },
    ],
  },
  {
    name: "AmazonEKSWorkerNodeMinimalPolicy",
    path: "/",
    updated: "2024-10-02T20:03:51Z",
    version: "v1",
    statements: [{ Sid: "WorkerNodePermissions", Action: ["eks-auth:AssumeRoleForPodIdentity"] }],
  },
  {
    name: "AmazonEKS_CNI_Policy",
    path: "/",
    updated: "2026-03-04T19:12:14Z",
    version: "v6",
    statements: [
      {
        Sid: "AmazonEKSCNIPolicy",
        Action: listed(`
          ec2: AssignPrivateIpAddresses AttachNetworkInterface CreateNetworkInterface DeleteNetworkInterface
            DescribeInstances DescribeTags DescribeNetworkInterfaces DescribeInstanceTypes DescribeSubnets
            DescribeSecurityGroups DetachNetworkInterface ModifyNetworkInterfaceAttribute
            UnassignPrivateIpAddresses
        `),
      },
      { Sid: "AmazonEKSCNIPolicyENITag", Action: ["ec2:CreateTags"], Resource: "arn:aws:ec2:*:*:network-interface/*" },
    ],
  },
  {
    name: "AmazonEKSFargatePodExecutionRolePolicy",
    path: "/",
    updated: "2019-11-22T04:34:29Z",
    version: "v1",
    statements: [
      {
        Action: listed(`
          ecr: GetAuthorizationToken BatchCheckLayerAvailability GetDownloadUrlForLayer BatchGetImage
        `),
      },
    ],
  },
  {
    name: "AmazonEBSCSIDriverPolicy",
    path: "/service-role/",
    updated: "2026-05-13T17:42:22Z",
    version: "v15",
    statements: [
      {
        Action: listed(`
          ec2: DescribeAvailabilityZones DescribeInstances DescribeInstanceTypes DescribeSnapshots DescribeTags
            DescribeVolumes DescribeVolumesModifications DescribeVolumeStatus
        `),
      },
      { Action: ["ec2:CreateSnapshot", "ec2:ModifyVolume"], Resource: "arn:aws:ec2:*:*:volume/*" },
      { Action: ["ec2:CopyVolumes"], Resource: "arn:aws:ec2:*:*:volume/vol-*" },
      { Action: ["ec2:AttachVolume", "ec2:DetachVolume"], Resource: ["arn:aws:ec2:*:*:volume/*", "arn:aws:ec2:*:*:instance/*"] },
      { Action: ["ec2:CreateVolume", "ec2:EnableFastSnapshotRestores"], Resource: "arn:aws:ec2:*:*:snapshot/*" },
      {
        Action: ["ec2:CreateTags"],
        Resource: ["arn:aws:ec2:*:*:volume/*", "arn:aws:ec2:*:*:snapshot/*"],
        Condition: { StringEquals: { "ec2:CreateAction": ["CreateVolume", "CreateSnapshot", "CopyVolumes"] } },
      },
      { Action: ["ec2:DeleteTags"], Resource: ["arn:aws:ec2:*:*:volume/*", "arn:aws:ec2:*:*:snapshot/*"] },
      {
        Action: ["ec2:CreateVolume", "ec2:CopyVolumes"],
        Resource: "arn:aws:ec2:*:*:volume/*",
        Condition: { StringLike: { "aws:RequestTag/ebs.csi.aws.com/cluster": "true" } },
      },
      {
        Action: ["ec2:CreateVolume", "ec2:CopyVolumes"],
        Resource: "arn:aws:ec2:*:*:volume/*",
        Condition: { StringLike: { "aws:RequestTag/CSIVolumeName": "*" } },
      },
      {
        Action: ["ec2:DeleteVolume"],
        Resource: "arn:aws:ec2:*:*:volume/*",
        Condition: { StringLike: { "ec2:ResourceTag/ebs.csi.aws.com/cluster": "true" } },
      },
      {
        Action: ["ec2:DeleteVolume"],
        Resource: "arn:aws:ec2:*:*:volume/*",
        Condition: { StringLike: { "ec2:ResourceTag/CSIVolumeName": "*" } },
      },
      {
        Action: ["ec2:DeleteVolume"],
        Resource: "arn:aws:ec2:*:*:volume/*",
        Condition: { StringLike: { "ec2:ResourceTag/kubernetes.io/created-for/pvc/name": "*" } },
      },
      {
        Action: ["ec2:CreateSnapshot"],
        Resource: "arn:aws:ec2:*:*:snapshot/*",
        Condition: { StringLike: { "aws:RequestTag/CSIVolumeSnapshotName": "*" } },
      },
      {
        Action: ["ec2:CreateSnapshot"],
        Resource: "arn:aws:ec2:*:*:snapshot/*",
        Condition: { StringLike: { "aws:RequestTag/ebs.csi.aws.com/cluster": "true" } },
      },
      {
        Action: ["ec2:DeleteSnapshot", "ec2:LockSnapshot"],
        Resource: "arn:aws:ec2:*:*:snapshot/*",
        Condition: { StringLike: { "ec2:ResourceTag/CSIVolumeSnapshotName": "*" } },
      },
      {
        Action: ["ec2:DeleteSnapshot", "ec2:LockSnapshot"],
        Resource: "arn:aws:ec2:*:*:snapshot/*",
        Condition: { StringLike: { "ec2:ResourceTag/ebs.csi.aws.com/cluster": "true" } },
      },
    ],
  },
  {
    name: "AmazonEFSCSIDriverPolicy",
    path: "/service-role/",
    updated: "2023-07-25T20:10:04Z",
    version: "v1",
    statements: [
      {
        Sid: "AllowDescribe",
        Action: listed(`
          elasticfilesystem: DescribeAccessPoints DescribeFileSystems DescribeMountTargets
          ec2: DescribeAvailabilityZones
        `),
      },
      {
        Sid: "AllowCreateAccessPoint",
        Action: ["elasticfilesystem:CreateAccessPoint"],
        Condition: {
          "ForAllValues:StringEquals": { "aws:TagKeys": "efs.csi.aws.com/cluster" },
          Null: { "aws:RequestTag/efs.csi.aws.com/cluster": "false" },
        },
      },
      {
        Sid: "AllowTagNewAccessPoints",
        Action: ["elasticfilesystem:TagResource"],
        Condition: {
          "ForAllValues:StringEquals": { "aws:TagKeys": "efs.csi.aws.com/cluster" },
          Null: { "aws:RequestTag/efs.csi.aws.com/cluster": "false" },
          StringEquals: { "elasticfilesystem:CreateAction": "CreateAccessPoint" },
        },
      },
      {
        Sid: "AllowDeleteAccessPoint",
        Action: ["elasticfilesystem:DeleteAccessPoint"],
        Condition: { Null: { "aws:ResourceTag/efs.csi.aws.com/cluster": "false" } },
      },
    ],
  },
];
