"""The pair as a stack: deployed as `sam deploy` does, without sam, and asked for secrets as an operator does."""

import io
import json
import platform
import zipfile
from pathlib import Path
from typing import Any

from tools.ministack import Cloud
from tools.paths import REPOSITORY
from tools.stacks import Stack

BUCKET = "cfn-secrets-code"
FUNCTIONS = {"generator": "GeneratorFunction", "getter": "GetterFunction", "publisher": "PublisherFunction"}
# What the examples publish below.
PREFIXES = {"ParameterPrefixes": "/app/", "SecretPrefixes": "app/"}


class Pair(Stack):
    """The stack cfn-secrets."""

    def __init__(self, cloud: Cloud) -> None:
        super().__init__(cloud, "cfn-secrets")
        self._cloud = cloud

    def get(self, **event: str) -> dict[str, Any] | None:
        """What a direct invocation of the getter returns; None if it refuses."""
        getter = self.outputs()["GetterArn"]
        answer = self._cloud.functions.invoke(FunctionName=getter, Payload=json.dumps(event))
        returned: dict[str, Any] = json.load(answer["Payload"])
        return None if "FunctionError" in answer else returned


def deploy(cloud: Cloud, binaries: Path, store: str = "dynamodb") -> Pair:
    """Creates the stack from template.yaml with the functions of the folder `binaries` that were built for a store."""
    pair = Pair(cloud)
    template = _template_with_code(cloud, binaries, "-s3" if store == "s3" else "")
    cloud.s3.put_object(Bucket=BUCKET, Key="template.yaml", Body=template.encode())
    pair.create_from(f"{cloud.endpoint}/{BUCKET}/template.yaml", Architecture=architecture(), Store=store, **PREFIXES)
    return pair


def architecture() -> str:
    """This machine's, as Lambda calls it."""
    return "arm64" if platform.machine() in ("aarch64", "arm64") else "x86_64"


def built(function: str) -> Path:
    """Where `make build` puts the binary of a function."""
    return REPOSITORY / ".aws-sam/build" / FUNCTIONS[function] / "bootstrap"


def _template_with_code(cloud: Cloud, binaries: Path, suffix: str) -> str:
    """The template's text, each function's CodeUri pointing to its uploaded binary."""
    template = (REPOSITORY / "template.yaml").read_text()
    cloud.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    for name, function in FUNCTIONS.items():
        cloud.s3.put_object(Bucket=BUCKET, Key=f"{name}.zip", Body=zipped(binaries / f"{name}{suffix}"))
        template = _with_code(template, function, f"s3://{BUCKET}/{name}.zip")
    return template


def zipped(binary: Path) -> bytes:
    """The archive of a function."""
    entry = zipfile.ZipInfo("bootstrap")
    entry.external_attr = 0o755 << 16  # Lambda executes it
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as writer:
        writer.writestr(entry, binary.read_bytes())
    return archive.getvalue()


def _with_code(template: str, function: str, uri: str) -> str:
    head, found, tail = template.partition(f"\n  {function}:\n    Type: AWS::Serverless::Function\n")
    if not found or "CodeUri: ." not in tail:
        raise ValueError(f"template.yaml has no {function} with a CodeUri")
    return head + found + tail.replace("CodeUri: .", f"CodeUri: {uri}", 1)
