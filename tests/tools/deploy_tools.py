"""Deploys the pair and an example with the tools that people deploy with, each as its own manual says.

    python -m tools.deploy_tools BINARIES SCEPTRE SAM NODE OSLS

BINARIES has the two functions; SCEPTRE, SAM and NODE are programs, OSLS is the script of the Serverless Framework's
open fork. The pair: `aws cloudformation package` and `deploy`, `sam deploy --config-env ci` with a closed stdin, and
`sam sync`. The example: sceptre, `aws cloudformation deploy` from a folder with nothing else, osls. The cloud is
ministack. Exit status 1 and the claim that does not hold, or 0.
"""

import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tools import ministack
from tools import pair as pairs
from tools.claims import Claims
from tools.ministack import REGION, Cloud
from tools.pair import FUNCTIONS, Pair, architecture
from tools.paths import ENVIRONMENT, REPOSITORY
from tools.processes import Word
from tools.stacks import Stack

CLAIMS = Claims("deploy tools")
EXAMPLE = REPOSITORY / "examples/rds-mysql.yaml"
BUCKET = "artifacts"
AWS = ENVIRONMENT / "aws"


class Tools(NamedTuple):
    """The programs, each by its path."""

    sceptre: Path
    sam: Path
    node: Path
    osls: Path


