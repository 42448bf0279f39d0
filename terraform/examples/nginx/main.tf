# An instance whose nginx asks for a password that credstash keeps, env=dev: its role reads the secrets of that context and
# nothing else. The secret is in no state, no user data, no log and no argument of a process.

terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.0"
    }
  }
}

provider "aws" {
  region = var.region
}

module "setup" {
  source = "../../modules/setup"

  deletion_protection = var.deletion_protection
  release_url         = var.release_url
}

module "grant" {
  source = "../../modules/grant"

  kms_key_arn       = module.setup.kms_key_arn
  reader_policy_arn = module.setup.reader_policy_arn
  writer_policy_arn = module.setup.writer_policy_arn

  readers = {
    nginx = {
      role_name = aws_iam_role.nginx.name
      role_arn  = aws_iam_role.nginx.arn
      context   = { env = "dev" }
    }
  }
}

resource "aws_iam_role" "nginx" {
  name_prefix = "nginx-"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ec2.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_instance_profile" "nginx" {
  name_prefix = "nginx-"
  role        = aws_iam_role.nginx.name
}

resource "aws_instance" "nginx" {
  ami                  = var.ami
  instance_type        = "t4g.micro"
  subnet_id            = var.subnet_id
  iam_instance_profile = aws_iam_instance_profile.nginx.name

  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = "required"
  }

  # The password goes through pipes alone. Where it cannot be read, there is no file and nobody is let in.
  user_data = <<-USER_DATA
    #!/bin/bash
    set -euo pipefail
    umask 077
    ${indent(4, module.setup.install_snippet)}
    hash=$(${module.setup.get_cmd} nginx.admin env=dev | openssl passwd -6 -stdin)
    printf 'admin:%s\n' "$hash" >/etc/nginx/htpasswd
    chgrp nginx /etc/nginx/htpasswd
    chmod 640 /etc/nginx/htpasswd
    nginx -s reload
  USER_DATA

  depends_on = [module.grant]
}
