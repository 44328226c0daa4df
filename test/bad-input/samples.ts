import fc from "fast-check";
import type { Shape } from "../../server/kernel/shape.ts";
import { digestOf, OCI_MANIFEST } from "../../server/testing/image.ts";

type Json = unknown;
type Sample = Readonly<Record<string, Json>>;

const LAYER = Buffer.from("{}");
const MANIFEST = JSON.stringify({
  schemaVersion: 2,
  mediaType: OCI_MANIFEST,
  config: { mediaType: "application/vnd.oci.image.config.v1+json", digest: digestOf(LAYER), size: LAYER.length },
  layers: [],
});
const POLICY = {
  Version: "2012-10-17",
  Statement: [{ Sid: "pull", Effect: "Allow", Principal: "*", Action: ["ecr:BatchGetImage"] }],
};
const IDENTITY_POLICY = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "ecr:*", Resource: "*" }] };
const TRUST = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { AWS: "000000000000" }, Action: "sts:AssumeRole" }],
};
const LIFECYCLE = {
  rules: [
    {
      rulePriority: 1,
      selection: { tagStatus: "untagged", countType: "sinceImagePushed", countUnit: "days", countNumber: 14 },
      action: { type: "expire" },
    },
  ],
};

/** What no shape can tell: values of members that mean something, by the member's name or, before that, with its operation's. */
export const KNOWN: Sample = {
  registryId: "000000000000",
  repositoryName: "app",
  repositoryNames: ["app"],
  resourceArn: "arn:aws:ecr:us-east-1:000000000000:repository/app",
  imageDigest: digestOf(Buffer.from(MANIFEST)),
  imageTag: "v1",
  imageId: { imageTag: "v1" },
  imageManifest: MANIFEST,
  imageTagMutability: "MUTABLE",
  encryptionType: "KMS",
  layerDigest: digestOf(LAYER),
  layerDigests: [digestOf(LAYER)],
  layerPartBlob: LAYER.toString("base64"),
  partFirstByte: 0,
  partLastByte: LAYER.length - 1,
  uploadId: "00000000-0000-4000-8000-000000000000",
  name: "BLOB_MOUNTING",
  value: "ENABLED",
  policyText: JSON.stringify(POLICY),
  lifecyclePolicyText: JSON.stringify(LIFECYCLE),
  lifecyclePolicy: JSON.stringify(LIFECYCLE),
  repositoryPolicy: JSON.stringify(POLICY),
  "PutRegistryPolicy.policyText": JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "replicate",
        Effect: "Allow",
        Principal: { AWS: "arn:aws:iam::111111111111:root" },
        Action: ["ecr:ReplicateImage"],
        Resource: ["arn:aws:ecr:us-east-1:000000000000:repository/*"],
      },
    ],
  }),
  principalArn: "arn:aws:iam::000000000000:role/scanner",
  customRoleArn: "arn:aws:iam::000000000000:role/templates",
  credentialArn: "arn:aws:secretsmanager:us-east-1:000000000000:secret:ecr-pullthroughcache/docker-abcdef",
  ecrRepositoryPrefix: "quay",
  upstreamRegistryUrl: "quay.io",
  upstreamRegistry: "quay",
  signingProfileArn: "arn:aws:signer:us-east-1:000000000000:/signing-profiles/release",
  prefix: "team",
  region: "us-west-2",
  Key: "team",
  tagKeys: ["team"],
  // IAM
  UserName: "bob",
  GroupName: "developers",
  RoleName: "deploy",
  PolicyName: "push",
  NewUserName: "rob",
  NewGroupName: "devs",
  NewPath: "/people/",
  Path: "/team/",
  PathPrefix: "/team/",
  PolicyArn: "arn:aws:iam::000000000000:policy/push",
  PermissionsBoundary: "arn:aws:iam::000000000000:policy/boundary",
  PolicyDocument: JSON.stringify(IDENTITY_POLICY),
  AssumeRolePolicyDocument: JSON.stringify(TRUST),
  VersionId: "v1",
  AccessKeyId: "AKIAUNKNOWNUNKNOWNUN",
  AccountAlias: "longshore",
  AWSServiceName: "replication.ecr.amazonaws.com",
  DeletionTaskId: "task/aws-service-role/replication.ecr.amazonaws.com/AWSServiceRoleForECRReplication/0",
  OpenIDConnectProviderArn: "arn:aws:iam::000000000000:oidc-provider/token.example.com",
  Url: "https://token.example.com",
  ClientID: "sts.amazonaws.com",
  PolicySourceArn: "arn:aws:iam::000000000000:user/bob",
  // STS
  RoleArn: "arn:aws:iam::000000000000:role/deploy",
  RoleSessionName: "build",
  SourceIdentity: "ann",
  ExternalId: "none",
  SerialNumber: "arn:aws:iam::000000000000:mfa/ann",
  TokenCode: "123456",
  Policy: JSON.stringify(IDENTITY_POLICY),
  arn: "arn:aws:iam::aws:policy/ReadOnlyAccess",
  WebIdentityToken: "none",
  "GetFederationToken.Name": "guest",
  // Organizations
  RootId: "r-abcd",
  ParentId: "ou-abcd-12345678",
  SourceParentId: "r-abcd",
  DestinationParentId: "ou-abcd-12345678",
  OrganizationalUnitId: "ou-abcd-12345678",
  ChildId: "111111111111",
  AccountId: "111111111111",
  TargetId: "111111111111",
  ResourceId: "111111111111",
  PolicyId: "p-12345678",
  Content: JSON.stringify(IDENTITY_POLICY),
  CreateAccountRequestId: "car-12345678",
  Email: "team@example.com",
  ServicePrincipal: "sso.amazonaws.com",
  TagKeys: ["team"],
  // ours
  newRepositoryName: "team/app",
  tokenId: "lrt_AAAAAAAAAAAAAAAAAAAA",
};

