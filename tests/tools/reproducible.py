"""Builds the functions of the checked-out commit twice, in two folders that share nothing, and compares the archives.

    python -m tools.reproducible [dist]

With `dist`, it is the whole release, and every file of it is compared; one that `make dist` has left in dist/ is the
first of the two, whatever commit it was made of.

The toolchain and CARGO_HOME are the same for both: panics name the files of the crates in there. So are the tools that
make installs for itself.
"""

import hashlib
import io
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

from tools.dist import COMMIT, digests
from tools.paths import REPOSITORY, TARGET

A_COMMIT = re.compile(r"[0-9a-f]{40}\n")
DIST = REPOSITORY / "dist"

# Builds in a checkout with an environment, and returns the SHA-256 of each file that is compared.
Maker = Callable[[Path, Mapping[str, str]], dict[str, str]]


def main() -> None:
    made: Maker = _release if sys.argv[1:] == ["dist"] else _archives
    here, commit = _left_in_dist() if made is _release and (DIST / COMMIT).exists() else _made_here(made)
    there = _made_again(made, commit)
    for name in sorted(here | there):
        same = here.get(name) == there.get(name)
        print(f"{name} {here.get(name)}{'' if same else f' BUT {there.get(name)}'}")
    if here != there:
        sys.exit("another folder gives other bytes")
    print(f"{len(here)} files are the same, byte by byte, out of two folders with {commit}")


def _left_in_dist() -> tuple[dict[str, str], str]:
    commit = (DIST / COMMIT).read_text()
    if not A_COMMIT.fullmatch(commit):
        sys.exit(f"dist/ was made of {commit.strip()}; commit them, and `make dist`")
    return digests(DIST), commit.strip()


def _made_here(made: Maker) -> tuple[dict[str, str], str]:
    if _git("status", "--porcelain"):
        sys.exit("the checkout has changes; commit them first")
    return made(REPOSITORY, os.environ), _git("rev-parse", "HEAD")


def _made_again(made: Maker, commit: str) -> dict[str, str]:
    with tempfile.TemporaryDirectory(prefix="reproducible-") as folder:
        checkout, target, tools = Path(folder, "some/where/else"), Path(folder, "target"), TARGET / "tools"
        _git("clone", "--quiet", "--no-checkout", str(REPOSITORY), str(checkout))
        _git("checkout", "--quiet", commit, where=checkout)
        target.mkdir()
        tools.mkdir(parents=True, exist_ok=True)
        (target / "tools").symlink_to(tools)
        return made(checkout, os.environ | {"CARGO_TARGET_DIR": str(target)})


def _git(*arguments: str, where: Path = REPOSITORY) -> str:
    return subprocess.check_output(["git", *arguments], cwd=where, text=True).strip()


def _archives(checkout: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """What sam uploads for each function: the file with its time and mode."""
    subprocess.run(["make", "build"], cwd=checkout, env=environment, check=True)
    found = {}
    for path in sorted((checkout / ".aws-sam/build").glob("*/bootstrap")):
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as writer:
            writer.write(path, "bootstrap")
        found[path.parent.name] = hashlib.sha256(archive.getvalue()).hexdigest()
    return found


def _release(checkout: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """All of dist/."""
    subprocess.run(["make", "dist"], cwd=checkout, env=environment, check=True)
    return digests(checkout / "dist")


if __name__ == "__main__":
    main()
