"""Builds both functions for arm64, the default of the template, and sends each of them an event.

A machine of another architecture runs them under qemu, with Debian's C library for arm64 in target/arm64-root. Lambda
is `runtime_api`, the cloud is ministack. Exit status 1 and the claim that does not hold, or 0: also where the tools
cannot be had, which is said.
"""

import json
import platform
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tools import ministack, pair
from tools.claims import Claims
from tools.ministack import Cloud
from tools.paths import REPOSITORY, TARGET
from tools.processes import Word
from tools.runtime_api import Lambda

TABLE = "cfn-secrets"
TIMEOUT = 120  # seconds; an event takes less than one, more where the machine is busy
STOP_TIMEOUT = 10
AARCH64 = 183  # e_machine in the header of an ELF file
CLAIMS = Claims()


class NoTools(Exception):
    """Something that compiles or runs programs for arm64 cannot be had here."""


def main() -> None:
    try:
        _toolchain()
        emulator = _emulator()
    except NoTools as reason:
        print(f"!! SKIPPED: the functions for arm64: {reason}")
        return
    subprocess.run(["make", "build", "ARCHITECTURE=arm64"], cwd=REPOSITORY, check=True)
    with ministack.running() as cloud:
        key = cloud.create_table_and_key(TABLE)
        variables = {"KMS_KEY_ID": key, "RECOVERY_WINDOW_IN_DAYS": "30"}
        answer, _ = _invoke("generator", emulator, cloud, {}, variables)
        CLAIMS.tell("it hands out no password", "password" not in answer["Data"])
        answer, logged = _invoke("getter", emulator, cloud, {"SecretId": answer["PhysicalResourceId"]}, {})
        password = answer["Data"]["password"]
        hidden = answer["NoEcho"] is True
        CLAIMS.tell("it hands out a password of 32 characters, to be hidden", len(password) == 32 and hidden)
        CLAIMS.tell("it logs, and not that", logged and password not in logged)


def _toolchain() -> None:
    """Whether the functions can be compiled: what `make build` installs where this machine has another architecture."""
    if platform.system() != "Linux":
        raise NoTools("qemu runs programs for Linux on Linux only")
    if pair.architecture() == "arm64":
        return
    if not shutil.which("rustup"):
        raise NoTools("no rustup, which installs Rust's standard library for arm64")
    _tool(["rustup", "target", "add", "aarch64-unknown-linux-gnu"], REPOSITORY)
    _tool(["tests/venv.sh", ".venv-cross", "requirements-cross.txt"], REPOSITORY)


def _emulator() -> list[Word]:
    """The command before that of an arm64 program; empty on arm64."""
    if pair.architecture() == "arm64":
        return []
    qemu = shutil.which("qemu-aarch64-static") or shutil.which("qemu-aarch64")
    if not qemu:
        raise NoTools("no qemu-aarch64-static (apt-get install qemu-user-static)")
    root = TARGET / "arm64-root"
    if not root.exists():
        _c_library(root)
    return [qemu, "-L", root]


def _c_library(root: Path) -> None:
    """Unpacks Debian's C library for arm64 into `root`, by an apt of its own: this machine's stays without arm64."""
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        raise NoTools("no apt-get and dpkg-deb, which fetch the C library for arm64")
    root.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="arm64-root-", dir=root.parent) as temporary:
        folder = Path(temporary)
        options = {
            "Dir::State": f"{folder}/state",
            "Dir::State::status": "/dev/null",
            "Dir::Cache": f"{folder}/cache",
            "APT::Architecture": "arm64",
            "APT::Architectures": "arm64",
            "APT::Sandbox::User": "root",
        }
        apt = ["apt-get", "-q", *(word for name, value in options.items() for word in ("-o", f"{name}={value}"))]
        for part in ("state/lists/partial", "cache/archives/partial"):
            (folder / part).mkdir(parents=True)
        _tool([*apt, "update"], folder)
        _tool([*apt, "download", "libc6", "libgcc-s1"], folder)
        for package in folder.glob("*.deb"):
            subprocess.run(["dpkg-deb", "-x", package, folder / "root"], check=True)
        if not (folder / "root/lib").exists():  # a newer Debian has all of it in usr/lib
            (folder / "root/lib").symlink_to("usr/lib")
        (folder / "root").rename(root)


def _tool(command: Sequence[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise NoTools(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout[-2000:]}")


def _binary(name: str) -> Path:
    """The path of a function as sam uploads it."""
    path = pair.built(name)
    with path.open("rb") as file:
        header = file.read(20)
    CLAIMS.tell(f"the {name} is a program for arm64", header[:4] == b"\x7fELF" and header[18] == AARCH64)
    return path


def _invoke(
    name: str, emulator: list[Word], cloud: Cloud, properties: dict[str, str], variables: dict[str, str]
) -> tuple[dict[str, Any], str]:
    """Sends the function the Create of events/ with these properties; its answer to CloudFormation, and its log."""
    command = [*emulator, _binary(name)]
    event = json.loads((REPOSITORY / f"events/{name}-create.json").read_text())
    event["ResourceProperties"] |= properties
    with Lambda(event, TIMEOUT) as service, tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "log")
        environment = {
            "AWS_LAMBDA_RUNTIME_API": service.address,
            "AWS_LAMBDA_FUNCTION_NAME": f"cfn-secrets-{name}",
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
            "AWS_REGION": ministack.REGION,
            "TABLE_NAME": TABLE,
            "LOG_LEVEL": "debug",
        }
        started = time.monotonic()
        with _running(command, cloud.environment() | environment | variables, log, service):
            heard = service.wait_for_answer()
        logged = log.read_text(errors="replace")
    if set(heard) != {"response", "done"}:
        sys.exit(f"the {name} did not answer, or said otherwise: {sorted(heard)}; it logged:\n{logged[-3000:]}")
    print(f"the {name} answered in {time.monotonic() - started:.1f} s", flush=True)
    answer = json.loads(heard["response"])
    CLAIMS.tell(f"the {name} answers SUCCESS", answer["Status"] == "SUCCESS", answer.get("Reason"))
    same = ("StackId", "RequestId", "LogicalResourceId")
    CLAIMS.tell("it answers what it was asked", all(answer[field] == event[field] for field in same))
    CLAIMS.tell("it speaks of version 1", answer["Data"]["Version"] == "1")
    return answer, logged


@contextmanager
def _running(command: Sequence[Word], environment: Mapping[str, str], log: Path, service: Lambda) -> Iterator[None]:
    """Runs a program and tells the service how it ended; stops it by its id."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
    watcher = threading.Thread(target=lambda: service.heard.put(("exit", str(process.wait()))))
    watcher.start()
    try:
        yield
    finally:
        process.kill()
        watcher.join(STOP_TIMEOUT)


if __name__ == "__main__":
    main()
