"""The cloud on this machine: ministack on a free port of the loopback address, stopped by its pid whatever happens."""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager

import boto3

REGION = "eu-west-1"
START_TIMEOUT = 60  # seconds; it takes half a second
STOP_TIMEOUT = 10


class Cloud:
    """Clients for the services that ministack plays."""

    def __init__(self, endpoint):
        self.endpoint = endpoint
        session = boto3.session.Session(
            aws_access_key_id="test", aws_secret_access_key="test", region_name=REGION
        )
        for service in ("cloudformation", "dynamodb", "iam", "kms", "lambda", "logs", "rds", "s3", "ssm"):
            name = "functions" if service == "lambda" else service
            setattr(self, name, session.client(service, endpoint_url=endpoint))

    def create_table_and_key(self, name):
        """A table and a key of that name, for functions that run without the pair's stack. Returns the key's ARN."""
        self.dynamodb.create_table(
            TableName=name, BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": part, "AttributeType": "S"} for part in ("StackName", "Env")],
            KeySchema=[{"AttributeName": "StackName", "KeyType": "HASH"}, {"AttributeName": "Env", "KeyType": "RANGE"}],
        )
        key = self.kms.create_key()["KeyMetadata"]
        self.kms.create_alias(AliasName=f"alias/{name}", TargetKeyId=key["KeyId"])
        return key["Arn"]


@contextmanager
def running(address="127.0.0.1"):
    """Starts ministack on an address of this machine, yields a `Cloud`, stops it."""
    port = _free_port(address)
    endpoint = f"http://{address}:{port}"
    with tempfile.TemporaryDirectory(prefix="cfn-secrets-demo-") as folder:
        log = os.path.join(folder, "ministack.log")
        with open(log, "wb") as output:
            server = subprocess.Popen(
                [sys.executable, "-m", "ministack"],
                cwd=folder, env=_environment(address, port, endpoint, folder), stdout=output, stderr=output,
            )
        try:
            _wait_until_healthy(server, endpoint, log)
            yield Cloud(endpoint)
        finally:
            server.terminate()
            try:
                server.wait(STOP_TIMEOUT)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _free_port(address):
    with socket.socket() as probe:
        probe.bind((address, 0))
        return probe.getsockname()[1]


def _environment(address, port, endpoint, folder):
    """ministack's own settings and nothing of the user's AWS configuration."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": folder,
        "TMPDIR": folder,
        "BIND_HOST": address,
        "MINISTACK_HOST": address,
        "GATEWAY_PORT": str(port),
        "MINISTACK_REGION": REGION,
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        # What the functions inherit: without it they would call the real AWS.
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }


def _wait_until_healthy(server, endpoint, log):
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{endpoint}/_ministack/health", timeout=2):
                return
        except OSError:
            time.sleep(0.05)
    with open(log, encoding="utf-8", errors="replace") as output:
        raise RuntimeError(f"ministack did not start:\n{output.read()[-2000:]}")
