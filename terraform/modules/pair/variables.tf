variable "template_file" {
  description = "template.json of a release: `make dist` makes it."
  type        = string
}

variable "code_bucket" {
  description = "The bucket, in this region, that the archives of that release were uploaded to."
  type        = string
}

variable "code_key_prefix" {
  description = "The folder in it, with a slash at its end, that has them."
  type        = string
  default     = ""
}

variable "stack_name" {
  description = "What the stack is called. Functions and exports are called by the parameter PairName."
  type        = string
  default     = "cfn-secrets"
}

variable "parameters" {
  description = "Parameters of the template, such as AllowedEnvs or Architecture; a list is separated by commas."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "tags" {
  description = "Tags of the stack and of all that it makes."
  type        = map(string)
  default     = {}
}
