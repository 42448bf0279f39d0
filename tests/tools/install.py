"""Holds docs/install.md to its word: runs what it says to run, from the folder dist/ and without a compiler.

    python -m tools.install DIST

The cloud is ministack. The commands find the AWS CLI, what the page installs and the programs of any Unix, and no
cargo, sam or checkout. The pair is deployed from a stack with a name that StackSets make, an example goes on top, is
rotated and deleted. Exit status 1 and the claim that does not hold, or 0.
"""

import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tools import ministack
from tools.claims import Claims
from tools.ministack import Cloud
from tools.pair import architecture
from tools.paths import ENVIRONMENT, REPOSITORY
from tools.stacks import Stack

PAGE = REPOSITORY / "docs/install.md"
BLOCK = re.compile(r"<!-- not run: make test-dist does -->\n```sh\n(.*?)^```$", re.M | re.S)
OF_A_STACK_SET = "StackSet-CustomControlTower-cfn-secrets-5d3f0b6a-2c41-4e8e-9a57-0c1b2d3e4f50"
LONGEST_FUNCTION = 64
CLAIMS = Claims("docs/install.md")


def main(dist: Path) -> None:
    blocks = BLOCK.findall(PAGE.read_text())
    CLAIMS.check("it has its three blocks: checksums, the pair, the command", len(blocks) == 3)
    with ministack.running() as cloud, tempfile.TemporaryDirectory() as home:
        folder = Path(home, "release")
        shutil.copytree(dist, folder)
        shutil.copyfile(REPOSITORY / "examples/rds-mysql.yaml", Path(home, "rds-mysql.yaml"))
        run = _Shell(cloud, folder, Path(home))
        checksums, install, command = blocks
        run(checksums)
        started = time.monotonic()
        run(_here(install))
        print(f"the pair stands {time.monotonic() - started:.1f} s after the first command", flush=True)
        pair = Stack(cloud, OF_A_STACK_SET)
        names = [function["FunctionName"] for function in cloud.functions.list_functions()["Functions"]]
        CLAIMS.tell(
            "both functions are called by the pair", sorted(names) == ["cfn-secrets-generator", "cfn-secrets-getter"]
        )
        CLAIMS.check("and fit Lambda", all(len(name) <= LONGEST_FUNCTION for name in names))
        CLAIMS.tell("the stack's outputs name its logs", "GeneratorLogGroup" in pair.outputs())

        run("aws cloudformation deploy --stack-name shop --template-file ../rds-mysql.yaml")
        shop = Stack(cloud, "shop")
        first = shop.physical_id("DbSecret")
        run(
            "aws cloudformation deploy --stack-name shop --template-file ../rds-mysql.yaml"
            " --parameter-overrides RotationTrigger=2"
        )
        CLAIMS.tell("an example is deployed and rotated", shop.physical_id("DbSecret") != first)
        told = run(command.replace("TABLE", pair.outputs()["TableName"]))
        CLAIMS.tell("the command shows what there is, and the password", re.search(r"^.{32}$", told, re.M))
        run("aws cloudformation delete-stack --stack-name shop")
        run("aws cloudformation delete-stack --stack-name " + OF_A_STACK_SET)


def _here(install: str) -> str:
    """For this machine's architecture, from a stack that StackSets named."""
    install = install.replace("--stack-name cfn-secrets", f"--stack-name {OF_A_STACK_SET}")
    return install.replace("--parameter-overrides ", f"--parameter-overrides Architecture={architecture()} ")


class _Shell:
    """Runs a script as a user does who has unpacked a release and has the AWS CLI."""

    def __init__(self, cloud: Cloud, folder: Path, home: Path) -> None:
        self._folder = folder
        programs = home / "bin"
        programs.mkdir()
        (programs / "aws").symlink_to(ENVIRONMENT / "aws")
        path = f"{programs}:{home}/.local/bin:/usr/bin:/bin"
        self._environment = {"PATH": path, "HOME": str(home)} | cloud.environment()

    def __call__(self, script: str) -> str:
        done = self.whatever(script)
        if done.returncode != 0:
            sys.exit(f"{script}\nended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout

    def whatever(self, script: str) -> subprocess.CompletedProcess[str]:
        command = ["bash", "-euo", "pipefail", "-c", script]
        return subprocess.run(command, cwd=self._folder, env=self._environment, capture_output=True, text=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
