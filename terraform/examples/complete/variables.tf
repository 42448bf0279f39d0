variable "region" {
  description = "Where all of it goes."
  type        = string
  default     = "eu-west-1"
}

variable "code_bucket" {
  description = "The bucket that a release was uploaded to, under 0.1.0/."
  type        = string
}

variable "template_file" {
  description = "template.json of that release."
  type        = string
}

variable "deletion_protection" {
  description = "Whether credstash's table refuses to be deleted."
  type        = bool
  default     = true
}
