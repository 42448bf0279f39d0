#!/usr/bin/env bash
# moto answers GetSecretValue with the version before the rotation, once a rotation has moved AWSCURRENT as rotations do.
#
# A rotation function of Secrets Manager puts the new value under AWSPENDING, and finishes by moving AWSCURRENT to it. A
# read that names neither version nor stage is a read of AWSCURRENT (botocore's text of GetSecretValue, printed below). In
# moto it is one of the version that was current when a value was last put: after the rotation the old password, while
# the same call with VersionStage=AWSCURRENT, DescribeSecret and the move's own answer all say the new one.
# Who is hurt: whoever tests a rotation, or a reader across one, on moto: a right program fails, and one that never
# finishes its rotation passes. Instead: name VersionStage in tests on moto, or look at VersionIdsToStages.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --target "$work/packages" \
    'moto[secretsmanager]==5.2.5' boto3==1.43.106 botocore==1.43.106 2>"$work/pip.log" ||
    { cat "$work/pip.log" >&2; exit 1; }

export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=eu-west-1
PYTHONPATH=$work/packages PYTHONWARNINGS=ignore python3 - > "$work/seen" <<'PYTHON'
import re
from importlib.metadata import version

import boto3
from moto import mock_aws

OLD, NEW = "old-0123456789abcdef0123456789abcdef", "new-0123456789abcdef0123456789abcdef"

with mock_aws():
    secrets = boto3.client("secretsmanager")
    model = secrets.meta.service_model.operation_model("GetSecretValue").input_shape.members["VersionStage"]
    said = re.sub(r"<[^>]+>", "", model.documentation)
    print("botocore", version("botocore"), "says:", re.search(r"If you don't specify[^.]*\.", said)[0])
    print("moto", version("moto"))

    def look(step):
        stages = secrets.describe_secret(SecretId="database")["VersionIdsToStages"]
        current = next(identifier for identifier, names in stages.items() if "AWSCURRENT" in names)
        read = secrets.get_secret_value(SecretId="database")
        by_stage = secrets.get_secret_value(SecretId="database", VersionStage="AWSCURRENT")
        print(f"{step:9}: AWSCURRENT is on {current[:3]}; read: {read['SecretString']}, {read['VersionStages']};",
              f"by its stage: {by_stage['SecretString']}")

    secrets.create_secret(Name="database", SecretString="Sesame-1", ClientRequestToken=OLD)
    look("created")
    secrets.put_secret_value(
        SecretId="database", SecretString="Sesame-2", ClientRequestToken=NEW, VersionStages=["AWSPENDING"]
    )
    look("pending")
    secrets.update_secret_version_stage(
        SecretId="database", VersionStage="AWSCURRENT", MoveToVersionId=NEW, RemoveFromVersionId=OLD
    )
    look("finished")
PYTHON
cat "$work/seen"

diff "$work/seen" - <<'SEEN'
botocore 1.43.106 says: If you don't specify either a VersionStage or VersionId, Secrets Manager returns the AWSCURRENT version.
moto 5.2.5
created  : AWSCURRENT is on old; read: Sesame-1, ['AWSCURRENT']; by its stage: Sesame-1
pending  : AWSCURRENT is on old; read: Sesame-1, ['AWSCURRENT']; by its stage: Sesame-1
finished : AWSCURRENT is on new; read: Sesame-1, ['AWSPREVIOUS']; by its stage: Sesame-2
SEEN
