#!/usr/bin/env bash
# A condition that compares what Fn::Join, Fn::Sub or Fn::FindInMap makes never holds in ministack.
#
# `!Equals [!Join ['', !Ref Subnets], '']` is how a template asks whether a list was given, and !FindInMap how it asks for
# what belongs to an environment. cfn-lint has nothing against either, and moto computes all three functions. In ministack
# no comparison with one of them holds; only that with a Ref does. What has the condition is left out, what has its
# opposite is made, and the stack is CREATE_COMPLETE.
# Who is hurt: whoever tests on ministack that a key, a policy or an alarm is made where a list is given, and only there:
# the test sees the other half of the template. Instead: a parameter of its own for the switch, compared by Ref; or such a
# template on moto as well, and a look at which resources there are.
set -euo pipefail

work=$(mktemp -d)
server=
trap '[[ -z $server ]] || kill "$server" 2>/dev/null || true; rm -rf "$work"' EXIT
for package in ministack==1.5.33 'moto[cloudformation,ssm]==5.2.5 boto3==1.43.106 botocore==1.43.106 cfn-lint==1.58.0'; do
    # Each in an environment of its own, because they pin the same packages otherwise.
    # shellcheck disable=SC2086
    python3 -m pip install --quiet --disable-pip-version-check --target "$work/${package%%[=[]*}" $package \
        2>"$work/pip.log" || { cat "$work/pip.log" >&2; exit 1; }
done

cat > "$work/template.json" <<'JSON'
{
  "Parameters": {
    "Env": {"Type": "String", "Default": "prod"},
    "Subnets": {"Type": "CommaDelimitedList", "Default": ""}
  },
  "Mappings": {"Sizes": {"prod": {"Size": "large"}}},
  "Conditions": {
    "RefHolds": {"Fn::Equals": [{"Ref": "Env"}, "prod"]},
    "FindInMapHolds": {"Fn::Equals": [{"Fn::FindInMap": ["Sizes", {"Ref": "Env"}, "Size"]}, "large"]},
    "SubHolds": {"Fn::Equals": [{"Fn::Sub": "${Env}-a"}, "prod-a"]},
    "JoinHolds": {"Fn::Equals": [{"Fn::Join": ["", {"Ref": "Subnets"}]}, ""]},
    "JoinDoesNot": {"Fn::Not": [{"Fn::Equals": [{"Fn::Join": ["", {"Ref": "Subnets"}]}, ""]}]}
  },
  "Resources": {
    "RefHolds": {"Condition": "RefHolds", "Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "v", "Name": "/RefHolds"}},
    "FindInMapHolds": {"Condition": "FindInMapHolds", "Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "v", "Name": "/FindInMapHolds"}},
    "SubHolds": {"Condition": "SubHolds", "Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "v", "Name": "/SubHolds"}},
    "JoinHolds": {"Condition": "JoinHolds", "Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "v", "Name": "/JoinHolds"}},
    "JoinDoesNot": {"Condition": "JoinDoesNot", "Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "v", "Name": "/JoinDoesNot"}}
  }
}
JSON

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
PORT=$port WORK=$work PYTHONPATH=$work/moto PYTHONWARNINGS=ignore python3 - > "$work/seen" <<'PYTHON'
import os
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

import boto3
from moto import mock_aws

FILE = Path(os.environ["WORK"], "template.json")


def made(engine, **where):
    stacks, parameters = boto3.client("cloudformation", **where), boto3.client("ssm", **where)
    stacks.create_stack(StackName="s", TemplateBody=FILE.read_text())
    while (status := stacks.describe_stacks(StackName="s")["Stacks"][0]["StackStatus"]).endswith("_PROGRESS"):
        time.sleep(0.2)
    names = sorted(one["Name"].lstrip("/") for one in parameters.describe_parameters()["Parameters"])
    print(f"{engine} {status}: {' '.join(names)}")


lint = subprocess.run([sys.executable, "-m", "cfnlint", str(FILE)], capture_output=True, text=True)
print(f"cfn-lint {version('cfn-lint')}: {lint.stdout.strip() or 'nothing to say'}")
made("ministack 1.5.33", endpoint_url=f"http://127.0.0.1:{os.environ['PORT']}")
with mock_aws():
    made(f"moto {version('moto')}")
PYTHON
cat "$work/seen"

diff "$work/seen" - <<'SEEN'
cfn-lint 1.58.0: nothing to say
ministack 1.5.33 CREATE_COMPLETE: JoinDoesNot RefHolds
moto 5.2.5 CREATE_COMPLETE: FindInMapHolds JoinHolds RefHolds SubHolds
SEEN
