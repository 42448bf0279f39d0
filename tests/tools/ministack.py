"""The cloud on this machine: ministack on a free port, stopped whatever happens, and clients for what it plays."""

import os
import socket
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3

from tools import processes

REGION = "eu-west-1"
START_TIMEOUT = 60  # seconds; it takes half a second


class Cloud:
    """Clients for the services that ministack plays."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        session = boto3.session.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name=REGION)
        self.cloudformation = session.client("cloudformation", endpoint_url=endpoint)
        self.dynamodb = session.client("dynamodb", endpoint_url=endpoint)
        self.ec2 = session.client("ec2", endpoint_url=endpoint)
        self.iam = session.client("iam", endpoint_url=endpoint)
        self.kms = session.client("kms", endpoint_url=endpoint)
        self.functions = session.client("lambda", endpoint_url=endpoint)
        self.logs = session.client("logs", endpoint_url=endpoint)
        self.rds = session.client("rds", endpoint_url=endpoint)
        self.s3 = session.client("s3", endpoint_url=endpoint)
        self.secretsmanager = session.client("secretsmanager", endpoint_url=endpoint)
        self.ssm = session.client("ssm", endpoint_url=endpoint)

    def environment(self) -> dict[str, str]:
        """What points a program that speaks to AWS at this cloud."""
        return _credentials(self.endpoint)

    def parameter(self, name: str) -> str:
        """The value of an SSM parameter."""
        return self.ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]

    def create_table_and_key(self, name: str) -> str:
        """A table and a key of that name, for functions that run without the pair's stack. Returns the key's ARN."""
        self.dynamodb.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[
                {"AttributeName": "StackName", "AttributeType": "S"},
                {"AttributeName": "Env", "AttributeType": "S"},
            ],
            KeySchema=[{"AttributeName": "StackName", "KeyType": "HASH"}, {"AttributeName": "Env", "KeyType": "RANGE"}],
        )
        key = self.kms.create_key()["KeyMetadata"]
        self.kms.create_alias(AliasName=f"alias/{name}", TargetKeyId=key["KeyId"])
        return key["Arn"]


@contextmanager
def running(address: str = "127.0.0.1", host: str | None = None) -> Iterator[Cloud]:
    """Starts ministack on an address of this machine, yields a `Cloud`, stops it. Its APIs' names end in `host`."""
    port = _free_port(address)
    endpoint = f"http://{address}:{port}"
    with (
        tempfile.TemporaryDirectory(prefix="cfn-secrets-cloud-") as folder,
        processes.running(
            [sys.executable, "-m", "ministack"],
            lambda: _is_healthy(endpoint),
            folder=Path(folder),
            environment=_settings(address, host or address, port, folder) | _credentials(endpoint),
            timeout=START_TIMEOUT,
        ),
    ):
        yield Cloud(endpoint)


def _free_port(address: str) -> int:
    with socket.socket() as probe:
        probe.bind((address, 0))
        port: int = probe.getsockname()[1]
        return port


def _settings(address: str, host: str, port: int, folder: str) -> dict[str, str]:
    """ministack's own settings and nothing of the user's AWS configuration."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": folder,
        "TMPDIR": folder,
        "BIND_HOST": address,
        "MINISTACK_HOST": host,
        "GATEWAY_PORT": str(port),
        "MINISTACK_REGION": REGION,
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
    }


def _credentials(endpoint: str) -> dict[str, str]:
    """The functions inherit these from ministack: without an endpoint they would call the real AWS."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
    }


def _is_healthy(endpoint: str) -> bool:
    try:
        with urllib.request.urlopen(f"{endpoint}/_ministack/health", timeout=2):
            return True
    except OSError:
        return False
