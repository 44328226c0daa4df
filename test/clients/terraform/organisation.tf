# The resources of AWS Organizations. With `changed`, whatever can be changed in place has another value.

resource "aws_organizations_organization" "this" {
  feature_set                   = "ALL"
  enabled_policy_types          = ["SERVICE_CONTROL_POLICY"]
  aws_service_access_principals = var.changed ? ["ram.amazonaws.com"] : ["ram.amazonaws.com", "cloudtrail.amazonaws.com"]
}

resource "aws_organizations_organizational_unit" "workloads" {
  name      = var.changed ? "Workload" : "Workloads"
  parent_id = aws_organizations_organization.this.roots[0].id
  tags      = var.changed ? { team = "two" } : { team = "one", gone = "soon" }
}

resource "aws_organizations_organizational_unit" "production" {
  name      = "Production"
  parent_id = aws_organizations_organizational_unit.workloads.id
}

resource "aws_organizations_account" "app" {
  name      = "app"
  email     = "app@example.com"
  parent_id = var.changed ? aws_organizations_organizational_unit.workloads.id : aws_organizations_organizational_unit.production.id
  role_name = "Deployer"
  tags      = { env = var.changed ? "test" : "production" }

  lifecycle {
    ignore_changes = [role_name]
  }
}

data "aws_iam_policy_document" "no_deletes" {
  statement {
    effect    = "Deny"
    actions   = var.changed ? ["ecr:DeleteRepository"] : ["ecr:DeleteRepository", "ecr:BatchDeleteImage"]
    resources = ["*"]
  }
}

resource "aws_organizations_policy" "no_deletes" {
  name        = var.changed ? "keep" : "no-deletes"
  description = var.changed ? "" : "Nobody deletes"
  content     = data.aws_iam_policy_document.no_deletes.json
  tags        = { made-by = "terraform" }
  depends_on  = [aws_organizations_organization.this]
}

resource "aws_organizations_policy_attachment" "unit" {
  policy_id = aws_organizations_policy.no_deletes.id
  target_id = aws_organizations_organizational_unit.workloads.id
}

resource "aws_organizations_policy_attachment" "account" {
  policy_id = aws_organizations_policy.no_deletes.id
  target_id = aws_organizations_account.app.id
}

data "aws_organizations_organizational_units" "top" {
  parent_id  = aws_organizations_organization.this.roots[0].id
  depends_on = [aws_organizations_organizational_unit.workloads]
}

output "organisation" {
  value = aws_organizations_organization.this.id
}

output "account" {
  value = {
    arn    = aws_organizations_account.app.arn
    status = aws_organizations_account.app.status
    joined = aws_organizations_account.app.joined_method
  }
}

output "units" {
  value = data.aws_organizations_organizational_units.top.children[*].name
}
