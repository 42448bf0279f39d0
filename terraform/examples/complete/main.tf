# All three modules: credstash's table with a role that reads one environment and one that writes it, and the pair.

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
  release_url         = "s3://${var.code_bucket}/0.1.0"
}

module "grant" {
  source = "../../modules/grant"

  kms_key_arn       = module.setup.kms_key_arn
  reader_policy_arn = module.setup.reader_policy_arn
  writer_policy_arn = module.setup.writer_policy_arn

  readers = {
    web = {
      role_name = aws_iam_role.web.name
      role_arn  = aws_iam_role.web.arn
      context   = { env = "dev", app = "web" }
    }
  }

  writers = {
    deployer = {
      role_name = aws_iam_role.deployer.name
      role_arn  = aws_iam_role.deployer.arn
      context   = { env = "dev" }
    }
  }
}

module "pair" {
  source = "../../modules/pair"

  template_file   = var.template_file
  code_bucket     = var.code_bucket
  code_key_prefix = "0.1.0/"
  parameters      = { AllowedEnvs = "dev,prod" }
}

resource "aws_iam_role" "web" {
  name_prefix        = "web-"
  assume_role_policy = data.aws_iam_policy_document.ec2.json
}

resource "aws_iam_role" "deployer" {
  name_prefix        = "deployer-"
  assume_role_policy = data.aws_iam_policy_document.ec2.json
}

data "aws_iam_policy_document" "ec2" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}
