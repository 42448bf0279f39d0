"""A container engine for `sam local invoke`, and an image for it to run functions in where none can be pulled."""

import ipaddress
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from contextlib import contextmanager

START_TIMEOUT = 60  # seconds; it takes three
STOP_TIMEOUT = 30

BRIDGE = pathlib.Path("/sys/class/net/docker0")

# What sam's own layer on top of the image runs while it is built.
PROGRAMS = ("sh", "mv", "chmod")


class NoEngine(Exception):
    """There is no container engine here, and none can be started."""


@contextmanager
def running():
    """Yields the value of DOCKER_HOST for an engine, and whether it is ours: not where the user's own answers."""
    user = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    if shutil.which("docker") and _answers(user):
        yield user, False
        return
    if not shutil.which("dockerd") or not shutil.which("docker") or os.geteuid() != 0:
        raise NoEngine("no container engine answers, and starting one needs root and dockerd (apt-get install docker.io)")
    # Under /tmp and not in target/: the path of a Unix socket has room for 107 bytes.
    with tempfile.TemporaryDirectory(prefix="cfn-secrets-docker-", ignore_cleanup_errors=True) as folder:
        with _own(pathlib.Path(folder)) as host:
            yield host, True


@contextmanager
def _own(folder):
    """dockerd with its state in `folder`, which leaves the firewall of this machine alone: nothing leads outside."""
    host, log = f"unix://{folder}/docker.sock", folder / "log"
    had_bridge = BRIDGE.exists()
    with open(log, "wb") as output:
        server = subprocess.Popen(
            ["dockerd", "--data-root", folder / "data", "--exec-root", folder / "exec", "--pidfile", folder / "pid",
             "--host", host, "--iptables=false", "--ip6tables=false", "--ip-masq=false"],
            stdout=output, stderr=output, cwd=folder,
        )
    try:
        deadline = time.monotonic() + START_TIMEOUT
        while not _answers(host):
            if server.poll() is not None or time.monotonic() > deadline:
                raise NoEngine(f"dockerd did not start:\n{log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.2)
        yield host
    finally:
        server.terminate()
        try:
            server.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        if not had_bridge and shutil.which("ip"):
            subprocess.run(["ip", "link", "delete", BRIDGE.name], capture_output=True)


def stand_in(host, image, binaries):
    """Imports `image`: this machine's C library, the shared libraries that the binaries ask for, and nothing else.

    AWS's own image has glibc 2.34; the symbols that the binaries ask for are held against that elsewhere.
    """
    files = {pathlib.Path("/bin") / name: pathlib.Path(shutil.which(name)) for name in PROGRAMS}
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
        changes = ["--change", "WORKDIR /var/task"]
        subprocess.run(["docker", "--host", host, "import", *changes, "-", image],
                       stdin=archive, stdout=sys.stderr, check=True)


def gateway(host):
    """The address of this machine as a container sees it."""
    command = ["docker", "--host", host, "network", "inspect", "bridge"]
    inspected = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    network = json.loads(inspected)[0]["IPAM"]["Config"][0]
    # A dockerd that has just made its bridge names the subnet alone; the bridge has its first address.
    return network.get("Gateway") or str(next(ipaddress.ip_network(network["Subnet"]).hosts()))


def _libraries(program):
    """The paths of the loader and of the shared libraries that a program asks for."""
    listing = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    return {pathlib.Path(word) for line in listing.splitlines() for word in line.split() if word.startswith("/")}


def _answers(host):
    return subprocess.run(["docker", "--host", host, "version"], capture_output=True).returncode == 0
