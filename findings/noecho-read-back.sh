#!/usr/bin/env bash
# A parameter with NoEcho comes in plain text from moto's DescribeStacks: what writes it back works there, and nowhere else.
#
# CloudFormation masks such a parameter with asterisks wherever a stack is described, says its User Guide ("Parameters"), and
# ministack does. A script that changes one parameter of a stack by reading all of them and passing them to UpdateStack then
# sets the database's password to four asterisks. On moto the same script keeps the password, so its tests pass; and a test
# that looks for passwords in what such a script prints finds one that CloudFormation would not have told.
# Who is hurt: whoever tests tools for deployment on moto alone. Instead: UsePreviousValue for every parameter that is not
# changed, and a test that DescribeStacks is not where a password comes from.
set -euo pipefail

work=$(mktemp -d)
server=
trap '[[ -z $server ]] || kill "$server" 2>/dev/null || true; rm -rf "$work"' EXIT
for package in ministack==1.5.33 'moto[cloudformation,sns]==5.2.5 boto3==1.43.106 botocore==1.43.106'; do
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
import json
import os
import time
from importlib.metadata import version

import boto3
from moto import mock_aws

# The output stands for the database: it shows which password arrives.
TEMPLATE = json.dumps(
    {
        "Parameters": {"Password": {"Type": "String", "NoEcho": True}, "Size": {"Type": "String"}},
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {"Database": {"Value": {"Fn::Sub": "${Size} ${Password}"}}},
    }
)


def change_the_size(engine, **where):
    stacks = boto3.client("cloudformation", **where)

    def settled():
        while (stack := stacks.describe_stacks(StackName="s")["Stacks"][0])["StackStatus"].endswith("_PROGRESS"):
            time.sleep(0.2)
        return stack

    given = {"Password": "Sesame-1", "Size": "small"}
    given = [{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()]
    stacks.create_stack(StackName="s", TemplateBody=TEMPLATE, Parameters=given)
    read = {one["ParameterKey"]: one["ParameterValue"] for one in settled()["Parameters"]}
    back = [{"ParameterKey": key, "ParameterValue": value} for key, value in (read | {"Size": "large"}).items()]
    stacks.update_stack(StackName="s", TemplateBody=TEMPLATE, Parameters=back)
    value = settled()["Outputs"][0]["OutputValue"]
    print(f"{engine} DescribeStacks: {read['Password']}; after the update: {value}")


with mock_aws():
    change_the_size(f"moto {version('moto')}:")
change_the_size("ministack 1.5.33:", endpoint_url=f"http://127.0.0.1:{os.environ['PORT']}")
PYTHON
cat "$work/seen"

diff "$work/seen" - <<'SEEN'
moto 5.2.5: DescribeStacks: Sesame-1; after the update: large Sesame-1
ministack 1.5.33: DescribeStacks: ****; after the update: large ****
SEEN
