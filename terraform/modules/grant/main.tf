# Who decrypts and encrypts what: a grant of the key for each role, bound to the whole of its context, and the table's policy.

resource "aws_kms_grant" "reader" {
  for_each = var.readers

  name              = "reader-${each.key}"
  key_id            = var.kms_key_arn
  grantee_principal = each.value.role_arn
  operations        = ["Decrypt"]

  constraints {
    encryption_context_subset = each.value.context
  }
}

resource "aws_iam_role_policy_attachment" "reader" {
  for_each = var.readers

  role       = each.value.role_name
  policy_arn = var.reader_policy_arn
}

resource "aws_kms_grant" "writer" {
  for_each = var.writers

  name              = "writer-${each.key}"
  key_id            = var.kms_key_arn
  grantee_principal = each.value.role_arn
  operations        = ["GenerateDataKey"]

  constraints {
    encryption_context_subset = each.value.context
  }
}

resource "aws_iam_role_policy_attachment" "writer" {
  for_each = var.writers

  role       = each.value.role_name
  policy_arn = var.writer_policy_arn
}
