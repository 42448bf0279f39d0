variable "region" {
  description = "Where all of it goes."
  type        = string
  default     = "eu-west-1"
}

variable "ami" {
  description = "An image for arm64 with nginx, openssl, curl and tar."
  type        = string
}

variable "subnet_id" {
  description = "Reaches DynamoDB and KMS, through the internet or endpoints."
  type        = string
}

variable "release_url" {
  description = "Where cfn-secrets-linux-arm64.tar.gz is: a folder of a web server."
  type        = string
}

variable "deletion_protection" {
  description = "Whether credstash's table refuses to be deleted."
  type        = bool
  default     = true
}
