"""A container engine for `sam local invoke`, and an image for it to run functions in where none can be pulled."""

import ipaddress
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tools import processes
from tools.processes import Word

START_TIMEOUT = 60  # seconds; it takes three

BRIDGE = Path("/sys/class/net/docker0")

# What sam's own layer on top of the image runs while it is built.
PROGRAMS = ("sh", "mv", "chmod")


class NoEngine(Exception):
    """There is no container engine here, and none can be started."""


@contextmanager
def running() -> Iterator[tuple[str, bool]]:
    """Yields the value of DOCKER_HOST for an engine, and whether it is ours: not where the user's own answers."""
    user = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    if shutil.which("docker") and _answers(user):
        yield user, False
        return
    if not shutil.which("dockerd") or not shutil.which("docker") or os.geteuid() != 0:
        raise NoEngine(
            "no container engine answers, and starting one needs root and dockerd (apt-get install docker.io)"
        )
    # Under /tmp and not in target/: the path of a Unix socket has room for 107 bytes.
    with (
        tempfile.TemporaryDirectory(prefix="cfn-secrets-docker-", ignore_cleanup_errors=True) as folder,
        _own(Path(folder)) as host,
    ):
        yield host, True


@contextmanager
def _own(folder: Path) -> Iterator[str]:
    """dockerd with its state in `folder`, which leaves the firewall of this machine alone: nothing leads outside."""
    host = f"unix://{folder}/docker.sock"
    state: list[Word] = ["--data-root", folder / "data", "--exec-root", folder / "exec", "--pidfile", folder / "pid"]
    network = ["--iptables=false", "--ip6tables=false", "--ip-masq=false"]
    had_bridge = BRIDGE.exists()
    try:
        with processes.running(
            ["dockerd", *state, "--host", host, *network],
            lambda: _answers(host),
            folder=folder,
            timeout=START_TIMEOUT,
        ):
            yield host
    except processes.NotStarted as reason:
        raise NoEngine(str(reason)) from reason
    finally:
        if not had_bridge and shutil.which("ip"):
            subprocess.run(["ip", "link", "delete", BRIDGE.name], capture_output=True)


def stand_in(host: str, image: str, binaries: Sequence[Path]) -> None:
    """Imports `image`: this machine's C library, the shared libraries that the binaries ask for, and nothing else.

    AWS's own image has glibc 2.34; the symbols that the binaries ask for are held against that elsewhere.
    """
    files = {Path("/bin") / name: Path(shutil.which(name) or f"/bin/{name}") for name in PROGRAMS}
    for program in [*files.values(), *binaries]:
        files |= {library: library for library in _libraries(program)}
    with tempfile.TemporaryFile() as archive:
        with tarfile.open(fileobj=archive, mode="w") as tar:
            for name, source in files.items():
                tar.add(source.resolve(), arcname=str(name))
            for folder in ("tmp", "var/task", "var/runtime", "var/rapid"):
                entry = tarfile.TarInfo(folder)
                entry.type, entry.mode = tarfile.DIRTYPE, 0o1777 if folder == "tmp" else 0o755
                tar.addfile(entry)
            start = tarfile.TarInfo("var/runtime/bootstrap")  # what the emulator runs; in AWS's image it does the same
            start.type, start.linkname = tarfile.SYMTYPE, "/var/task/bootstrap"
            tar.addfile(start)
        archive.seek(0)
        command = ["docker", "--host", host, "import", "--change", "WORKDIR /var/task", "-", image]
        subprocess.run(command, stdin=archive, stdout=sys.stderr, check=True)


def gateway(host: str) -> str:
    """The address of this machine as a container sees it."""
    command = ["docker", "--host", host, "network", "inspect", "bridge"]
    inspected = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    network = json.loads(inspected)[0]["IPAM"]["Config"][0]
    # A dockerd that has just made its bridge names the subnet alone; the bridge has its first address.
    return network.get("Gateway") or str(next(ipaddress.ip_network(network["Subnet"]).hosts()))


def _libraries(program: Path) -> set[Path]:
    """The paths of the loader and of the shared libraries that a program asks for."""
    listing = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    return {Path(word) for line in listing.splitlines() for word in line.split() if word.startswith("/")}


def _answers(host: str) -> bool:
    return subprocess.run(["docker", "--host", host, "version"], capture_output=True).returncode == 0
