output "grant_ids" {
  description = "The grants, by reader-NAME and writer-NAME."
  value = merge(
    { for name, grant in aws_kms_grant.reader : "reader-${name}" => grant.grant_id },
    { for name, grant in aws_kms_grant.writer : "writer-${name}" => grant.grant_id },
  )
}
