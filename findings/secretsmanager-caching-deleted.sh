#!/usr/bin/env bash
# aws-secretsmanager-caching goes on handing out a secret that was deleted, for as long as the process lives.
#
# Its interval says when a value is looked at again (3600 s; here 1). The look fails, since the secret is gone, or since
# the role lost its right: the failure is kept, and the old value answered without a word, however many intervals have
# passed. A failure is told only where there has never been a value. And a stage that no version had at the first look,
# AWSPREVIOUS before the first rotation, is None and no error.
# Who is hurt: whoever revokes a secret and believes that its readers notice within the hour. Instead: restart them, and
# make the secret useless where it is checked.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --target "$work/packages" aws-secretsmanager-caching==1.2.0 \
    setuptools==80.9.0 'moto[secretsmanager]==5.2.5' boto3==1.43.106 botocore==1.43.106 2>"$work/pip.log" ||
    { cat "$work/pip.log" >&2; exit 1; }

export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=eu-west-1
PYTHONPATH=$work/packages PYTHONWARNINGS=ignore python3 - > "$work/seen" <<'PYTHON'
import time
from importlib.metadata import version

import boto3
from aws_secretsmanager_caching import SecretCache, SecretCacheConfig
from botocore.exceptions import ClientError
from moto import mock_aws

print("aws-secretsmanager-caching", version("aws-secretsmanager-caching"))
with mock_aws():
    secrets = boto3.client("secretsmanager")
    asked = []
    secrets.meta.events.register("before-call.secrets-manager", lambda model, **_: asked.append(model.name))
    cache = SecretCache(config=SecretCacheConfig(secret_refresh_interval=1), client=secrets)

    def get(name, stage=None):
        try:
            return cache.get_secret_string(name, stage)
        except ClientError as error:
            return error.response["Error"]["Code"]

    print("never there       ", get("nothing"))
    secrets.create_secret(Name="database", SecretString="Sesame-1")
    print("there             ", get("database"))
    print("AWSPREVIOUS       ", get("database", "AWSPREVIOUS"))
    secrets.delete_secret(SecretId="database", ForceDeleteWithoutRecovery=True)
    asked.clear()
    # Until it has looked, and has been told, three times.
    until = time.monotonic() + 60
    answers = set()
    while asked.count("DescribeSecret") < 3 and time.monotonic() < until:
        answers.add(get("database"))
        time.sleep(0.1)
    print("deleted, and asked", asked.count("DescribeSecret"), "times:", *answers)
PYTHON
cat "$work/seen"

diff "$work/seen" - <<'SEEN'
aws-secretsmanager-caching 1.2.0
never there        ResourceNotFoundException
there              Sesame-1
AWSPREVIOUS        None
deleted, and asked 3 times: Sesame-1
SEEN
