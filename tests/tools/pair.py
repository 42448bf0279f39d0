"""What `sam deploy` does, without sam: zips each binary as `bootstrap`, puts it into S3, creates the pair's stack."""

import io
import pathlib
import platform
import zipfile

from tools.stacks import Stack
from tools.paths import REPOSITORY

BUCKET = "cfn-secrets-code"
FUNCTIONS = {"GeneratorFunction": "generator", "GetterFunction": "getter"}


def deploy(cloud, binaries):
    """Creates the stack cfn-secrets from template.yaml with the generator and the getter of the folder `binaries`."""
    pair = Stack(cloud, "cfn-secrets")
    pair.create(_template_with_code(cloud, binaries), Architecture=architecture())
    return pair


def _template_with_code(cloud, binaries):
    """The template's text, each function's CodeUri pointing to its uploaded binary."""
    template = (REPOSITORY / "template.yaml").read_text()
    cloud.s3.create_bucket(
        Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": cloud.s3.meta.region_name}
    )
    for function, binary in FUNCTIONS.items():
        cloud.s3.put_object(Bucket=BUCKET, Key=f"{binary}.zip", Body=_zip(binaries / binary))
        template = _with_code(template, function, f"s3://{BUCKET}/{binary}.zip")
    return template


def architecture():
    """This machine's, as Lambda calls it."""
    return "arm64" if platform.machine() in ("aarch64", "arm64") else "x86_64"


def _zip(binary):
    entry = zipfile.ZipInfo("bootstrap")
    entry.external_attr = 0o755 << 16  # Lambda executes it
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as writer:
        writer.writestr(entry, binary.read_bytes())
    return archive.getvalue()


def _with_code(template, function, uri):
    head, found, tail = template.partition(f"\n  {function}:\n    Type: AWS::Serverless::Function\n")
    if not found or "CodeUri: ." not in tail:
        raise ValueError(f"template.yaml has no {function} with a CodeUri")
    return head + found + tail.replace("CodeUri: .", f"CodeUri: {uri}", 1)
