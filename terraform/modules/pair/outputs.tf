output "generator_arn" {
  description = "The ServiceToken of a Custom::GeneratedSecret; null where the pair is read-only."
  value       = lookup(aws_cloudformation_stack.this.outputs, "GeneratorArn", null)
}

output "getter_arn" {
  description = "The ServiceToken of a Custom::Secret, and what an ephemeral read invokes."
  value       = aws_cloudformation_stack.this.outputs["GetterArn"]
}

output "table_name" {
  description = "Where the secrets are stored, encrypted."
  value       = aws_cloudformation_stack.this.outputs["TableName"]
}

output "key_arn" {
  description = "The key that encrypts them."
  value       = aws_cloudformation_stack.this.outputs["KeyArn"]
}

output "outputs" {
  description = "All outputs of the stack, by name."
  value       = aws_cloudformation_stack.this.outputs
}
