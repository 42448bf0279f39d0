#!/usr/bin/env bash
# Powertools for AWS Lambda answers from its cache with another form or another version of a secret than was asked for.
#
# The cache of `parameters` knows a name and a transform. It does not know `decrypt`, nor the stage of a secret: after one
# get_parameter(NAME) without decrypt=True, get_parameter(NAME, decrypt=True) has the ciphertext; after one look at
# AWSPREVIOUS, get_secret(NAME) has the password from before the rotation, and the other way round. For five minutes,
# unless told otherwise, and max_age=0 does not help, since it is looked at only when something is put into the cache.
# Who is hurt: a function in which one module forgets `decrypt`, or compares two stages: another module logs in with a
# text that no one chose. Instead: force_fetch=True for whatever is not the usual question, or a provider of its own.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --target "$work/packages" aws-lambda-powertools==3.37.0 \
    'moto[ssm,secretsmanager]==5.2.5' boto3==1.43.106 botocore==1.43.106 2>"$work/pip.log" ||
    { cat "$work/pip.log" >&2; exit 1; }

export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=eu-west-1
PYTHONPATH=$work/packages PYTHONWARNINGS=ignore python3 - > "$work/seen" <<'PYTHON'
from importlib.metadata import version

import boto3
from aws_lambda_powertools.utilities import parameters
from moto import mock_aws

print("aws-lambda-powertools", version("aws-lambda-powertools"))
with mock_aws():
    boto3.client("ssm").put_parameter(Name="/app/password", Value="Sesame-1", Type="SecureString")
    secrets = boto3.client("secretsmanager")
    secrets.create_secret(Name="database", SecretString="before")
    secrets.put_secret_value(SecretId="database", SecretString="after")

    get = parameters.get_parameter
    print("parameter, without decrypt      ", get("/app/password"))
    print("parameter, decrypt              ", get("/app/password", decrypt=True))
    print("parameter, decrypt, max_age=0   ", get("/app/password", decrypt=True, max_age=0))
    print("parameter, decrypt, force_fetch ", get("/app/password", decrypt=True, force_fetch=True))

    get = parameters.get_secret
    print("secret, AWSPREVIOUS             ", get("database", VersionStage="AWSPREVIOUS"))
    print("secret, the current one         ", get("database", VersionStage="AWSCURRENT"))
    print("secret, the same with max_age=0 ", get("database", VersionStage="AWSCURRENT", max_age=0))
    print("secret, force_fetch             ", get("database", VersionStage="AWSCURRENT", force_fetch=True))
    print("secret, AWSPREVIOUS             ", get("database", VersionStage="AWSPREVIOUS"))
PYTHON
cat "$work/seen"

diff "$work/seen" - <<'SEEN'
aws-lambda-powertools 3.37.0
parameter, without decrypt       kms:alias/aws/ssm:Sesame-1
parameter, decrypt               kms:alias/aws/ssm:Sesame-1
parameter, decrypt, max_age=0    kms:alias/aws/ssm:Sesame-1
parameter, decrypt, force_fetch  Sesame-1
secret, AWSPREVIOUS              before
secret, the current one          before
secret, the same with max_age=0  before
secret, force_fetch              after
secret, AWSPREVIOUS              after
SEEN
