"""Does what docs/install.md says from a Debian that has the AWS CLI and no compiler, and tells how long it takes.

    python -m tools.bare DIST FOLDER

FOLDER keeps that Debian; debootstrap makes it there, once, and wants root. The cloud is ministack, outside of it: the
pair is deployed, an example goes on top, is rotated and deleted. Exit status 1 and the claim that does not hold, or 0.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from tools import ministack
from tools.claims import Claims
from tools.install import blocks, for_this_machine
from tools.ministack import Cloud
from tools.processes import Word
from tools.stacks import Stack

CLAIMS = Claims("bare Debian")
SUITE = "trixie"  # whose AWS CLI is the oldest of a Debian that knows AWS_ENDPOINT_URL
COMPILES = ("cargo", "rustc", "cc", "gcc", "clang", "zig", "make", "sam", "pip", "node")
RELEASE = "root/release"


def main(dist: Path, folder: Path) -> None:
    debian = _Debian(folder / SUITE)
    found = debian.run(f"for program in {' '.join(COMPILES)}; do command -v $program || true; done")
    CLAIMS.tell(f"it has no {', '.join(COMPILES)}", not found, found)
    debian.receive(dist)
    with ministack.running() as cloud:
        _installed(debian, cloud)


def _installed(debian: "_Debian", cloud: Cloud) -> None:
    began = time.monotonic()

    def do(what: str, script: str) -> str:
        started = time.monotonic()
        said = debian.run(f"cd /{RELEASE}\n{script}", cloud.environment())
        print(f"{time.monotonic() - started:6.1f} s  {what}", flush=True)
        return said

    checksums, install, example, rotation, _, command = blocks()
    do("the checksums", checksums)
    do("a bucket, the archives, the pair", for_this_machine(install))
    do("an example on top", example)
    print(f"{time.monotonic() - began:6.1f} s  until a database has a password of its own", flush=True)
    pair, shop = Stack(cloud, "cfn-secrets"), Stack(cloud, "shop")
    first = shop.physical_id("DbSecret")
    do("another password", rotation)
    CLAIMS.tell("an example is deployed and rotated", shop.physical_id("DbSecret") != first)
    told = do("the command: what there is, and the password", command.replace("TABLE", pair.outputs()["TableName"]))
    CLAIMS.check("the command lists the secret", "shop" in told, told)
    for stack in (shop, pair):
        do(f"{stack.name} deleted", _deleted(stack.name))
    left = cloud.cloudformation.list_stacks(StackStatusFilter=["CREATE_COMPLETE", "UPDATE_COMPLETE"])
    CLAIMS.tell("both are deleted", not left["StackSummaries"])


def _deleted(stack: str) -> str:
    aws = "aws cloudformation"
    return f"{aws} delete-stack --stack-name {stack}\n{aws} wait stack-delete-complete --stack-name {stack}"


class _Debian:
    """A Debian of its own: Debian's smallest, and its package of the AWS CLI."""

    def __init__(self, root: Path) -> None:
        self._root = root.absolute()
        made = self._root / "made"
        if not made.exists():
            self._make()
            made.touch()

    def run(self, script: str, variables: Mapping[str, str] | None = None) -> str:
        own = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "DEBIAN_FRONTEND": "noninteractive"}
        environment = own | dict(variables or {})
        inside: list[Word] = ["unshare", "--mount", "--pid", "--fork", f"--mount-proc={self._root}/proc"]
        inside += ["chroot", self._root, "bash", "-euo", "pipefail", "-c", script]
        done = subprocess.run(inside, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{script}\nended with {done.returncode}:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
        return done.stdout

    def receive(self, dist: Path) -> None:
        """The release, and nothing of an earlier user."""
        shutil.rmtree(self._root / "root")
        (self._root / "root").mkdir()
        shutil.copytree(dist, self._root / RELEASE)

    def _make(self) -> None:
        if os.geteuid() != 0 or not shutil.which("debootstrap"):
            sys.exit("a Debian of its own wants root and debootstrap (apt-get install debootstrap)")
        shutil.rmtree(self._root, ignore_errors=True)
        self._root.mkdir(parents=True)
        print(f"Debian {SUITE}: some minutes, once", flush=True)
        debootstrap: list[Word] = ["debootstrap", "--variant=minbase", "--include=ca-certificates", SUITE, self._root]
        if subprocess.run(debootstrap, stdout=subprocess.DEVNULL).returncode != 0:
            sys.exit(f"debootstrap failed; {self._root}/debootstrap/debootstrap.log says why")
        started = time.monotonic()
        self.run("apt-get install --yes --no-install-recommends awscli")
        print(f"{time.monotonic() - started:6.1f} s  apt-get install awscli", flush=True)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
