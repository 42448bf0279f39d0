#!/usr/bin/env bash
# crhelper with a poll_create handler puts the secret into an EventBridge target in plain text, and loses NoEcho.
#
# For a resource that takes longer than one invocation crhelper keeps `Data` by writing the whole event, Data and the
# presigned ResponseURL included, as the input of a rule's target, where everybody reads it who may list targets.
# NoEcho is an attribute of the helper object and not part of that: the invocation that polls and answers, in another
# process, sends the password with NoEcho false, so that CloudFormation masks nothing.
# Who is hurt: custom resources that make a credential and wait for something. Instead: put the secret into Data, and
# set NoEcho, in the poll handler only, in the invocation that answers.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --target "$work/packages" \
    crhelper==2.0.12 'moto[awslambda,events,iam,server]==5.2.5' boto3==1.43.106 botocore==1.43.106 \
    cryptography==50.0.2 2>"$work/pip.log" || { cat "$work/pip.log" >&2; exit 1; }

cd "$work"
cat > function.py <<'PYTHON'
"""The custom resource: makes a password at once, and is not ready before it was asked again."""
import json
import sys

from crhelper import CfnResource

helper = CfnResource(log_level="CRITICAL", ssl_verify=False)


@helper.create
def create(event, context):
    helper.NoEcho = True
    helper.Data["Password"] = "made-up-for-this-script"


@helper.poll_create
def poll_create(event, context):
    return "database-1"


class Context:
    function_name = "custom-resource"

    def get_remaining_time_in_millis(self):
        return 60_000


helper(json.load(sys.stdin), Context())
PYTHON
PYTHONPATH=$work/packages PYTHONWARNINGS=ignore python3 - <<'PYTHON'
import datetime
import http.server
import io
import json
import logging
import os
import ssl
import subprocess
import sys
import threading
import zipfile
from importlib.metadata import version

import boto3
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from moto.server import ThreadedMotoServer


class Answers(http.server.BaseHTTPRequestHandler):
    """Where the presigned URL leads."""

    received = []

    def do_PUT(self):
        self.received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def serve_answers():
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1))
    certificate = builder.sign(key, hashes.SHA256())
    pkcs8 = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    with open("server.pem", "wb") as file:
        file.write(key.private_bytes(*pkcs8) + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain("server.pem")
    server = http.server.HTTPServer(("127.0.0.1", 0), Answers)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"https://127.0.0.1:{server.server_port}/answer?X-Amz-Signature=0123"


def invoke(event):
    """One invocation in a process of its own, as in another execution environment."""
    subprocess.run([sys.executable, "function.py"], input=json.dumps(event), text=True, check=True, timeout=120)


logging.getLogger("werkzeug").setLevel(logging.ERROR)
cloud = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
cloud.start()
os.environ |= {
    "AWS_ENDPOINT_URL": "http://127.0.0.1:{1}".format(*cloud.get_host_and_port()),
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_REGION": "eu-west-1",
}
role = boto3.client("iam").create_role(RoleName="any", AssumeRolePolicyDocument="{}", Path="/")["Role"]["Arn"]
archive = io.BytesIO()
with zipfile.ZipFile(archive, "w") as writer:
    writer.writestr("function.py", "")
boto3.client("lambda").create_function(
    FunctionName="custom-resource",
    Runtime="python3.13",
    Handler="function.handler",
    Role=role,
    Code={"ZipFile": archive.getvalue()},
)

invoke(
    {
        "RequestType": "Create",
        "ResponseURL": serve_answers(),
        "StackId": "arn:aws:cloudformation:eu-west-1:123456789012:stack/shop/1",
        "RequestId": "1",
        "LogicalResourceId": "Database",
        "ResourceType": "Custom::Database",
        "ResourceProperties": {},
    }
)
events = boto3.client("events")
[rule] = events.list_rules()["Rules"]
[target] = events.list_targets_by_rule(Rule=rule["Name"])["Targets"]
stored = json.loads(target["Input"])
print(f"crhelper {version('crhelper')}, after the Create; aws events list-targets-by-rule shows as the target's Input:")
print(f"  CrHelperData  {stored['CrHelperData']}")
print(f"  ResponseURL   {stored['ResponseURL'].replace(stored['ResponseURL'].split('/')[2], 'HOST')}")
assert stored["CrHelperData"]["Password"] == "made-up-for-this-script"
assert "X-Amz-Signature" in stored["ResponseURL"] and not Answers.received

invoke(stored)  # as EventBridge does when the rule is due
[answer] = Answers.received
print("\nthe answer that CloudFormation gets from the invocation that polls:")
print(f"  {answer['Status']}, Data {answer['Data']}, NoEcho {answer['NoEcho']}   (the Create had set NoEcho = True)")
cloud.stop()
assert answer["Status"] == "SUCCESS" and answer["Data"]["Password"] == "made-up-for-this-script"
assert answer["NoEcho"] is False
PYTHON
