variable "locked" { type = bool }

resource "aws_ecr_repository" "locked" {
  name         = "team/locked"
  force_delete = true
  tags = merge({ team = "one" }, var.locked ? {
    "longshore:lock"                = "true"
    "longshore:deletion-protection" = "true"
    "longshore:lock-tag:v1.0"       = "true"
    "longshore:lock-image:sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" = "true"
  } : {})
}
