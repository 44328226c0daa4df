# A few things that somebody may not make, or not even look at: what they hear is what counts.

# The test made this one.
data "aws_ecr_repository" "given" {
  name = "given"
}

resource "aws_ecr_repository" "app" {
  name = "team/app"
}

resource "aws_ecr_pull_through_cache_rule" "peer" {
  ecr_repository_prefix = "peer"
  upstream_registry_url = "234567890123.dkr.ecr.us-east-1.amazonaws.com"
  custom_role_arn       = "arn:aws:iam::000000000000:role/puller"
}
