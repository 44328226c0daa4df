# Every aws_ecr_ resource and data source that the provider has, in all their arguments. With `changed`, each argument has
# another value, those too that make Terraform replace a resource.

# Whether a repository has locks, which hold it from being destroyed.
variable "locks" {
  type    = bool
  default = false
}

data "aws_caller_identity" "me" {}

locals {
  account = data.aws_caller_identity.me.account_id
  pull = {
    Version = "2012-10-17"
    Statement = [{
      Sid       = var.changed ? "others may pull" : "pull"
      Effect    = "Allow"
      Principal = { AWS = var.changed ? "arn:aws:iam::234567890123:root" : "*" }
      Action    = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    }]
  }
}

resource "aws_ecr_repository" "app" {
  name                 = "team/app"
  image_tag_mutability = var.changed ? "IMMUTABLE" : "MUTABLE"
  force_delete         = var.changed
  tags                 = var.changed ? { team = "two", cost = "7" } : { team = "one", gone = "soon" }
  image_scanning_configuration {
    scan_on_push = !var.changed
  }
  encryption_configuration {
    encryption_type = "AES256"
  }
  timeouts {
    delete = "2m"
  }
}

resource "aws_ecr_repository" "bare" {
  name = var.changed ? "bare-renamed" : "bare"
}

resource "aws_ecr_repository" "sealed" {
  name = "sealed"
  encryption_configuration {
    encryption_type = "KMS"
    kms_key         = "arn:aws:kms:us-east-1:${local.account}:key/${var.changed ? "22222222" : "11111111"}-2222-3333-4444-555555555555"
  }
}

resource "aws_ecr_repository" "sealed_by_default" {
  name = "sealed-by-default"
  encryption_configuration {
    encryption_type = "KMS"
  }
}

# A lock is a tag.
resource "aws_ecr_repository" "locked" {
  name         = "team/locked"
  force_delete = true
  tags = merge({ team = "one" }, var.locks ? {
    "longshore:lock"                = "true"
    "longshore:deletion-protection" = "true"
    "longshore:lock-tag:v1.0"       = "true"
    "longshore:lock-image:sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" = "true"
  } : {})
}

resource "aws_ecr_repository" "west" {
  provider = aws.west
  name     = "team/app"
  tags     = { team = "west" }
}

resource "aws_ecr_repository_policy" "app" {
  repository = aws_ecr_repository.app.name
  policy     = jsonencode(local.pull)
}

resource "aws_ecr_lifecycle_policy" "app" {
  repository = aws_ecr_repository.app.name
  policy = jsonencode({
    rules = [{
      rulePriority = 1
      description  = var.changed ? "保留最近的镜像" : "Untagged images go after a week"
      selection = {
        tagStatus   = "untagged"
        countType   = "sinceImagePushed"
        countUnit   = "days"
        countNumber = var.changed ? 14 : 7
      }
      action = { type = "expire" }
    }]
  })
}

data "aws_ecr_lifecycle_policy_document" "bare" {
  rule {
    priority    = 1
    description = "Releases"
    selection {
      tag_status       = "tagged"
      tag_pattern_list = ["v*.*", var.changed ? "*final" : "*rc"]
      count_type       = "imageCountMoreThan"
      count_number     = 10
    }
  }
  rule {
    priority = 2
    selection {
      tag_status      = "tagged"
      tag_prefix_list = ["dev-"]
      count_type      = "sinceImagePushed"
      count_unit      = "days"
      count_number    = 3
    }
    action {
      type = "expire"
    }
  }
}

resource "aws_ecr_lifecycle_policy" "bare" {
  repository = aws_ecr_repository.bare.name
  policy     = data.aws_ecr_lifecycle_policy_document.bare.json
}

resource "aws_ecr_registry_policy" "this" {
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "replication"
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::${var.changed ? "345678901234" : "234567890123"}:root" }
      Action    = ["ecr:ReplicateImage", "ecr:CreateRepository"]
      Resource  = ["arn:aws:ecr:us-east-1:${local.account}:repository/*"]
    }]
  })
}

resource "aws_ecr_replication_configuration" "this" {
  replication_configuration {
    rule {
      destination {
        region      = var.changed ? "ap-northeast-1" : "eu-central-1"
        registry_id = local.account
      }
      destination {
        region      = "us-east-1"
        registry_id = var.changed ? "345678901234" : "234567890123"
      }
      repository_filter {
        filter      = var.changed ? "prod/" : "team/"
        filter_type = "PREFIX_MATCH"
      }
    }
    rule {
      destination {
        region      = "eu-west-2"
        registry_id = local.account
      }
    }
  }
}

resource "aws_ecr_registry_scanning_configuration" "this" {
  scan_type = var.changed ? "BASIC" : "ENHANCED"
  rule {
    scan_frequency = "SCAN_ON_PUSH"
    repository_filter {
      filter      = var.changed ? "prod*" : "*"
      filter_type = "WILDCARD"
    }
    repository_filter {
      filter      = "team"
      filter_type = "WILDCARD"
    }
  }
  dynamic "rule" {
    for_each = var.changed ? [] : ["CONTINUOUS_SCAN"]
    content {
      scan_frequency = rule.value
      repository_filter {
        filter      = "critical-*"
        filter_type = "WILDCARD"
      }
    }
  }
}

resource "aws_ecr_account_setting" "scan" {
  name  = "BASIC_SCAN_TYPE_VERSION"
  value = "AWS_NATIVE"
}

