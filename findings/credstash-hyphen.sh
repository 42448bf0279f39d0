#!/usr/bin/env bash
# credstash put NAME VALUE stores an empty secret, and the value in plain text, when the value begins with -c.
#
# A generated value may begin with a hyphen, one in 64 of base64url. credstash takes the value as an argument, and
# Python's argparse reads -cREST as "--comment REST". As the value itself may be left out, nothing fails: exit status
# 0, "has been stored", an empty secret, and the generated value in an attribute that is not encrypted and that
# `credstash list` prints. After most other letters an error repeats the value, for the log of the pipeline.
# Who is hurt: scripts that hand a random value to credstash. Instead: `credstash put NAME -- VALUE`, which works, or
# a file (@FILE) or the prompt (-P); and read back what was stored.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --target "$work/packages" \
    credstash==1.17.1 'moto[dynamodb,kms,server]==5.2.5' boto3==1.43.106 botocore==1.43.106 2>"$work/pip.log" ||
    { cat "$work/pip.log" >&2; exit 1; }

cd "$work"
PYTHONPATH=$work/packages PYTHONWARNINGS=ignore python3 - <<'PYTHON'
import logging
import os
import subprocess
import sys
from importlib.metadata import version

import boto3
from moto.server import ThreadedMotoServer

PROGRAM = "import credstash, sys; sys.argv[0] = 'credstash'; credstash.main()"

logging.getLogger("werkzeug").setLevel(logging.ERROR)
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
_, port = server.get_host_and_port()
os.environ |= {
    "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "eu-west-1",
}


def credstash(*words):
    command = [sys.executable, "-W", "ignore", "-c", PROGRAM, *words]
    return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120)


kms = boto3.client("kms")
kms.create_alias(AliasName="alias/credstash", TargetKeyId=kms.create_key()["KeyMetadata"]["KeyId"])
credstash("setup")

print(f"credstash {version('credstash')}, Python {sys.version.split()[0]}, with moto {version('moto')}\n")

put = credstash("put", "db", "-cQ8rT5wZ1mK")
print(f"credstash put db -cQ8rT5wZ1mK     exit status {put.returncode}: {put.stdout.strip()}")
got = credstash("get", "--noline", "db")
print(f"credstash get db                  {got.stdout!r}")
[item] = boto3.client("dynamodb").scan(TableName="credential-store")["Items"]
print(f"the item's attribute comment      {item['comment']['S']!r}")
listed = credstash("list").stdout.strip()
print(f"credstash list                    {listed}")

refused = credstash("put", "db", "-Q8rT5wZ1mK")
print(f"credstash put db -Q8rT5wZ1mK      exit status {refused.returncode}: {refused.stderr.strip().splitlines()[-1]}")

credstash("put", "other", "--", "-cQ8rT5wZ1mK")
right = credstash("get", "--noline", "other").stdout
print(f"credstash put other -- -cQ8rT...  is read back as {right!r}")
server.stop()

assert put.returncode == 0 and "has been stored" in put.stdout and got.stdout == ""
assert item["comment"]["S"] == "Q8rT5wZ1mK" and "Q8rT5wZ1mK" in listed
assert refused.returncode == 2 and "-Q8rT5wZ1mK" in refused.stderr
assert right == "-cQ8rT5wZ1mK"
PYTHON
