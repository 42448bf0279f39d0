variable "table_name" {
  description = "The table that the secrets are stored in."
  type        = string
  default     = "credential-store"

  validation {
    condition     = can(regex("^[A-Za-z0-9_.-]{3,255}$", var.table_name))
    error_message = "A table has 3 to 255 letters, digits, `_`, `.` or `-`."
  }
}

variable "key_alias" {
  description = "The alias of the key that encrypts them, without `alias/`."
  type        = string
  default     = "credstash"

  validation {
    condition     = can(regex("^[A-Za-z0-9/_-]{1,250}$", var.key_alias)) && !startswith(var.key_alias, "aws/")
    error_message = "An alias has letters, digits, `/`, `_` or `-`, and does not begin with aws/."
  }
}

variable "deletion_protection" {
  description = "Whether DynamoDB refuses to delete the table."
  type        = bool
  default     = true
}

variable "key_deletion_window_in_days" {
  description = "How long KMS waits before it erases a key that was destroyed."
  type        = number
  default     = 30

  validation {
    condition     = var.key_deletion_window_in_days >= 7 && var.key_deletion_window_in_days <= 30
    error_message = "KMS takes 7 to 30 days."
  }
}

variable "release_url" {
  description = "Where `install_snippet` gets cfn-secrets-linux-*.tar.gz from: a folder of a web server or `s3://`."
  type        = string
  default     = ""
}

variable "tags" {
  description = "Tags of the table, the key and the policies."
  type        = map(string)
  default     = {}
}
