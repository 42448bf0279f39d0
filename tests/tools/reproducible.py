"""Builds the functions of the checked-out commit twice, in two folders that share nothing, and compares the archives.

    python -m tools.reproducible [dist]

With `dist`, it is the whole release that is made twice, and its checksums are compared.

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
    made = _release if sys.argv[1:] == ["dist"] else _archives
    here = made(REPOSITORY, os.environ)
    with tempfile.TemporaryDirectory(prefix="reproducible-") as folder:
        checkout = Path(folder) / "some/where/else"
        subprocess.run(["git", "clone", "--quiet", REPOSITORY, checkout], check=True)
        there = made(checkout, os.environ | {"CARGO_TARGET_DIR": f"{folder}/target"})
    for name, digest in here.items():
        print(f"{name} {digest}{'' if there.get(name) == digest else f' BUT {there.get(name)}'}")
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


def _release(checkout: Path, environment: Mapping[str, str]) -> dict[str, str]:
    subprocess.run(["make", "dist"], cwd=checkout, env=environment, check=True)
    sums = (checkout / "dist/SHA256SUMS").read_text().splitlines()
    return {name: digest for digest, name in (line.split("  ") for line in sums)}


if __name__ == "__main__":
    main()
