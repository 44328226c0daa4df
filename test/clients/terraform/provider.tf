# What every configuration here begins with: a provider that asks the server, as whoever the environment says, or as a role which
# that one assumes. With `changed`, the configuration has other values.

terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

variable "endpoint" {
  type = string
}

variable "changed" {
  type    = bool
  default = false
}

variable "role" {
  type    = string
  default = null
}

provider "aws" {
  region = "us-east-1"
  endpoints {
    ecr           = var.endpoint
    iam           = var.endpoint
    organizations = var.endpoint
    sts           = var.endpoint
  }
  dynamic "assume_role" {
    for_each = var.role[*]
    content {
      role_arn     = assume_role.value
      session_name = "terraform"
    }
  }
}

provider "aws" {
  alias  = "west"
  region = "us-west-2"
  endpoints {
    ecr = var.endpoint
    sts = var.endpoint
  }
  dynamic "assume_role" {
    for_each = var.role[*]
    content {
      role_arn     = assume_role.value
      session_name = "terraform"
    }
  }
  default_tags {
    tags = {
      managed-by = var.changed ? "terraform" : "hand"
    }
  }
}
