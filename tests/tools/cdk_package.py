"""Puts together the folder that the packages of the CDK's constructs are made of: what jsii compiled, and the archives.

    python -m tools.cdk_package release DIST FOLDER
    python -m tools.cdk_package debug BINARIES FOLDER
    python -m tools.cdk_package stubs FOLDER

For a release, the template and the archives are those of dist/. For tests they are made of debug builds, for this
machine's architecture alone, into a folder whose name says so; the stubs are the archives alone, with nothing in them.
"""

import shutil
import sys
from pathlib import Path

from tools.dist import as_json, write_archives
from tools.pair import architecture
from tools.paths import REPOSITORY
from tools.translated import archive, translated

SOURCE = REPOSITORY / "cdk"
COMPILED = ("lib", ".jsii", "package.json", "README.md", "API.md")
LICENCES = ("LICENSE-APACHE", "LICENSE-MIT")
TEMPLATE = REPOSITORY / "template.yaml"
ARCHITECTURES = ("arm64", "x86_64")


def main(kind: str, *words: str) -> None:
    folder = Path(words[-1])
    if kind == "stubs":
        _stubs(_empty(folder))
        return
    _empty(folder)
    for name in COMPILED:
        copy = shutil.copytree if (SOURCE / name).is_dir() else shutil.copyfile
        copy(SOURCE / name, folder / name)
    for name in LICENCES:
        shutil.copyfile(REPOSITORY / name, folder / name)
    archives = _empty(folder / "archives")
    if kind == "release":
        _released(Path(words[0]), archives)
    else:
        template = translated(TEMPLATE)
        (archives / "template.json").write_text(as_json(template))
        write_archives(template, Path(words[0]), architecture(), archives)
    (folder / "node_modules").symlink_to(SOURCE / "node_modules")  # jsii-pacmak looks there for what it depends on


def _empty(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _released(dist: Path, archives: Path) -> None:
    for name in ("template.json", *(archive(function, of) for function in _functions() for of in ARCHITECTURES)):
        if not (dist / name).exists():
            sys.exit(f"{dist} has no {name}: make dist")
        shutil.copyfile(dist / name, archives / name)


def _stubs(folder: Path) -> None:
    (folder / "template.json").write_text(as_json(translated(TEMPLATE)))
    for function in _functions():
        for of in ARCHITECTURES:
            (folder / archive(function, of)).write_text("a stub\n")


def _functions() -> list[str]:
    resources = translated(TEMPLATE)["Resources"]
    return [name for name, of in resources.items() if of["Type"] == "AWS::Lambda::Function"]


if __name__ == "__main__":
    main(*sys.argv[1:])
