"""Builds the functions of the checked-out commit twice, in two folders that share nothing, and compares the archives.

The toolchain and CARGO_HOME are the same for both: panics name the files of the crates in there.
"""

import hashlib
import io
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from tools.paths import REPOSITORY


def main() -> None:
    if subprocess.check_output(["git", "status", "--porcelain"], cwd=REPOSITORY):
        sys.exit("the checkout has changes; commit them first")
    here = _archives(REPOSITORY, os.environ)
    with tempfile.TemporaryDirectory(prefix="reproducible-") as folder:
        checkout = Path(folder) / "some/where/else"
        subprocess.run(["git", "clone", "--quiet", REPOSITORY, checkout], check=True)
        there = _archives(checkout, os.environ | {"CARGO_TARGET_DIR": f"{folder}/target"})
    for function, digest in here.items():
        print(f"{function} {digest}{'' if there[function] == digest else ' BUT ' + there[function]}")
    if here != there:
        sys.exit("another folder gives other bytes")


def _archives(checkout: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """Builds, and returns function -> SHA-256 of what sam uploads for it: the file with its time and mode."""
    subprocess.run(["make", "build"], cwd=checkout, env=environment, check=True)
    found = {}
    for path in sorted((checkout / ".aws-sam/build").glob("*/bootstrap")):
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as writer:
            writer.write(path, "bootstrap")
        found[path.parent.name] = hashlib.sha256(archive.getvalue()).hexdigest()
    return found


if __name__ == "__main__":
    main()
