"""What reads a file of variables: each reader says which values it finds under which names."""

import base64
import csv
import json
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path

import honcho.environ
import yaml
from dotenv import dotenv_values
from ruamel.yaml import YAML

from tools.consumers import docker_client, postgres, programs, servers, systemd, terraform
from tools.paths import REPOSITORY
from tools.processes import Word

Found = dict[str, str]

Read = Callable[[Path], Found]
"""Reads a file; what it finds beside what was written does not matter."""

BIN = Path(sys.prefix, "bin")


def all_of(formats_program: Path) -> Mapping[str, Mapping[str, Read]]:
    """The readers of each format, named with their versions; for dotenv, of each dialect."""
    shells = {
        f"bash {_release('bash', '--version')}": _shell("bash"),
        f"dash {_debian_package('dash')}": _shell("dash"),
        f"busybox {_release('busybox', '--help')}": _shell("busybox", "sh"),
    }
    unit = {f"systemd {_release('systemctl', '--version', r'[0-9]+')}": lambda file: systemd.environment(_text(file))}
    node = {
        f"Node.js {_release(programs.NODE, '--version')}": _node,
        f"npm dotenv {_npm('dotenv')}": _by_npm("dotenv"),
    }
    python = {f"python-dotenv {_python('python-dotenv')}": lambda file: _texts(dotenv_values(file))}
    dotenvy = {
        f"dotenvy {_dotenvy()}": lambda file: _json(programs.printed([formats_program, "dotenvy"], _text(file))),
        f"uv {_python('uv')}": _uv,
        f"just {_python('rust-just')}": _just,
    }
    others = {
        f"honcho {_python('honcho')}": lambda file: dict(honcho.environ.parse(_text(file))),
        f"direnv {_release('direnv', 'version')}": lambda file: _json(
            programs.printed(["direnv", "dotenv", "json", file])
        ),
    }
    return {
        "dotenv, common": shells | unit | node | python | dotenvy | others,
        "dotenv, shell": shells,
        "dotenv, systemd": unit,
        "dotenv, docker": {f"docker {_release(docker_client.PROGRAM, '--version')}": docker_client.environment},
        "dotenv, node": node,
        "dotenv, python": python,
        "dotenv, dotenvy": dotenvy,
        "shell": shells,
        "json": {
            "Python": lambda file: _json(_text(file)),
            f"jq {_release('jq', '--version')}": lambda file: _json(programs.printed(["jq", ".", file])),
        },
        "yaml": {
            f"PyYAML {_python('pyyaml')}": lambda file: _texts(yaml.safe_load(_text(file))),
            f"ruamel.yaml {_python('ruamel.yaml')}": lambda file: _texts(YAML(typ="safe").load(_text(file))),
            f"npm yaml {_npm('yaml')}": _by_npm("yaml"),
            f"npm js-yaml {_npm('js-yaml')}": _by_npm("js-yaml"),
        },
        "csv": {
            "Python": _csv,
            f"npm csv-parse {_npm('csv-parse')}": _by_npm("csv-parse"),
            f"PostgreSQL {_release('psql', '--version', r'[0-9]+')} `COPY`": _postgres,
        },
        "tfvars": terraform.readers(),
        "tfvars-json": terraform.readers(),
        "properties": {f"Java {_release('java', '-version', r'[0-9]+')}": _java},
    }


def _shell(*shell: str) -> Read:
    # An environment of its own, so that no name of this machine's stands in the way.
    return lambda file: _environment([*shell, "-c", 'set -a; . "$0"; exec /usr/bin/env -0', file])


def _node(file: Path) -> Found:
    script = "process.stdout.write(JSON.stringify(process.env))"
    return _json(programs.printed([programs.NODE, f"--env-file={file}", "-e", script]))


def _uv(file: Path) -> Found:
    return _environment([BIN / "uv", "run", "--no-project", "--offline", "--env-file", file, "--", "env", "-0"])


def _just(file: Path) -> Found:
    justfile = file.with_name("justfile")
    justfile.touch()
    return _environment([BIN / "just", "--justfile", justfile, "--dotenv-path", file, "--command", "env", "-0"])


def _direnv(file: Path) -> Found:
    return _json(programs.printed(["direnv", "dotenv", "json", file]))


def _environment(command: list[Word]) -> Found:
    settings = programs.ENVIRONMENT | {"HOME": "/nonexistent"}
    done = subprocess.run(command, env=settings, capture_output=True, timeout=programs.TIMEOUT)
    if done.returncode != 0:
        sys.exit(f"{command[0]} ended with {done.returncode}:\n{done.stderr.decode()}")
    return dict(line.split("=", 1) for line in done.stdout.decode().split("\0") if line)


def _by_npm(reader: str) -> Read:
    return lambda file: _texts(programs.node("variables.mjs", {"reader": reader, "text": _text(file)}))


def _csv(file: Path) -> Found:
    with file.open(newline="") as lines:
        return {row["name"]: row["value"] for row in csv.DictReader(lines)}


def _postgres(file: Path) -> Found:
    with servers.folder() as folder, postgres.running(folder) as server:
        return _texts(server.copied(file.read_bytes()))


def _java(file: Path) -> Found:
    lines = programs.java("Variables.java", file.read_text().splitlines())
    texts = [base64.b64decode(line).decode() for line in lines]
    return dict(zip(texts[::2], texts[1::2], strict=True))


def _text(file: Path) -> str:
    """As it is: `read_text` makes a newline of every carriage return."""
    return file.read_bytes().decode()


def _json(text: str) -> Found:
    return _texts(json.loads(text))


def _texts(found: Mapping[str, object]) -> Found:
    """Values that are no texts as what they became."""
    return {name: value if isinstance(value, str) else repr(value) for name, value in found.items()}


def _release(program: Word, option: str, number: str = r"[0-9]+\.[0-9]+") -> str:
    """The version of a program, without the part that Debian raises within a release."""
    done = programs.run([program, option])
    found = re.search(number, done.stdout + done.stderr)
    return found[0] if found else ""


def _debian_package(package: str) -> str:
    return programs.printed(["dpkg-query", "-W", "-f", "${source:Upstream-Version}", package])


def _python(package: str) -> str:
    return _short(version(package))


def _npm(package: str) -> str:
    lock = json.loads((programs.HERE / "node/package-lock.json").read_text())["packages"]
    return _short(lock[f"node_modules/{package}"]["version"])


def _dotenvy() -> str:
    lock = (REPOSITORY / "Cargo.lock").read_text()
    found = re.search(r'name = "dotenvy"\nversion = "([^"]+)"', lock)
    return _short(found[1]) if found else ""


def _short(number: str) -> str:
    return ".".join(number.split(".")[:2])
