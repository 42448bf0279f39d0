# The pair as CloudFormation makes it: the same template, so that whatever is said of the pair is true of this one.

resource "aws_cloudformation_stack" "this" {
  name          = var.stack_name
  template_body = file(var.template_file)
  capabilities  = ["CAPABILITY_IAM"]
  tags          = var.tags

  parameters = merge(var.parameters, {
    CodeBucket    = var.code_bucket
    CodeKeyPrefix = var.code_key_prefix
  })
}