/** An input that breaks no rule of an operation's shape: with every member, or with those alone that it requires. */
export function sampleInput(operation: { readonly name: string; readonly input: Shape }, only: "all" | "required"): Sample {
  return sample(operation.input, { operation: operation.name, only }) as Sample;
}

interface Wanted {
  readonly operation: string;
  readonly only: "all" | "required";
  readonly member?: string;
}

function sample(shape: Shape, wanted: Wanted): Json {
  const { operation, member = "" } = wanted;
  const known = KNOWN[`${operation}.${member}`] ?? KNOWN[member];
  if (known !== undefined && (shape.kind !== "structure" || wanted.only === "required")) return known;
  switch (shape.kind) {
    case "structure": {
      const names = wanted.only === "all" ? Object.keys(shape.members) : shape.required;
      return Object.fromEntries(names.map((name) => [name, sample(shape.members[name]!, { ...wanted, member: name })]));
    }
    case "list":
      return Array.from({ length: Math.max(shape.min ?? 0, 1) }, () => sample(shape.of, { ...wanted, member: "" }));
    case "integer":
    case "long":
      return shape.min ?? 1;
    case "boolean":
      return true;
    case "blob":
      return "YQ==";
    case "string":
      return shape.enum?.[0] ?? text(shape);
  }
}

/** The same text for the same shape, each time. */
function text(shape: Extract<Shape, { kind: "string" }>): string {
  const { max = 64, min = Math.min(1, max), pattern } = shape;
  if (pattern === undefined) return "a".repeat(min);
  const fitting = fc
    .stringMatching(new RegExp(`^(?:${pattern.text})$`), { maxLength: max })
    .filter((it) => it.length >= min && it.length <= max && pattern.matches(it));
  return fc.sample(fitting, { numRuns: 1, seed: 1 })[0] ?? "";
}
