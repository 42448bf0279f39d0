# What credstash keeps its secrets in: a key, its alias, a table; and what a role needs of the table. Which secrets a role may
# decrypt or make says the module grant.

data "aws_region" "current" {}

resource "aws_kms_key" "this" {
  description             = "Secrets in ${var.table_name}"
  enable_key_rotation     = true
  deletion_window_in_days = var.key_deletion_window_in_days
  tags                    = var.tags
}

resource "aws_kms_alias" "this" {
  name          = "alias/${var.key_alias}"
  target_key_id = aws_kms_key.this.key_id
}

resource "aws_dynamodb_table" "this" {
  name                        = var.table_name
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "name"
  range_key                   = "version"
  deletion_protection_enabled = var.deletion_protection
  tags                        = var.tags

  attribute {
    name = "name"
    type = "S"
  }

  attribute {
    name = "version"
    type = "S"
  }

  point_in_time_recovery {
    enabled = true
  }
}

resource "aws_iam_policy" "reader" {
  name_prefix = "${var.table_name}-reader-"
  description = "Reads ${var.table_name}; what may be decrypted says a grant of its key"
  tags        = var.tags

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid      = "Read"
      Effect   = "Allow"
      Action   = ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan"]
      Resource = aws_dynamodb_table.this.arn
    }]
  })
}

resource "aws_iam_policy" "writer" {
  name_prefix = "${var.table_name}-writer-"
  description = "Adds versions to ${var.table_name}; what may be encrypted says a grant of its key"
  tags        = var.tags

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid      = "Write"
      Effect   = "Allow"
      Action   = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"]
      Resource = aws_dynamodb_table.this.arn
    }]
  })
}
