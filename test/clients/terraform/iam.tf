# What everyday configurations make of IAM's roles, policies and providers. With `changed`, each argument has another value.

resource "aws_iam_openid_connect_provider" "ci" {
  url             = "https://token.actions.example.com"
  client_id_list  = var.changed ? ["sts.amazonaws.com", "other"] : ["sts.amazonaws.com"]
  thumbprint_list = [var.changed ? "ffffffffffffffffffffffffffffffffffffffff" : "6938fd4d98bab03faadb97b34396831e3780aea1"]
  tags            = { use = var.changed ? "pipelines" : "ci" }
}

data "aws_iam_policy_document" "trust" {
  statement {
    sid     = "CI"
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = [aws_iam_openid_connect_provider.ci.arn]
    }
    condition {
      test     = "StringLike"
      variable = "token.actions.example.com:sub"
      values   = [var.changed ? "repo:team/*:ref:refs/heads/main" : "repo:team/*"]
    }
  }
  statement {
    actions = ["sts:AssumeRole", "sts:TagSession"]
    principals {
      type        = "Service"
      identifiers = ["codebuild.amazonaws.com", "ecs-tasks.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "push" {
  statement {
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }
  statement {
    actions   = var.changed ? ["ecr:*"] : ["ecr:BatchCheckLayerAvailability", "ecr:PutImage"]
    resources = ["arn:aws:ecr:*:*:repository/team/*"]
  }
}

data "aws_iam_policy" "read_only" {
  name = "AmazonEC2ContainerRegistryReadOnly"
}

resource "aws_iam_policy" "push" {
  name        = "push"
  path        = "/ci/"
  description = "Pushes images"
  policy      = data.aws_iam_policy_document.push.json
  tags        = { team = var.changed ? "two" : "one" }
}

resource "aws_iam_policy" "boundary" {
  name_prefix = "boundary-"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = { Effect = "Allow", Action = "ecr:*", Resource = "*" }
  })
}

resource "aws_iam_role" "ci" {
  name                  = "ci"
  path                  = "/ci/"
  description           = var.changed ? "Builds and pushes" : "Builds"
  assume_role_policy    = data.aws_iam_policy_document.trust.json
  max_session_duration  = var.changed ? 7200 : 3600
  permissions_boundary  = var.changed ? null : aws_iam_policy.boundary.arn
  force_detach_policies = true
  tags                  = { team = var.changed ? "two" : "one", Name = "ci" }
}

resource "aws_iam_role" "bare" {
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { AWS = aws_iam_role.ci.arn }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_iam_role_policy" "own" {
  name = "own"
  role = aws_iam_role.ci.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = var.changed ? "Deny" : "Allow", Action = "ecr:DeleteRepository", Resource = "*" }]
  })
}

resource "aws_iam_role_policy_attachment" "push" {
  role       = aws_iam_role.ci.name
  policy_arn = var.changed ? data.aws_iam_policy.read_only.arn : aws_iam_policy.push.arn
}

resource "aws_iam_policy_attachment" "boundary" {
  name       = "everywhere"
  roles      = var.changed ? [aws_iam_role.bare.name] : [aws_iam_role.bare.name, aws_iam_role.ci.name]
  policy_arn = aws_iam_policy.boundary.arn
}

# As modules for clusters make the role of a node.
resource "aws_iam_role" "node" {
  name = "node"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "ec2.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_iam_role_policy_attachment" "node" {
  for_each = toset([
    "AmazonEC2ContainerRegistryReadOnly",
    "AmazonEKSWorkerNodePolicy",
    "AmazonEKS_CNI_Policy",
    "AmazonSSMManagedInstanceCore",
  ])
  role       = aws_iam_role.node.name
  policy_arn = "arn:aws:iam::aws:policy/${each.value}"
}

resource "aws_iam_service_linked_role" "replication" {
  aws_service_name = "replication.ecr.amazonaws.com"
  description      = var.changed ? "Copies images" : "Copies"
}

data "aws_iam_role" "ci" {
  name = aws_iam_role.ci.name
}

data "aws_iam_policy" "push" {
  arn = aws_iam_policy.push.arn
}

data "aws_iam_roles" "below" {
  path_prefix = "/ci/"
  depends_on  = [aws_iam_role.ci]
}

output "role" {
  value = {
    arn      = data.aws_iam_role.ci.arn
    tags     = data.aws_iam_role.ci.tags
    longest  = data.aws_iam_role.ci.max_session_duration
    boundary = data.aws_iam_role.ci.permissions_boundary
    trust    = jsondecode(data.aws_iam_role.ci.assume_role_policy).Statement[0].Sid
  }
}

output "policy" {
  value = {
    arn         = data.aws_iam_policy.push.arn
    description = data.aws_iam_policy.push.description
    first       = jsondecode(data.aws_iam_policy.push.policy).Statement[0].Action
  }
}

output "roles" {
  value = data.aws_iam_roles.below.names
}

output "provider" {
  value = aws_iam_openid_connect_provider.ci.arn
}
