"""Puts together what a release is made of: archives, translated templates, lists of parts, checksums.

    python -m tools.dist BINARIES PARTS FOLDER

BINARIES has a folder for each architecture, PARTS a CycloneDX list for each binary. The same binaries give the same
bytes: no file has a time, an owner or an order of its own.
"""

import gzip
import hashlib
import io
import json
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tools.pair import zipped
from tools.paths import REPOSITORY
from tools.translated import LICENCE, README, application, archive, translated

TEMPLATES = {
    "template.json": REPOSITORY / "template.yaml",
    "accounts-template.json": REPOSITORY / "apps/accounts/template.yaml",
}
APPLICATION = "serverless-application.json"
COMMIT = "COMMIT"
CHECKSUMS = "SHA256SUMS"
COMMAND = "cfn-secrets"
EXAMPLES, MODULES = "examples", "terraform"
BESIDE_THE_COMMAND = ("LICENSE-APACHE", "LICENSE-MIT", "docs/cli.md")
MOST_INLINE = 51_200  # bytes of a template that CloudFormation takes without a bucket


def main(binaries: Path, parts: Path, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    made = {name: translated(path) for name, path in TEMPLATES.items()}
    for name, template in made.items():
        text = as_json(template)
        if len(text) > MOST_INLINE:
            sys.exit(f"{name} has {len(text)} bytes; CloudFormation takes {MOST_INLINE} without a bucket")
        (folder / name).write_text(text)
    architectures = sorted(path.name for path in binaries.iterdir())
    for architecture in architectures:
        for template in made.values():
            write_archives(template, binaries / architecture, architecture, folder)
        command = _tarball({COMMAND: binaries / architecture / COMMAND} | _beside())
        (folder / f"{COMMAND}-linux-{architecture}.tar.gz").write_bytes(command)
    for name in (LICENCE, README):
        shutil.copyfile(REPOSITORY / name, folder / name)
    shutil.copytree(REPOSITORY / EXAMPLES, folder / EXAMPLES)
    shutil.copytree(REPOSITORY / MODULES, folder / MODULES, ignore=shutil.ignore_patterns(".terraform*", "*.tfstate*"))
    published = "arm64" if "arm64" in architectures else architectures[0]
    (folder / APPLICATION).write_text(as_json(application(TEMPLATES["template.json"], published)))
    for path in sorted(parts.glob("*.cdx.json")):
        # What is called by its place in this checkout is called so in every other.
        (folder / path.name).write_text(path.read_text().replace(f"file://{REPOSITORY}/", "file:///cfn-secrets/"))
    (folder / COMMIT).write_text(_commit())
    sums = digests(folder)
    (folder / CHECKSUMS).write_text("".join(f"{digest}  {name}\n" for name, digest in sums.items()))
    for name in sums:
        if not name.startswith((f"{EXAMPLES}/", f"{MODULES}/")):
            print(f"{(folder / name).stat().st_size:>10,} {name}")


def digests(folder: Path) -> dict[str, str]:
    """The SHA-256 of each file in a folder, by its path in there."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def write_archives(template: Mapping[str, Any], binaries: Path, architecture: str, folder: Path) -> None:
    """The code of each function of a translated template, called as the template calls it."""
    for function, of in template["Resources"].items():
        if of["Type"] == "AWS::Lambda::Function":
            name = archive(function, architecture)
            (folder / name).write_bytes(zipped(binaries / name.removesuffix(f"-{architecture}.zip")))


def as_json(template: Mapping[str, Any]) -> str:
    """A line for each parameter, resource and so on: small enough, and two versions of it can be compared."""
    sections = []
    for name, section in template.items():
        if isinstance(section, dict):
            entries = [f'"{key}":{json.dumps(of, separators=(",", ":"))}' for key, of in section.items()]
            sections.append(f'"{name}":{{\n' + ",\n".join(entries) + "\n}")
        else:
            sections.append(f'"{name}":{json.dumps(section)}')
    return "{" + ",\n".join(sections) + "}\n"


def _commit() -> str:
    """What all of it is made of, and whether that is what was committed."""
    commit = subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=REPOSITORY, text=True).strip()
    changed = subprocess.check_output(["git", "status", "--porcelain"], cwd=REPOSITORY)
    return commit + (" with changes" if changed else "") + "\n"


def _beside() -> dict[str, Path]:
    return {Path(name).name: REPOSITORY / name for name in BESIDE_THE_COMMAND}


def _tarball(files: Mapping[str, Path]) -> bytes:
    content = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=content, mode="wb", compresslevel=6, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w") as tar,
    ):
        for name, path in sorted(files.items()):
            entry = tarfile.TarInfo(name)
            entry.size = path.stat().st_size
            entry.mode = 0o755 if name == COMMAND else 0o644
            with path.open("rb") as file:
                tar.addfile(entry, file)
    return content.getvalue()


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
