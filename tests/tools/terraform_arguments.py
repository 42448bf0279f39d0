"""Looks up what terraform/ and docs/terraform.md say to a resource of AWS in the types of a newer provider.

    python -m tools.terraform_arguments TYPES

TYPES is npm's archive of @cdktf/provider-aws, which was made of the provider's own schema: of 2025, where the provider
that tools.terraform runs is of 2021. It knows no `ephemeral` blocks. The modules must require a provider of its series.
Exit status 1 and what is not known, or 0.
"""

import re
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

from tools.paths import REPOSITORY

# Formatted as `terraform fmt` does it, a block ends at the margin, and what it says itself has two spaces before it.
BLOCK = re.compile(r'^(resource|data) "aws_(\w+)" "(\w+)" \{\n(.*?)^\}', re.M | re.S)
ARGUMENT = re.compile(r"^  (\w+) *(?:=|\{|\")", re.M)
MADE_OF = re.compile(r"hashicorp/aws provider version (\d+)\.")
REQUIRED = re.compile(r'^ +version += "(.*)"$', re.M)
TERRAFORMS_OWN = {"count", "depends_on", "dynamic", "for_each", "lifecycle", "provider"}


def main(types: Path) -> None:
    looked_up = 0
    with tarfile.open(types) as archive:
        unknown = [*_required_otherwise(f">= {_series(archive)}.0")]
        for where, kind, resource, arguments in _said():
            known = _known(archive, ("data-aws-" if kind == "data" else "") + resource.replace("_", "-"))
            looked_up += len(arguments)
            unknown += [f"{where}: {argument}" for argument in arguments if _camel(argument) not in known]
    if unknown or not looked_up:
        sys.exit("\n".join(["what the provider does not know:", *unknown]))
    print(f"terraform: {looked_up} arguments are those of a newer provider, too")


def _series(archive: tarfile.TarFile) -> str:
    """The first part of the version of the provider that the types were made of."""
    file = archive.extractfile("package/README.md")
    found = MADE_OF.search(file.read().decode() if file else "")
    return found[1] if found else "none"


def _required_otherwise(wanted: str) -> Iterator[str]:
    """Each file that requires another provider than the one whose types its arguments are looked up in."""
    for path in sorted((REPOSITORY / "terraform").rglob("*.tf")):
        for version in REQUIRED.findall(path.read_text()):
            if version != wanted:
                yield f"{path.relative_to(REPOSITORY)}: a provider {version}, where the types are of {wanted}"


def _said() -> Iterator[tuple[str, str, str, list[str]]]:
    for path in [*sorted((REPOSITORY / "terraform").rglob("*.tf")), REPOSITORY / "docs/terraform.md"]:
        for kind, resource, name, body in BLOCK.findall(path.read_text()):
            arguments = [word for word in ARGUMENT.findall(body) if word not in TERRAFORMS_OWN]
            dynamic = re.findall(r'^  dynamic "(\w+)"', body, re.M)
            yield f"{path.relative_to(REPOSITORY)}: aws_{resource}.{name}", kind, resource, arguments + dynamic


def _known(archive: tarfile.TarFile, module: str) -> set[str]:
    """The props of a resource's configuration."""
    try:
        file = archive.extractfile(f"package/lib/{module}/index.d.ts")
    except KeyError:
        return set()
    text = file.read().decode() if file else ""
    found = re.search(
        r"^export interface \w+Config extends cdktf\.TerraformMetaArguments \{\n(.*?)^\}", text, re.M | re.S
    )
    return set(re.findall(r"^    readonly (\w+)\??:", found[1] if found else "", re.M))


def _camel(argument: str) -> str:
    return re.sub(r"_(\w)", lambda letter: letter[1].upper(), argument)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