class _Place:
    """A folder of its own, and programs that are run in it against the cloud."""

    def __init__(self, cloud: Cloud, folder: Path) -> None:
        self.cloud, self.folder = cloud, folder
        variables = {
            "PATH": "/usr/bin:/bin",
            "HOME": str(folder),
            "SAM_CLI_TELEMETRY": "0",
            "SLS_TELEMETRY_DISABLED": "1",
        }
        self._environment = variables | cloud.environment() | {"AWS_REGION": REGION}

    def run(self, *command: Word, stdin: str = "<&-") -> str:
        """With a stdin that is closed, unless told otherwise: whoever asks has nobody to answer."""
        words: list[Word] = ["bash", "-c", f'exec "$@" {stdin}', "-", *command]
        started = time.monotonic()
        done = subprocess.run(words, cwd=self.folder, env=self._environment, capture_output=True, text=True)
        said = " ".join(map(str, command))
        if done.returncode != 0:
            sys.exit(f"{said}\nended with {done.returncode}:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
        print(
            f"{time.monotonic() - started:5.1f} s  {Path(command[0]).name} {' '.join(map(str, command[1:4]))}",
            flush=True,
        )
        return done.stdout


def main(binaries: Path, *programs: Path) -> None:
    tools = Tools(*(path.absolute() for path in programs))
    with _place() as place:
        _aws_package(place, binaries)
    with _place() as place:
        _sam_deploy(place, tools, binaries)
    with _place() as place:
        _sam_sync(place, tools, binaries)
    with _place() as place:
        pair = pairs.deploy(place.cloud, binaries)
        _sceptre(place, tools, pair)
        _aws_deploy(place, pair)
        _osls(place, tools, pair)


@contextmanager
def _place() -> Iterator[_Place]:
    with ministack.running() as cloud, tempfile.TemporaryDirectory() as folder:
        cloud.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        yield _Place(cloud, Path(folder))


def _built(place: _Place, binaries: Path) -> Path:
    """The template as `sam build` leaves it: beside a folder for each function, which nobody has to build."""
    text = (REPOSITORY / "template.yaml").read_text()
    for name, function in FUNCTIONS.items():
        code = place.folder / function
        code.mkdir()
        shutil.copyfile(binaries / name, code / "bootstrap")
        (code / "bootstrap").chmod(0o755)
        text = text.replace("CodeUri: .", f"CodeUri: {function}", 1)
    template = place.folder / "template.yaml"
    template.write_text(text.replace("BuildMethod: makefile", "SkipBuild: true"))
    return template


def _holds(place: _Place, tool: str) -> None:
    """The pair that a tool has deployed makes a secret and reads it."""
    pair, shop = Pair(place.cloud), Stack(place.cloud, "shop")
    shop.create(EXAMPLE.read_text())
    first = pair.get(StackName="shop", Env="dev")
    CLAIMS.tell(f"{tool}: the pair stands, and an example on top", first and len(first["password"]) == 32)
    shop.update(EXAMPLE.read_text(), RotationTrigger="2")
    CLAIMS.check(f"{tool}: it rotates", pair.get(StackName="shop", Env="dev") not in (first, None))
    shop.delete()


def _aws_package(place: _Place, binaries: Path) -> None:
    alone = place.folder / "alone"
    alone.mkdir()
    shutil.copyfile(REPOSITORY / "template.yaml", alone / "template.yaml")
    place.run(AWS, "cloudformation", "package", "--template-file", alone / "template.yaml", "--s3-bucket", BUCKET)
    CLAIMS.tell("aws cloudformation package: takes the template where nothing lies beside it", True)
    template = _built(place, binaries)
    packaged = place.folder / "packaged.yaml"
    package = ("package", "--template-file", template, "--s3-bucket", BUCKET, "--output-template-file", packaged)
    place.run(AWS, "cloudformation", *package)
    # A bucket for the template as well, which has more than the 51,200 bytes that go without.
    deploy = ("deploy", "--template-file", packaged, "--stack-name", "cfn-secrets", "--s3-bucket", BUCKET)
    place.run(
        AWS,
        "cloudformation",
        *deploy,
        "--capabilities",
        "CAPABILITY_IAM",
        "--parameter-overrides",
        f"Architecture={architecture()}",
    )
    _holds(place, "aws cloudformation package and deploy")


def _sam_deploy(place: _Place, tools: Tools, binaries: Path) -> None:
    template = _built(place, binaries)
    shutil.copyfile(REPOSITORY / "samconfig.toml", place.folder / "samconfig.toml")
    command = ("deploy", "--config-env", "ci", "--template", template)
    place.run(tools.sam, *command, "--parameter-overrides", f"Architecture={architecture()}")
    _holds(place, "sam deploy --config-env ci, with a closed stdin")
    place.run(tools.sam, *command, "--parameter-overrides", f"Architecture={architecture()}")
    CLAIMS.tell("sam deploy --config-env ci: a second run changes nothing and does not fail", True)


def _sam_sync(place: _Place, tools: Tools, binaries: Path) -> None:
    template = _built(place, binaries)
    command = ("sync", "--no-watch", "--no-dependency-layer", "--template", template, "--stack-name", "cfn-secrets")
    where = ("--s3-bucket", BUCKET, "--capabilities", "CAPABILITY_IAM")
    # It asks whether the stack is one for development, whatever it is told.
    place.run(tools.sam, *command, *where, "--parameter-overrides", f"Architecture={architecture()}", stdin="<<<y")
    _holds(place, "sam sync")


def _sceptre(place: _Place, tools: Tools, pair: Pair) -> None:
    project = place.folder / "sceptre"
    (project / "config/dev").mkdir(parents=True)
    (project / "templates").mkdir()
    shutil.copyfile(EXAMPLE, project / "templates/rds-mysql.yaml")
    (project / "config/config.yaml").write_text(f"project_code: acme\nregion: {REGION}\n")
    shop = project / "config/dev/shop.yaml"
    text = "template: {path: rds-mysql.yaml, type: file}\nparameters: {Environment: dev, RotationTrigger: '1'}\n"
    shop.write_text(text)
    place.run(tools.sceptre, "--dir", project, "launch", "--yes", "dev")
    first = pair.get(StackName="acme-dev-shop", Env="dev")
    CLAIMS.tell("sceptre: launches an example, whose stack has its name", first)
    outputs = place.run(tools.sceptre, "--dir", project, "list", "outputs", "dev/shop.yaml")
    CLAIMS.check("sceptre: lists its outputs", "acme-dev-shop/dev/" in outputs, outputs)
    shop.write_text(text.replace("'1'", "'2'"))
    place.run(tools.sceptre, "--dir", project, "launch", "--yes", "dev")
    CLAIMS.tell("sceptre: rotates it", pair.get(StackName="acme-dev-shop", Env="dev") not in (first, None))
    place.run(tools.sceptre, "--dir", project, "delete", "--yes", "dev")


def _aws_deploy(place: _Place, pair: Pair) -> None:
    alone = place.folder / "example"
    alone.mkdir()
    shutil.copyfile(EXAMPLE, alone / EXAMPLE.name)
    place.run(AWS, "cloudformation", "deploy", "--template-file", alone / EXAMPLE.name, "--stack-name", "blog")
    CLAIMS.tell("aws cloudformation deploy: an example alone", pair.get(StackName="blog", Env="dev"))
    place.run(AWS, "cloudformation", "delete-stack", "--stack-name", "blog")


def _osls(place: _Place, tools: Tools, pair: Pair) -> None:
    """A service whose resources are those of an example."""
    service = place.folder / "service"
    service.mkdir()
    found = re.search(r"^Resources:\n(.*?)(?=^\S)", EXAMPLE.read_text(), re.M | re.S)
    CLAIMS.check("the example has resources", found)
    resources = found[1] if found else ""
    resources = resources.replace("!Ref Environment", "dev").replace("!Ref RotationTrigger", "'1'")
    (service / "serverless.yml").write_text(
        "service: news\nframeworkVersion: '*'\n"
        f"provider: {{name: aws, region: {REGION}, stage: dev, deploymentBucket: {{name: {BUCKET}}}}}\n"
        "resources:\n  Resources:\n" + "".join(f"  {line}\n" for line in resources.splitlines())
    )
    place.folder = service
    place.run(tools.node, tools.osls, "deploy")
    first = pair.get(StackName="news-dev", Env="dev")
    CLAIMS.tell("osls: deploys a service with a secret", first)
    file = service / "serverless.yml"
    file.write_text(file.read_text().replace("RotationTrigger: '1'", "RotationTrigger: '2'"))
    place.run(tools.node, tools.osls, "deploy")
    CLAIMS.tell("osls: rotates it", pair.get(StackName="news-dev", Env="dev") not in (first, None))
    place.run(tools.node, tools.osls, "remove")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
