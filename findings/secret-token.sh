#!/usr/bin/env bash
# A secret rolled back under the token of its old version reads right in ministack; in Secrets Manager nothing happens.
#
# PutSecretValue takes a ClientRequestToken, which becomes the version's id. What was put before under the same token and
# with the same value is ignored, says the API's own text, which botocore carries: AWSCURRENT stays where it is. moto does
# so. ministack moves AWSCURRENT to the version of that token, as if it had been put anew. Both answer with that version's
# id and no error; only VersionStages of the answer, without AWSCURRENT in it, tells that nothing happened.
# Who is hurt: whoever derives the token from the value or from a version of their own, so that a write may be repeated,
# and puts the old value again to go back: tests on ministack pass, and on AWS readers keep the password that the database
# no longer has. Instead: a token for each request, and a look at VersionStages.
set -euo pipefail

work=$(mktemp -d)
server=
trap '[[ -z $server ]] || kill "$server" 2>/dev/null || true; rm -rf "$work"' EXIT
for package in ministack==1.5.33 'moto[secretsmanager]==5.2.5 boto3==1.43.106 botocore==1.43.106'; do
    # Each in an environment of its own, because they pin the same packages otherwise.
    # shellcheck disable=SC2086
    python3 -m pip install --quiet --disable-pip-version-check --target "$work/${package%%[=[]*}" $package \
        2>"$work/pip.log" || { cat "$work/pip.log" >&2; exit 1; }
done

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
(cd "$work" && exec env PYTHONPATH="$work/ministack" GATEWAY_PORT="$port" BIND_HOST=127.0.0.1 MINISTACK_HOST=127.0.0.1 \
    AWS_ENDPOINT_URL="http://127.0.0.1:$port" SFTP_ENABLED=0 IOT_MTLS_ENABLED=0 HOME="$work" \
    python3 -m ministack >"$work/server.log" 2>&1) &
server=$!
for _ in $(seq 150); do
    python3 -c "import urllib.request as u; u.urlopen('http://127.0.0.1:$port/_ministack/health')" 2>/dev/null && break
    sleep 0.2
done

export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=eu-west-1
PORT=$port PYTHONPATH=$work/moto PYTHONWARNINGS=ignore python3 - > "$work/seen" <<'PYTHON'
import os
import re
from importlib.metadata import version

import boto3
from moto import mock_aws

OLD, NEW = "old-0123456789abcdef0123456789abcdef", "new-0123456789abcdef0123456789abcdef"


def back_to_the_old(engine, secrets):
    secrets.create_secret(Name="database", SecretString="Sesame-1", ClientRequestToken=OLD)
    secrets.put_secret_value(SecretId="database", SecretString="Sesame-2", ClientRequestToken=NEW)
    answer = secrets.put_secret_value(SecretId="database", SecretString="Sesame-1", ClientRequestToken=OLD)
    stages = answer.get("VersionStages") or []
    read = secrets.get_secret_value(SecretId="database", VersionStage="AWSCURRENT")["SecretString"]
    print(f"{engine:17} answer: version {answer['VersionId'][:3]}, {sorted(stages)}; readers get {read}")
    return secrets


secrets = boto3.client("secretsmanager", endpoint_url=f"http://127.0.0.1:{os.environ['PORT']}")
back_to_the_old("ministack 1.5.33:", secrets)
with mock_aws():
    back_to_the_old(f"moto {version('moto')}:", boto3.client("secretsmanager"))

model = secrets.meta.service_model.operation_model("PutSecretValue").input_shape.members["ClientRequestToken"]
said = re.sub(r"<[^>]+>", "", model.documentation)
print(f"botocore {version('botocore')}:", re.search(r"If a version with this value already exists and[^.]*\.", said)[0])
PYTHON
cat "$work/seen"

diff "$work/seen" - <<'SEEN'
ministack 1.5.33: answer: version old, ['AWSCURRENT']; readers get Sesame-1
moto 5.2.5:       answer: version old, ['AWSPREVIOUS']; readers get Sesame-2
botocore 1.43.106: If a version with this value already exists and that version's SecretString or SecretBinary values are the same as those in the request then the request is ignored.
SEEN
