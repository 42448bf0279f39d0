variable "kms_key_arn" {
  description = "The key of the module setup."
  type        = string
}

variable "reader_policy_arn" {
  description = "What readers need of the table, from the module setup."
  type        = string
}

variable "writer_policy_arn" {
  description = "What writers need of the table, from the module setup."
  type        = string
}

variable "readers" {
  description = "Roles that decrypt, by a name of your own: the role's name and ARN, and the context that a secret must have, all of it, for the role to decrypt it."
  type = map(object({
    role_name = string
    role_arn  = string
    context   = map(string)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for reader in values(var.readers) : length(reader.context) > 0])
    error_message = "A reader without a context would decrypt everything."
  }
}

variable "writers" {
  description = "Roles that encrypt, in the same way: they make no secret of another context."
  type = map(object({
    role_name = string
    role_arn  = string
    context   = map(string)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for writer in values(var.writers) : length(writer.context) > 0])
    error_message = "A writer without a context would encrypt for everybody."
  }
}
