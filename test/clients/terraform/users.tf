# Every resource and data source of the provider for users, groups and accounts. With `changed`, what can be changed is.

locals {
  read_only  = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly"
  power_user = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPowerUser"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = var.changed ? ["ecr:GetAuthorizationToken"] : ["ecr:GetAuthorizationToken", "ecr:BatchGetImage"]
      Resource = "*"
    }]
  })
}

resource "aws_iam_user" "ann" {
  name                 = "ann"
  path                 = var.changed ? "/people/" : "/"
  force_destroy        = true
  permissions_boundary = var.changed ? null : local.power_user
  tags = {
    team = var.changed ? "two" : "one"
  }
}

resource "aws_iam_user" "bob" {
  # Not the one whose tags change: the provider tags a user under its new name before it renames it.
  name = var.changed ? "rob" : "bob"
}

resource "aws_iam_access_key" "ann" {
  user   = aws_iam_user.ann.name
  status = var.changed ? "Inactive" : "Active"
}

resource "aws_iam_user_policy" "own" {
  name   = "own"
  user   = aws_iam_user.ann.name
  policy = local.policy
}

resource "aws_iam_user_policy_attachment" "ann" {
  user       = aws_iam_user.ann.name
  policy_arn = var.changed ? local.power_user : local.read_only
}

resource "aws_iam_user_policies_exclusive" "bob" {
  user_name    = aws_iam_user.bob.name
  policy_names = []
}

resource "aws_iam_user_policy_attachments_exclusive" "bob" {
  user_name   = aws_iam_user.bob.name
  policy_arns = []
}

resource "aws_iam_group" "devs" {
  name = var.changed ? "developers" : "devs"
  path = var.changed ? "/" : "/teams/"
}

resource "aws_iam_group" "ops" {
  name = "ops"
}

resource "aws_iam_group_membership" "devs" {
  name  = "devs"
  group = aws_iam_group.devs.name
  users = var.changed ? [aws_iam_user.ann.name] : [aws_iam_user.ann.name, aws_iam_user.bob.name]
}

resource "aws_iam_user_group_membership" "bob" {
  user   = aws_iam_user.bob.name
  groups = [aws_iam_group.ops.name]
}

resource "aws_iam_group_policy" "own" {
  name   = "own"
  group  = aws_iam_group.devs.name
  policy = local.policy
}

resource "aws_iam_group_policy_attachment" "devs" {
  group      = aws_iam_group.devs.name
  policy_arn = local.read_only
}

resource "aws_iam_account_alias" "alias" {
  account_alias = var.changed ? "longshore-two" : "longshore-one"
}

data "aws_iam_user" "ann" {
  user_name = aws_iam_user.ann.name
}

data "aws_iam_users" "all" {
  depends_on = [aws_iam_user.ann, aws_iam_user.bob]
}

data "aws_iam_group" "devs" {
  group_name = aws_iam_group.devs.name
  depends_on = [aws_iam_group_membership.devs]
}

data "aws_iam_access_keys" "ann" {
  user       = aws_iam_user.ann.name
  depends_on = [aws_iam_access_key.ann]
}

data "aws_iam_account_alias" "alias" {
  depends_on = [aws_iam_account_alias.alias]
}

output "user" {
  value = {
    arn      = data.aws_iam_user.ann.arn
    boundary = data.aws_iam_user.ann.permissions_boundary
    id       = aws_iam_user.ann.unique_id
    tags     = data.aws_iam_user.ann.tags
  }
}

output "users" {
  value = sort(data.aws_iam_users.all.names)
}

output "group" {
  value = {
    arn   = data.aws_iam_group.devs.arn
    users = sort(data.aws_iam_group.devs.users[*].user_name)
  }
}

output "keys" {
  value = [for it in data.aws_iam_access_keys.ann.access_keys : it.status]
}

output "alias" {
  value = data.aws_iam_account_alias.alias.account_alias
}
