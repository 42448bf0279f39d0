output "kms_key_arn" {
  description = "The key, for the module grant."
  value       = aws_kms_key.this.arn
}

output "kms_key_alias" {
  description = "Its alias."
  value       = aws_kms_alias.this.name
}

output "db_table_arn" {
  description = "The table."
  value       = aws_dynamodb_table.this.arn
}

output "db_table_name" {
  description = "Its name."
  value       = aws_dynamodb_table.this.name
}

output "reader_policy_arn" {
  description = "What a role needs of the table to read."
  value       = aws_iam_policy.reader.arn
}

output "writer_policy_arn" {
  description = "What a role needs of the table to write."
  value       = aws_iam_policy.writer.arn
}

output "get_cmd" {
  description = "The command that reads a secret; its name and its context follow."
  value       = "cfn-secrets credstash -r ${data.aws_region.current.id} -t ${aws_dynamodb_table.this.name} get"
}

output "put_cmd" {
  description = "The command that stores one out of stdin; its name, `-` and its context follow."
  value       = "cfn-secrets credstash -r ${data.aws_region.current.id} -t ${aws_dynamodb_table.this.name} put -k ${aws_kms_alias.this.name} -a"
}

output "install_snippet" {
  description = "For user data: installs the command, which is one static binary."
  value       = <<-SNIPPET
    archive=cfn-secrets-linux-$(uname -m | sed s/aarch64/arm64/).tar.gz
    case '${var.release_url}' in
      s3://*) aws s3 cp --no-progress "${var.release_url}/$archive" /tmp/ ;;
      *) curl -fsSL -o "/tmp/$archive" "${var.release_url}/$archive" ;;
    esac
    tar -xzf "/tmp/$archive" -C /usr/local/bin cfn-secrets
  SNIPPET
}