resource "aws_ecr_account_setting" "scope" {
  name  = "REGISTRY_POLICY_SCOPE"
  value = var.changed ? "V1" : "V2"
}

resource "aws_ecr_pull_through_cache_rule" "public" {
  ecr_repository_prefix = var.changed ? "aws-public" : "ecr-public"
  upstream_registry_url = "public.ecr.aws"
}

resource "aws_ecr_pull_through_cache_rule" "hub" {
  ecr_repository_prefix      = "hub"
  upstream_registry_url      = "registry-1.docker.io"
  upstream_repository_prefix = var.changed ? "bitnami" : "library"
  credential_arn             = "arn:aws:secretsmanager:us-east-1:${local.account}:secret:ecr-pullthroughcache/${var.changed ? "other" : "hub"}-AbCdEf"
}

resource "aws_ecr_pull_through_cache_rule" "peer" {
  ecr_repository_prefix = "peer"
  upstream_registry_url = "234567890123.dkr.ecr.us-east-1.amazonaws.com"
  custom_role_arn       = "arn:aws:iam::${local.account}:role/${var.changed ? "reader" : "puller"}"
}

resource "aws_ecr_repository_creation_template" "full" {
  prefix               = var.changed ? "cache" : "mirror"
  description          = var.changed ? "What is cached" : "What is mirrored"
  applied_for          = var.changed ? ["REPLICATION", "PULL_THROUGH_CACHE"] : ["PULL_THROUGH_CACHE"]
  image_tag_mutability = var.changed ? "MUTABLE" : "IMMUTABLE"
  custom_role_arn      = "arn:aws:iam::${local.account}:role/${var.changed ? "maker" : "templates"}"
  resource_tags        = { made-by = var.changed ? "template" : "hand" }
  repository_policy    = jsonencode(local.pull)
  lifecycle_policy     = data.aws_ecr_lifecycle_policy_document.bare.json
  encryption_configuration {
    encryption_type = var.changed ? "KMS" : "AES256"
    kms_key         = var.changed ? "arn:aws:kms:us-east-1:${local.account}:key/33333333-2222-3333-4444-555555555555" : null
  }
}

# All of this may change without a replacement.
resource "aws_ecr_repository_creation_template" "root" {
  prefix               = "ROOT"
  applied_for          = var.changed ? ["REPLICATION"] : ["PULL_THROUGH_CACHE", "REPLICATION"]
  description          = var.changed ? null : "Everything else"
  image_tag_mutability = var.changed ? "IMMUTABLE" : "MUTABLE"
  repository_policy    = var.changed ? null : jsonencode(local.pull)
}

data "aws_ecr_authorization_token" "this" {}

data "aws_ecr_authorization_token" "named" {
  registry_id = local.account
}

# The test made this one, with an image in it.
data "aws_ecr_repository" "given" {
  name = "given"
}

data "aws_ecr_image" "by_tag" {
  repository_name = "given"
  image_tag       = "v1"
}

data "aws_ecr_image" "by_digest" {
  repository_name = "given"
  image_digest    = data.aws_ecr_image.by_tag.image_digest
}

data "aws_ecr_image" "latest" {
  repository_name = "given"
  registry_id     = local.account
  most_recent     = true
}

data "aws_ecr_repositories" "all" {
  depends_on = [
    aws_ecr_repository.app,
    aws_ecr_repository.bare,
    aws_ecr_repository.locked,
    aws_ecr_repository.sealed,
    aws_ecr_repository.sealed_by_default,
  ]
}

data "aws_ecr_repository" "app" {
  name        = aws_ecr_repository.app.name
  registry_id = local.account
}

data "aws_ecr_pull_through_cache_rule" "hub" {
  ecr_repository_prefix = aws_ecr_pull_through_cache_rule.hub.ecr_repository_prefix
}

data "aws_ecr_repository_creation_template" "full" {
  prefix = aws_ecr_repository_creation_template.full.prefix
}

output "repository_url" {
  value = aws_ecr_repository.app.repository_url
}

output "repository_names" {
  value = sort(data.aws_ecr_repositories.all.names)
}

output "image" {
  value = {
    digest = data.aws_ecr_image.latest.image_digest
    tags   = data.aws_ecr_image.by_digest.image_tags
    size   = data.aws_ecr_image.by_tag.image_size_in_bytes
    uri    = data.aws_ecr_image.by_tag.image_uri
  }
}

output "most_recent_image_tags" {
  value = data.aws_ecr_repository.given.most_recent_image_tags
}

output "proxy_endpoints" {
  value = [data.aws_ecr_authorization_token.this.proxy_endpoint, data.aws_ecr_authorization_token.named.proxy_endpoint]
}

output "app" {
  value = {
    arn        = data.aws_ecr_repository.app.arn
    mutability = data.aws_ecr_repository.app.image_tag_mutability
    tags       = data.aws_ecr_repository.app.tags
    scan       = data.aws_ecr_repository.app.image_scanning_configuration[0].scan_on_push
    encryption = data.aws_ecr_repository.app.encryption_configuration[0].encryption_type
  }
}

output "template" {
  value = {
    applied_for = sort(data.aws_ecr_repository_creation_template.full.applied_for)
    description = data.aws_ecr_repository_creation_template.full.description
    tags        = data.aws_ecr_repository_creation_template.full.resource_tags
  }
}

output "upstream" {
  value = data.aws_ecr_pull_through_cache_rule.hub.upstream_repository_prefix
}
